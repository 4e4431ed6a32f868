//! Making, checking and ending a connection, and polling where a webhook cannot be.

use serde_json::{Value, json};
use url::{Host, Url};

use super::api::{self, ask, ask_patiently};
use super::parse::{Reader, cut};
use super::verdict::later;
use super::{files, wire};
use crate::{Account, AttachError, Attached, Connection, Health, Inbound, Incoming, Net, Polled, Refusal, Texts};

/// What we want to be told. `message_reaction` is never sent unless it is named.
const ALLOWED_UPDATES: [&str; 5] =
    ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"];
/// Webhooks in flight at once. Telegram keeps the order within a chat.
const CONNECTIONS_MAX: u32 = 10;
/// Ports that Telegram calls. Source: <https://core.telegram.org/bots/api#setwebhook>.
const PORTS: [u16; 4] = [443, 80, 88, 8443];
/// Host of the public Bot API, which calls https only.
const PUBLIC_API: &str = "api.telegram.org";
/// Seconds that Telegram holds a poll open while nothing happens; 50 is the server's most.
const POLL_S: u32 = 50;
/// Seconds for a poll as a whole.
const POLL_TIMEOUT_S: u32 = 60;
/// Updates of one poll. One update has up to 64 KB (a text, the text that it answers, all as `\uXXXX`), and the hub
/// reads at most 1 MiB of an answer.
const POLL_MAX: usize = 16;
/// Characters of an account's name that we keep.
const TITLE_MAX: usize = 256;

/// Proves the token: whose bot it is, and what webhook it has.
pub(super) async fn account(
    net: &dyn Net,
    connection: &Connection,
) -> Result<(Account, wire::Me, wire::WebhookInfo), AttachError> {
    if !api::is_token(api::token(connection)) {
        return Err(wrong_token(MALFORMED));
    }
    let me: wire::Me = match ask(net, connection, "getMe", json!({})).await {
        Err(Refusal::Revoked { .. }) => return Err(wrong_token(REVOKED)),
        answer => answer?,
    };
    let there: wire::WebhookInfo = ask(net, connection, "getWebhookInfo", json!({})).await?;
    let is_foreign = !there.url.is_empty() && !is_ours(connection, &there.url);
    let account = Account {
        identity: format!("telegram:{}", me.id),
        title: cut(&me.first_name, TITLE_MAX).to_owned(),
        url: me.username.as_deref().map(|it| format!("https://t.me/{}", cut(it, TITLE_MAX))),
        used_by: is_foreign.then(|| host(&there.url)),
    };
    Ok((account, me, there))
}

/// Proves the token, sets the webhook up or makes sure that none is in the way of polling.
pub(super) async fn attach(net: &dyn Net, connection: &Connection) -> Result<Attached, AttachError> {
    let (account, me, there) = account(net, connection).await?;
    if let Some(used_by) = account.used_by.filter(|_| !connection.take_over) {
        return Err(AttachError::Confirm { used_by });
    }
    let hook_url = connection.hook_url.as_deref().filter(|it| is_callable(it, &connection.api_base));
    let hook_url = match hook_url {
        Some(it) => set_webhook(net, connection, it).await?,
        None => None,
    };
    if hook_url.is_none() && !there.url.is_empty() {
        delete_webhook(net, connection).await?;
    }
    let memory = wire::Memory {
        bot_id: me.id,
        secret: hook_url.map(|_| connection.fresh_secret.expose().clone()).unwrap_or_default(),
        hook_url: hook_url.map(str::to_owned),
    };
    Ok(Attached {
        identity: account.identity,
        title: account.title,
        url: account.url,
        picture: Some(files::avatar(me.id)),
        inbound: if memory.hook_url.is_some() { Inbound::Webhook } else { Inbound::Polling },
        memory: serde_json::to_value(memory).unwrap_or_default(),
    })
}

/// Gives Telegram our address and reads it back. Nothing if Telegram cannot use the address: then we poll.
async fn set_webhook<'a>(
    net: &dyn Net,
    connection: &Connection,
    hook_url: &'a str,
) -> Result<Option<&'a str>, AttachError> {
    let params = json!({
        "url": hook_url,
        "secret_token": connection.fresh_secret.expose(),
        "max_connections": CONNECTIONS_MAX,
        "drop_pending_updates": false,
        "allowed_updates": ALLOWED_UPDATES,
    });
    match ask::<Value>(net, connection, "setWebhook", params).await {
        // Words such as "bad webhook: Failed to resolve host" or "IP address 10.0.0.1 is reserved".
        Err(Refusal::Never { text, .. }) if text.to_lowercase().contains("webhook") => return Ok(None),
        answer => answer?,
    };
    let now: wire::WebhookInfo = ask(net, connection, "getWebhookInfo", json!({})).await?;
    if now.url != hook_url {
        return Err(AttachError::Confirm { used_by: host(&now.url) });
    }
    let is_told = |it: &&str| now.allowed_updates.iter().any(|other| other == it);
    if let Some(missing) = ALLOWED_UPDATES.iter().find(|it| !is_told(it)) {
        let text = format!("Telegram took the webhook without `{missing}`; the Bot API server is too old");
        return Err(Refusal::rejected(&text).into());
    }
    Ok(Some(hook_url))
}

async fn delete_webhook(net: &dyn Net, connection: &Connection) -> Result<(), Refusal> {
    ask::<Value>(net, connection, "deleteWebhook", json!({ "drop_pending_updates": false })).await.map(|_| ())
}

/// Takes our webhook away. One that somebody else has set since then stays.
pub(super) async fn detach(net: &dyn Net, connection: &Connection) -> Result<(), Refusal> {
    let Some(ours) = api::memory(connection).hook_url else { return Ok(()) };
    let there: wire::WebhookInfo = ask(net, connection, "getWebhookInfo", json!({})).await?;
    if there.url == ours { delete_webhook(net, connection).await } else { Ok(()) }
}

/// Whether the webhook is still ours and takes what Telegram has.
pub(super) async fn check(net: &dyn Net, connection: &Connection) -> Result<Health, Refusal> {
    let there: wire::WebhookInfo = ask(net, connection, "getWebhookInfo", json!({})).await?;
    let ours = api::memory(connection).hook_url.unwrap_or_default();
    if there.url != ours {
        let taken = match there.url.as_str() {
            "" => "the webhook was removed at Telegram; connect the bot again".to_owned(),
            url => format!("another program took the bot: its webhook is at {} now", host(url)),
        };
        return Ok(Health::Taken(taken));
    }
    match there.last_error_message {
        Some(words) if there.pending_update_count > 0 => Ok(Health::Complains(format!(
            "Telegram cannot deliver: {}; {} updates wait there",
            cut(&words, TITLE_MAX),
            there.pending_update_count
        ))),
        _ => Ok(Health::Good),
    }
}

/// Waits up to 50 seconds for updates. The cursor is the number after the last durable one: giving it back confirms.
pub(super) async fn poll(net: &dyn Net, connection: &Connection, cursor: Option<&str>) -> Result<Polled, Refusal> {
    let mut params = json!({ "limit": POLL_MAX, "timeout": POLL_S, "allowed_updates": ALLOWED_UPDATES });
    if let Some(offset) = cursor.and_then(|it| it.parse::<i64>().ok()) {
        params["offset"] = json!(offset);
    }
    let updates: Vec<Value> = ask_patiently(net, connection, "getUpdates", params, POLL_TIMEOUT_S).await?;
    let bot_id = api::memory(connection).bot_id;
    let mut reader = Reader { connection, bot_id, received_at: Incoming::UNDATED, parsed: crate::Parsed::default() };
    let mut last = None;
    for update in updates.into_iter().take(POLL_MAX) {
        let id = reader.update(update);
        last = Some(id.ok_or_else(|| later(None, "getUpdates answered an update without update_id".to_owned()))?);
    }
    let parsed = reader.parsed;
    Ok(Polled {
        events: parsed.events,
        cursor: last.map(|it| it.saturating_add(1).to_string()).or(cursor.map(str::to_owned)),
        calls: parsed.calls,
        ignored: parsed.ignored,
    })
}

/// Whether Telegram, or a company's own Bot API server, will call this address.
fn is_callable(hook_url: &str, api_base: &str) -> bool {
    let Ok(url) = Url::parse(hook_url) else { return false };
    let is_public_api = Url::parse(api_base).is_ok_and(|it| it.host_str() == Some(PUBLIC_API));
    let port = url.port_or_known_default().unwrap_or(0);
    match url.scheme() {
        "https" => PORTS.contains(&port) || !is_public_api,
        // A local server calls http too; across the open net the secret would be readable.
        "http" => !is_public_api && is_private(&url),
        _ => false,
    }
}

fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(it)) => it.is_loopback() || it.is_private() || it.is_link_local(),
        Some(Host::Ipv6(it)) => it.is_loopback() || it.is_unique_local() || it.is_unicast_link_local(),
        // Names without a dot are those of a container network.
        Some(Host::Domain(it)) => it == "localhost" || !it.contains('.') || it.ends_with(".local"),
        None => false,
    }
}

/// Whether a webhook found at Telegram belongs to this hub: the hub itself sees to its own connections.
fn is_ours(connection: &Connection, found: &str) -> bool {
    if api::memory(connection).hook_url.as_deref() == Some(found) {
        return true;
    }
    let path = |it: &str| Url::parse(it).ok().map(|it| (it.origin(), it.path().to_owned()));
    let ours = connection.hook_url.as_deref().and_then(path);
    ours.is_some() && ours == path(found)
}

/// The host of an address: all that we tell about somebody else's webhook, as the rest may be secret.
fn host(url: &str) -> String {
    let host = Url::parse(url).ok().and_then(|it| it.host_str().map(str::to_owned));
    host.map_or_else(|| "an unreadable address".to_owned(), |it| cut(&it, TITLE_MAX).to_owned())
}

fn wrong_token(text: Texts) -> AttachError {
    AttachError::Field { name: api::TOKEN, text }
}

const MALFORMED: Texts = Texts {
    en: "This is not a bot token. It looks like 7000000001:AAF… and stands in BotFather's message.",
    ru: "Это не токен бота. Он выглядит как 7000000001:AAF… и стоит в сообщении BotFather.",
};
const REVOKED: Texts = Texts {
    en: "Telegram does not know this token: it is wrong or revoked. Copy it from BotFather again.",
    ru: "Telegram не знает этого токена: он неверен или отозван. Скопируйте его из BotFather ещё раз.",
};
