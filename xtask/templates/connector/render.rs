//! Acts of the portal -> requests to the channel. Pure.

use http::{HeaderMap, HeaderValue, Method, header};
use openlines_protocol::{Action, Outgoing, markup};
use serde_json::{Value, json};

use super::TOKEN;
use crate::{Call, Connection, Payload, Refusal, Request};

/// UTF-16 units of text in one message. Name here the page that says so, and the day you read it.
pub(super) const TEXT_MAX: usize = 4096;
/// Seconds for one exchange.
const TIMEOUT_S: u32 = 15;

/// Renders what `about().can` promises; all else is refused in words for the operator.
pub(super) fn outgoing(connection: &Connection, outgoing: &Outgoing) -> Result<Vec<Call>, Refusal> {
    let Action::Send { message } = &outgoing.action else {
        return Err(Refusal::rejected("this channel only sends new messages"));
    };
    if !message.files.is_empty() || !message.buttons.is_empty() || message.reply_to.is_some() {
        return Err(Refusal::rejected("this channel sends text only"));
    }
    let plain = markup::to_plain(&markup::parse(&message.text));
    let parts = split(plain.trim(), TEXT_MAX);
    if parts.is_empty() {
        return Err(Refusal::rejected("the message has no text"));
    }
    let call = |text: &&str| Call {
        label: "sendMessage",
        request: request(connection, Method::POST, "messages", json!({ "chat": outgoing.chat.id, "text": text })),
        cost: 1,
        notes: Value::Null,
    };
    Ok(parts.iter().map(call).collect())
}

/// A request to the channel's API with the connection's token.
pub(super) fn request(connection: &Connection, method: Method, path: &str, body: Value) -> Request {
    let mut headers = HeaderMap::new();
    if let Ok(mut value) = HeaderValue::try_from(format!("Bearer {}", connection.setting(TOKEN).trim())) {
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    Request {
        method,
        url: format!("{}/{path}", connection.api_base).into(),
        headers,
        payload: if body.is_null() { Payload::Empty } else { Payload::Json(body) },
        timeout_s: TIMEOUT_S,
    }
}

/// Cuts a text into parts of at most `units_max` UTF-16 units, at a blank where there is one.
fn split(text: &str, units_max: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut units = 0;
        let fits = rest.char_indices().find(|(_, it)| {
            units += it.len_utf16();
            units > units_max
        });
        let Some((end, _)) = fits else {
            parts.push(rest);
            break;
        };
        // A blank far from the end would make a short part and many messages.
        let blank = rest[..end].rfind(char::is_whitespace).filter(|it| *it > end / 2);
        let (part, more) = rest.split_at(blank.unwrap_or(end));
        parts.push(part);
        rest = more.trim_start();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_split_never_cut() {
        let table: [(&str, &[&str]); 4] =
            [("", &[]), ("four", &["four"]), ("one two", &["one", "two"]), ("😂😂😂", &["😂😂", "😂"])];
        for (text, expected) in table {
            assert_eq!(split(text, 4), expected, "{text}");
        }
    }
}
