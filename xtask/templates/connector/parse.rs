//! Webhooks of the channel -> universal events. Pure.

use openlines_base::Secret;
use openlines_protocol::{Body, Chat, Message, User, markup};
use serde::Deserialize;
use serde_json::Value;

use super::SECRET;
use crate::{Connection, Hook, Incoming, ParseError, Parsed};

/// Header in which the channel repeats the secret that we gave it.
const SECRET_HEADER: &str = "x-webhook-secret";
/// Characters kept of ids and names.
const NAME_MAX: usize = 256;
/// Characters kept of a text.
const TEXT_MAX: usize = 65_536;

/// A message of a customer. Link here the page of the channel's documentation that it comes from.
#[derive(Debug, Deserialize)]
struct Written {
    chat: String,
    user: Author,
    text: String,
}

/// Who wrote.
#[derive(Debug, Deserialize)]
struct Author {
    id: String,
    name: String,
}

/// Checks the secret and reads one webhook. What it does not know is kept as unknown, never refused.
pub(super) fn webhook(connection: &Connection, hook: &Hook) -> Result<Parsed, ParseError> {
    let secret = connection.memory[SECRET].as_str().unwrap_or_default();
    let given = hook.headers.get(SECRET_HEADER).map_or(&b""[..], |it| it.as_bytes());
    if secret.is_empty() || !Secret::new(secret).matches(given) {
        return Err(ParseError::Unauthorized);
    }
    let update: Value =
        serde_json::from_slice(&hook.body).map_err(|it| ParseError::Malformed(format!("no JSON: {it}")))?;
    let id = update["id"].as_str().ok_or_else(|| ParseError::Malformed("no id".to_owned()))?;
    let id = head(id, NAME_MAX);
    let kind = head(update["kind"].as_str().unwrap_or("nothing"), NAME_MAX);
    let body = match Written::deserialize(&update) {
        Ok(written) => Body::MessageNew {
            user: User {
                id: head(&written.user.id, NAME_MAX),
                name: head(&written.user.name, NAME_MAX),
                ..User::default()
            },
            chat: Chat { id: head(&written.chat, NAME_MAX), ..Chat::default() },
            message: Message {
                id: id.clone(),
                date: hook.received_at,
                text: markup::escape(&head(&written.text, TEXT_MAX)),
                ..Message::default()
            },
        },
        Err(_) => Body::Unknown { what: kind },
    };
    let event = Incoming { external_id: id, occurred_at: hook.received_at, body };
    Ok(Parsed { events: vec![event], ..Parsed::default() })
}

fn head(text: &str, characters_max: usize) -> String {
    text.chars().take(characters_max).collect()
}
