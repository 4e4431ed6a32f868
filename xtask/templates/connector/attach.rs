//! Connecting an account: prove the token, set the webhook, find the identity; and the way back.

use http::Method;
use openlines_protocol::FailureReason;
use serde_json::{Value, json};

use super::render::request;
use super::verdict::answer;
use super::{SECRET, TOKEN};
use crate::{Account, AttachError, Attached, Connection, Health, Inbound, Net, Refusal, Texts};

/// Proves the token: whose is it?
pub(super) async fn account(net: &dyn Net, connection: &Connection) -> Result<Account, AttachError> {
    let account = match ask(net, connection, Method::GET, "me", Value::Null).await {
        Err(Refusal::Revoked { .. }) => return Err(wrong_token()),
        other => other?,
    };
    let id = account["id"].as_str().filter(|it| !it.is_empty());
    let id = id.ok_or_else(|| Refusal::rejected("the channel did not tell the account's id"))?;
    Ok(Account {
        identity: format!("sample:{id}"),
        title: account["name"].as_str().unwrap_or(id).to_owned(),
        url: None,
        used_by: None,
    })
}

/// Proves the token and sets the webhook with a fresh secret.
pub(super) async fn attach(net: &dyn Net, connection: &Connection) -> Result<Attached, AttachError> {
    let account = account(net, connection).await?;
    let Some(hook_url) = &connection.hook_url else {
        return Err(Refusal::rejected("this channel needs a hub with a public https address").into());
    };
    let hook = json!({ "url": hook_url, "secret": connection.fresh_secret.expose() });
    ask(net, connection, Method::PUT, "webhook", hook).await?;
    Ok(Attached {
        identity: account.identity,
        title: account.title,
        url: account.url,
        picture: None,
        memory: json!({ SECRET: connection.fresh_secret.expose() }),
        inbound: Inbound::Webhook,
    })
}

/// Takes the webhook away.
pub(super) async fn detach(net: &dyn Net, connection: &Connection) -> Result<(), Refusal> {
    ask(net, connection, Method::DELETE, "webhook", Value::Null).await.map(drop)
}

/// Asks whether the token is still good and the webhook still ours.
pub(super) async fn check(net: &dyn Net, connection: &Connection) -> Result<Health, Refusal> {
    let hook = ask(net, connection, Method::GET, "webhook", Value::Null).await?;
    let url = hook["url"].as_str().unwrap_or_default();
    if connection.hook_url.as_deref() == Some(url) { Ok(Health::Good) } else { Ok(Health::Taken(url.to_owned())) }
}

async fn ask(
    net: &dyn Net,
    connection: &Connection,
    method: Method,
    path: &str,
    body: Value,
) -> Result<Value, Refusal> {
    match answer(&net.send(&request(connection, method, path, body)).await) {
        // These calls may be repeated without harm, so a lost answer is no riddle.
        Err(Refusal::Never { reason: FailureReason::Uncertain, text }) => {
            Err(Refusal::Later { wait_s: None, whole_connection: true, text })
        }
        other => other,
    }
}

fn wrong_token() -> AttachError {
    AttachError::Field {
        name: TOKEN,
        text: Texts {
            en: "The channel does not know this token. Copy it again.",
            ru: "Канал не знает этого токена. Скопируйте его ещё раз.",
        },
    }
}
