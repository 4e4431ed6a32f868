//! The Bot API as a place: addresses, and questions that the connector asks by itself.

use http::{HeaderMap, Method};
use openlines_base::Secret;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{verdict, wire};
use crate::{Connection, Net, Payload, Refusal, Request};

/// Seconds for a call without files. Longer than any answer of a healthy server.
pub(super) const CALL_TIMEOUT_S: u32 = 30;
/// Seconds for a call that carries files.
pub(super) const UPLOAD_TIMEOUT_S: u32 = 120;
/// The setting with the bot's token.
pub(super) const TOKEN: &str = "token";

/// The token as BotFather wrote it, without the blanks and quotes that come along when it is copied.
pub(super) fn token(connection: &Connection) -> &str {
    let is_wrapping = |it: char| it.is_whitespace() || "\"'`«»“”".contains(it);
    connection.setting(TOKEN).trim_matches(is_wrapping)
}

/// Whether a text has the form of a token: `7000000001:AA…`.
pub(super) fn is_token(text: &str) -> bool {
    let Some((id, key)) = text.split_once(':') else { return false };
    let is_key = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    (5..=16).contains(&id.len())
        && id.bytes().all(|it| it.is_ascii_digit())
        && !id.starts_with('0')
        && (30..=64).contains(&key.len())
        && key.bytes().all(is_key)
}

/// What `attach` wanted kept; before it, only the bot's id, which stands in the token.
pub(super) fn memory(connection: &Connection) -> wire::Memory {
    serde_json::from_value(connection.memory.clone()).unwrap_or_else(|_| wire::Memory {
        bot_id: token(connection).split(':').next().and_then(|it| it.parse().ok()).unwrap_or(0),
        ..wire::Memory::default()
    })
}

/// A request for a method. The token is a part of the address, so the address is secret.
pub(super) fn request(connection: &Connection, method: &str, payload: Payload, timeout_s: u32) -> Request {
    Request {
        method: Method::POST,
        url: Secret::new(format!("{}/bot{}/{method}", connection.api_base, token(connection))),
        headers: HeaderMap::new(),
        payload,
        timeout_s,
    }
}

/// Asks and waits for the answer.
pub(super) async fn ask<T: DeserializeOwned>(
    net: &dyn Net,
    connection: &Connection,
    method: &'static str,
    params: Value,
) -> Result<T, Refusal> {
    ask_patiently(net, connection, method, params, CALL_TIMEOUT_S).await
}

/// Asks with another time limit.
pub(super) async fn ask_patiently<T: DeserializeOwned>(
    net: &dyn Net,
    connection: &Connection,
    method: &'static str,
    params: Value,
    timeout_s: u32,
) -> Result<T, Refusal> {
    let reply = net.send(&request(connection, method, Payload::Json(params), timeout_s)).await;
    let result = verdict::result(&reply)?;
    serde_json::from_value(result).map_err(|it| verdict::later(None, format!("{method} answered something else: {it}")))
}
