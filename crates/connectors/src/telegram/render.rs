//! Acts of operators -> calls of the Bot API. Pure.
//!
//! An act becomes [`Step`]s. A step is data: it travels in [`Call::notes`], and when Telegram refuses the call,
//! `verdict` changes the step (plain text, upload in place of a link) and makes a new call of it with [`call`].

use openlines_protocol::{Action, Button, Outgoing, OutgoingFile, OutgoingMessage};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{self, CALL_TIMEOUT_S, UPLOAD_TIMEOUT_S};
use super::outfiles::{self, Item, Way};
use super::text;
use crate::{Call, Connection, Payload, Refusal};

/// UTF-16 units of one message, counted without markup. Source: Bot API, `sendMessage.text`.
pub(super) const TEXT_MAX: usize = 4096;
/// UTF-16 units of a caption. Source: Bot API, `sendPhoto.caption`.
pub(super) const CAPTION_MAX: usize = 1024;
/// Bytes of a button's data. Source: Bot API, `InlineKeyboardButton.callback_data`.
const BUTTON_DATA_MAX: usize = 64;
/// Buttons under one message; the server refuses more.
const BUTTONS_MAX: usize = 100;
/// Messages that one act may become, so that nobody floods a customer by pasting a book.
const MESSAGES_MAX: usize = 100;
/// Messages deleted by one call. Source: Bot API, `deleteMessages.message_ids`.
const DELETE_MAX: usize = 100;

/// One call, as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    /// Where.
    pub(super) chat_id: i64,
    /// What.
    pub(super) act: Act,
    /// Telegram could not read our markup: send the bare text.
    #[serde(default)]
    pub(super) plain: bool,
    /// The answer to an earlier try was lost.
    #[serde(default)]
    pub(super) lost: bool,
    /// The chat was moved already; twice would be a circle.
    #[serde(default)]
    pub(super) moved: bool,
}

/// What a [`Step`] does. Texts are the universal ones, with BB code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Act {
    /// Send a text that fits one message.
    Text { text: String, reply_to: Option<i64>, buttons: Vec<Vec<Button>> },
    /// Send one file, or 2 to 10 of them as an album.
    Files { items: Vec<Item>, way: Way, caption: String, reply_to: Option<i64>, buttons: Vec<Vec<Button>> },
    /// Change the text of a message; the message turns out to be a file: change its caption.
    EditText { message_id: i64, text: String },
    /// Change the caption of a file. The message turns out to be a text: delete it if it is a surplus part.
    EditCaption { message_id: i64, text: String, surplus: bool },
    /// Take messages back.
    Delete { message_ids: Vec<i64> },
    /// Show typing.
    Typing,
}

/// Turns an act into calls, in order.
pub(super) fn outgoing(connection: &Connection, outgoing: &Outgoing) -> Result<Vec<Call>, Refusal> {
    let chat_id = number(&outgoing.chat.id, "chat.id")?;
    let acts = match &outgoing.action {
        Action::Send { message } => send(message)?,
        Action::Edit { message_ids, text } => edit(&numbers(message_ids)?, text)?,
        Action::Delete { message_ids } => delete(&numbers(message_ids)?),
        Action::Typing => vec![Act::Typing],
        Action::Read { .. } => return Err(Refusal::rejected("Telegram does not let bots mark messages as read")),
    };
    let step = |act| Step { chat_id, act, plain: false, lost: false, moved: false };
    Ok(acts.into_iter().map(|it| call(connection, &step(it))).collect())
}

fn send(message: &OutgoingMessage) -> Result<Vec<Act>, Refusal> {
    let reply_to = message.reply_to.as_deref().map(|it| number(it, "message.reply_to")).transpose()?;
    check_buttons(&message.buttons)?;
    let (files, too_big) = outfiles::sort(&message.files);
    let text = with_links(&message.text, &too_big);
    let text_len = text::len(&text);
    if text_len > MESSAGES_MAX * TEXT_MAX || files.len() > MESSAGES_MAX {
        return Err(Refusal::rejected("too much for one act: at most 400 000 characters and 100 files"));
    }
    if text_len == 0 && files.is_empty() {
        return Err(Refusal::rejected("message.text and message.files are both empty: Telegram has nothing to send"));
    }
    // An album cannot carry buttons: then they stand under the text, or under the last of single files.
    let has_buttons = !message.buttons.is_empty();
    let in_caption = text_len <= CAPTION_MAX
        && files.first().is_some_and(|it| it.form.has_caption())
        && (!has_buttons || files.len() == 1);
    let mut acts = Vec::new();
    if text_len > 0 && !in_caption {
        let parts = text::split(&text, TEXT_MAX);
        acts.extend(parts.into_iter().map(|text| Act::Text { text, reply_to: None, buttons: vec![] }));
    }
    let groups = outfiles::group(files, has_buttons && acts.is_empty());
    let files_at = acts.len();
    acts.extend(groups.into_iter().map(|(items, way)| files_act(items, way)));
    if let (true, Some(Act::Files { caption, .. })) = (in_caption, acts.first_mut()) {
        *caption = text;
    }
    if let Some(Act::Text { reply_to: it, .. } | Act::Files { reply_to: it, .. }) = acts.first_mut() {
        *it = reply_to;
    }
    let carrier = if files_at > 0 { acts.get_mut(files_at - 1) } else { acts.last_mut() };
    if let Some(Act::Text { buttons: it, .. } | Act::Files { buttons: it, .. }) = carrier {
        it.clone_from(&message.buttons);
    }
    Ok(acts)
}

fn files_act(items: Vec<Item>, way: Way) -> Act {
    Act::Files { items, way, caption: String::new(), reply_to: None, buttons: vec![] }
}

/// The text, and a line for each file that cannot be sent as a file.
pub(super) fn with_links(text: &str, files: &[OutgoingFile]) -> String {
    let lines = files.iter().map(|it| format!("{}: {}", text::escape(&it.name), text::escape(&it.url)));
    let parts = std::iter::once(text.to_owned()).filter(|it| !it.is_empty()).chain(lines);
    parts.collect::<Vec<_>>().join("\n")
}

/// The first parts change the messages that are there, further parts are sent, surplus messages are emptied.
fn edit(message_ids: &[i64], text: &str) -> Result<Vec<Act>, Refusal> {
    if text::len(text) > MESSAGES_MAX * TEXT_MAX {
        return Err(Refusal::rejected("text is too long: at most 400 000 characters"));
    }
    let mut parts = text::split(text, TEXT_MAX).into_iter();
    let mut acts: Vec<Act> = Vec::new();
    for &message_id in message_ids {
        acts.push(match parts.next() {
            Some(text) => Act::EditText { message_id, text },
            // A message of files may lose its caption; a text without text is refused.
            None => Act::EditCaption { message_id, text: String::new(), surplus: !acts.is_empty() },
        });
    }
    acts.extend(parts.map(|text| Act::Text { text, reply_to: None, buttons: vec![] }));
    Ok(acts)
}

fn delete(message_ids: &[i64]) -> Vec<Act> {
    message_ids.chunks(DELETE_MAX).map(|it| Act::Delete { message_ids: it.to_vec() }).collect()
}

/// The call that does a step.
pub(super) fn call(connection: &Connection, step: &Step) -> Call {
    let (label, payload, cost) = match &step.act {
        Act::Files { items, way, caption, reply_to, buttons } => {
            let mut fields = json!({ "chat_id": step.chat_id });
            add_reply(&mut fields, *reply_to);
            add_buttons(&mut fields, buttons);
            let caption = formatted(caption, step.plain);
            let (label, payload) = outfiles::payload(items, *way, fields, &caption);
            (label, payload, items.len())
        }
        act => {
            let (label, params) = json_call(step.chat_id, act, step.plain);
            (label, Payload::Json(params), 1)
        }
    };
    let timeout_s = if matches!(payload, Payload::Multipart { .. }) { UPLOAD_TIMEOUT_S } else { CALL_TIMEOUT_S };
    Call {
        label,
        request: api::request(connection, label, payload, timeout_s),
        cost: u32::try_from(cost).unwrap_or(u32::MAX),
        notes: serde_json::to_value(step).unwrap_or_default(),
    }
}

fn json_call(chat_id: i64, act: &Act, plain: bool) -> (&'static str, Value) {
    let mut params = json!({ "chat_id": chat_id });
    let label = match act {
        Act::Text { text, reply_to, buttons } => {
            add_text(&mut params, "text", &formatted(text, plain));
            add_reply(&mut params, *reply_to);
            add_buttons(&mut params, buttons);
            "sendMessage"
        }
        Act::EditText { message_id, text } => {
            params["message_id"] = json!(message_id);
            add_text(&mut params, "text", &formatted(text, plain));
            "editMessageText"
        }
        Act::EditCaption { message_id, text, .. } => {
            params["message_id"] = json!(message_id);
            add_text(&mut params, "caption", &formatted(text, plain));
            "editMessageCaption"
        }
        Act::Delete { message_ids } if message_ids.len() == 1 => {
            params["message_id"] = json!(message_ids[0]);
            "deleteMessage"
        }
        Act::Delete { message_ids } => {
            params["message_ids"] = json!(message_ids);
            "deleteMessages"
        }
        Act::Typing | Act::Files { .. } => {
            params["action"] = json!("typing");
            "sendChatAction"
        }
    };
    (label, params)
}

/// Tells Telegram at once that the press arrived, or the button shows a clock for a minute.
pub(super) fn answer_callback(connection: &Connection, query_id: &str) -> Call {
    let params = json!({ "callback_query_id": query_id });
    let label = "answerCallbackQuery";
    let request = api::request(connection, label, Payload::Json(params), CALL_TIMEOUT_S);
    Call { label, request, cost: 1, notes: Value::Null }
}

/// A text as Telegram takes it.
pub(super) struct Formatted {
    pub(super) text: String,
    pub(super) is_html: bool,
}

fn formatted(text: &str, plain: bool) -> Formatted {
    if plain {
        Formatted { text: text::to_plain(text), is_html: false }
    } else {
        Formatted { text: text::to_html(text), is_html: true }
    }
}

/// Puts a text into the parameters; an empty one only where it takes a caption away.
pub(super) fn add_text(params: &mut Value, field: &str, text: &Formatted) {
    params[field] = json!(text.text);
    if text.is_html && !text.text.is_empty() {
        params["parse_mode"] = json!("HTML");
    }
}

fn add_reply(params: &mut Value, reply_to: Option<i64>) {
    if let Some(message_id) = reply_to {
        params["reply_parameters"] = json!({ "message_id": message_id, "allow_sending_without_reply": true });
    }
}

fn add_buttons(params: &mut Value, buttons: &[Vec<Button>]) {
    if buttons.is_empty() {
        return;
    }
    let button = |it: &Button| match &it.url {
        Some(url) => json!({ "text": it.text, "url": url }),
        None => json!({ "text": it.text, "callback_data": it.data }),
    };
    let rows: Vec<Vec<Value>> = buttons.iter().map(|row| row.iter().map(button).collect()).collect();
    params["reply_markup"] = json!({ "inline_keyboard": rows });
}

fn check_buttons(rows: &[Vec<Button>]) -> Result<(), Refusal> {
    if rows.iter().map(Vec::len).sum::<usize>() > BUTTONS_MAX {
        return Err(Refusal::rejected("message.buttons: Telegram shows at most 100 buttons under a message"));
    }
    for button in rows.iter().flatten() {
        if button.text.trim().is_empty() {
            return Err(Refusal::rejected("message.buttons: a button has no text"));
        }
        let data_len = button.data.as_ref().map_or(0, String::len);
        if button.url.is_none() && !(1..=BUTTON_DATA_MAX).contains(&data_len) {
            let text = format!(
                "message.buttons: the data of “{}” has {data_len} bytes; Telegram takes 1 to {BUTTON_DATA_MAX}",
                button.text
            );
            return Err(Refusal::rejected(&text));
        }
    }
    Ok(())
}

fn numbers(ids: &[String]) -> Result<Vec<i64>, Refusal> {
    match ids.len() {
        0 => Err(Refusal::rejected("message_ids is empty: name the messages that `delivered` told")),
        1..=MESSAGES_MAX => ids.iter().map(|it| number(it, "message_ids")).collect(),
        _ => Err(Refusal::rejected("message_ids: at most 100 at once")),
    }
}

fn number(text: &str, field: &str) -> Result<i64, Refusal> {
    text.parse().map_err(|_| Refusal::rejected(&format!("{field}: Telegram's ids are whole numbers")))
}
