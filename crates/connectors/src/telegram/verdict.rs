//! What an answer of Telegram means, and what to do instead of a refused call. Pure.
//!
//! Texts are those of the official server, <https://github.com/tdlib/telegram-bot-api>, `Client.cpp`, 2026-05. They are
//! matched by a part, in lower case: prefixes and tails change, the middle has stood for years.

use http::HeaderMap;
use openlines_protocol::FailureReason;
use serde_json::Value;

use super::outfiles::{Form, Item, Way};
use super::render::{self, Act, CAPTION_MAX, Step, TEXT_MAX};
use super::{text, wire};
use crate::{Call, Connection, Outcome, Refusal, Reply, Verdict};

/// A longer pause holds the whole bot: Telegram then means all of its calls, not this chat.
const CHAT_PAUSE_MAX_S: u32 = 5;
/// Longest pause that we pass on. Source: [`Refusal::Later`].
const PAUSE_MAX_S: u32 = 3600;
/// Pause after another program took our poll away.
const CONFLICT_PAUSE_S: u32 = 30;
/// Characters of Telegram's words that we pass on.
const WORDS_MAX: usize = 300;

/// UTF-16 units of a text that we split again when Telegram finds it too long; a shorter one is not the cause.
const SPLIT_MIN: usize = 512;

/// What a refusal with code 400 is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Unreachable,
    Markup,
    TooLong,
    Link,
    Picture,
    Upload,
    Done,
    NoText,
    NoCaption,
    TooLate,
    Reply,
    Other,
}

/// Parts of the words of 400, the first that fits counts.
const TROUBLES: &[(&str, Trouble)] = &[
    ("chat not found", Trouble::Unreachable),
    ("user not found", Trouble::Unreachable),
    ("peer_id_invalid", Trouble::Unreachable),
    ("input_user_deactivated", Trouble::Unreachable),
    ("can't parse entities", Trouble::Markup),
    ("can't parse message text", Trouble::Markup),
    ("message is too long", Trouble::TooLong),
    ("caption is too long", Trouble::TooLong),
    ("caption_too_long", Trouble::TooLong),
    ("message_too_long", Trouble::TooLong),
    ("wrong http url", Trouble::Link),
    ("http url specified", Trouble::Link),
    ("failed to get http url content", Trouble::Link),
    ("wrong type of the web page content", Trouble::Link),
    ("webpage_curl_failed", Trouble::Link),
    ("webpage_media_empty", Trouble::Link),
    ("external_url_invalid", Trouble::Link),
    ("photo_invalid_dimensions", Trouble::Picture),
    ("photo_ext_invalid", Trouble::Picture),
    ("photo_save_file_invalid", Trouble::Picture),
    ("image_process_failed", Trouble::Picture),
    ("media_invalid", Trouble::Picture),
    ("voice_messages_forbidden", Trouble::Picture),
    ("stickerset_invalid", Trouble::Picture),
    ("wrong file type", Trouble::Picture),
    ("type of file mismatch", Trouble::Picture),
    ("file must be non-empty", Trouble::Upload),
    ("file is too big", Trouble::Upload),
    ("file_parts_invalid", Trouble::Upload),
    ("group send failed", Trouble::Link),
    ("message is not modified", Trouble::Done),
    ("message to delete not found", Trouble::Done),
    ("query is too old", Trouble::Done),
    ("no text in the message", Trouble::NoText),
    ("no caption in the message", Trouble::NoCaption),
    ("can't be deleted", Trouble::TooLate),
    ("message_delete_forbidden", Trouble::TooLate),
    ("replied not found", Trouble::Reply),
    ("reply message not found", Trouble::Reply),
];

/// The answer to one of our calls.
pub(super) fn verdict(connection: &Connection, call: &Call, reply: &Reply) -> Verdict {
    let step: Option<Step> = serde_json::from_value(call.notes.clone()).ok();
    let answer = match read(reply) {
        Ok(answer) if answer.ok => return Verdict::Done(message_ids(step.as_ref(), &answer.result)),
        Ok(answer) => answer,
        Err(refusal) => return unanswered(connection, step, reply, refusal),
    };
    let mut refusal = refused(&answer);
    let Some(step) = step else {
        // The answer to a button press: nobody waits for it.
        return if trouble(&answer) == Trouble::Done { Verdict::Done(vec![]) } else { Verdict::Refused(refusal) };
    };
    if let (Some(to), false) = (answer.parameters.migrate_to_chat_id, step.moved) {
        let moved = Step { chat_id: to, moved: true, ..step };
        let calls = vec![render::call(connection, &moved)];
        return Verdict::Instead { calls, chat_moved_to: Some(to.to_string()) };
    }
    let steps = match (answer.error_code, trouble(&answer)) {
        (Some(413), _) => smaller(&step),
        (Some(400), Trouble::Done) => return Verdict::Done(own_ids(&step.act)),
        (Some(400), trouble) => {
            if matches!(trouble, Trouble::Markup | Trouble::TooLong) {
                tracing::warn!(call.label, "Telegram did not take a text as we wrote it: our rendering has a bug");
            }
            instead(&step, trouble)
        }
        _ => None,
    };
    if let Some(steps) = steps {
        let calls = steps.iter().map(|it| render::call(connection, it)).collect();
        return Verdict::Instead { calls, chat_moved_to: None };
    }
    if let (Act::EditCaption { .. }, Trouble::NoCaption) = (&step.act, trouble(&answer)) {
        refusal = Refusal::rejected("a message without files needs a text; to take it back, delete it");
    }
    Verdict::Refused(refusal)
}

/// The result of a question, or why there is none.
pub(super) fn result(reply: &Reply) -> Result<Value, Refusal> {
    let answer = read(reply)?;
    if answer.ok { Ok(answer.result) } else { Err(refused(&answer)) }
}

/// A pause.
pub(super) fn later(wait_s: Option<u32>, text: String) -> Refusal {
    let whole_connection = wait_s.is_some_and(|it| it > CHAT_PAUSE_MAX_S);
    Refusal::Later { wait_s: wait_s.map(|it| it.clamp(1, PAUSE_MAX_S)), whole_connection, text }
}

/// The answer as Telegram's JSON, with the code always filled in; or why it is none.
fn read(reply: &Reply) -> Result<wire::Answer, Refusal> {
    let (status, headers, body) = match &reply.outcome {
        Outcome::Answered { status, headers, body } => (*status, headers, body),
        Outcome::NotSent(why) | Outcome::Lost(why) => return Err(later(None, cut(why))),
        Outcome::SourceGone(why) => {
            return Err(Refusal::rejected(&format!("the hub could not read the file from the portal: {}", cut(why))));
        }
    };
    let Ok(mut answer) = serde_json::from_slice::<wire::Answer>(body) else {
        // A gateway in between, or a wrong address of the API. A gateway's 413 means the same as Telegram's.
        if status == 413 {
            return Ok(wire::Answer {
                ok: false,
                result: Value::Null,
                error_code: Some(status),
                description: "Request Entity Too Large".to_owned(),
                parameters: wire::Parameters::default(),
            });
        }
        let text = format!("the answer with status {status} is not of the Bot API; check the address of the API");
        return Err(later(retry_after(headers), text));
    };
    answer.error_code = answer.error_code.or(Some(status));
    answer.parameters.retry_after = answer.parameters.retry_after.or_else(|| retry_after(headers));
    Ok(answer)
}

fn retry_after(headers: &HeaderMap) -> Option<u32> {
    headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

/// The class of a refusal by its code and words.
fn refused(answer: &wire::Answer) -> Refusal {
    let text = cut(&answer.description);
    match answer.error_code.unwrap_or(0) {
        429 => later(answer.parameters.retry_after, text),
        401 => Refusal::Revoked { text },
        // The server knows no such bot; an unknown method has more words.
        404 if text.trim() == "Not Found" => Refusal::Revoked { text },
        403 => Refusal::Never { reason: FailureReason::Unreachable, text },
        409 => later(Some(CONFLICT_PAUSE_S), text),
        500.. => later(answer.parameters.retry_after, text),
        _ => match trouble(answer) {
            Trouble::Unreachable => Refusal::Never { reason: FailureReason::Unreachable, text },
            Trouble::TooLate => Refusal::Never { reason: FailureReason::TooLate, text },
            _ => Refusal::rejected(&text),
        },
    }
}

fn trouble(answer: &wire::Answer) -> Trouble {
    let words = answer.description.to_lowercase();
    TROUBLES.iter().find(|(part, _)| words.contains(part)).map_or(Trouble::Other, |it| it.1)
}

/// No answer of Telegram came. There is no key that makes sending idempotent: one more try, as a double is better than
/// a loss; then a person decides.
fn unanswered(connection: &Connection, step: Option<Step>, reply: &Reply, refusal: Refusal) -> Verdict {
    match (&reply.outcome, step) {
        (Outcome::Lost(why), Some(step)) if matches!(step.act, Act::Text { .. } | Act::Files { .. }) => {
            if step.lost {
                return Verdict::Refused(Refusal::Never { reason: FailureReason::Uncertain, text: cut(why) });
            }
            let again = Step { lost: true, ..step };
            Verdict::Instead { calls: vec![render::call(connection, &again)], chat_moved_to: None }
        }
        _ => Verdict::Refused(refusal),
    }
}

/// What to do in place of a step that Telegram refused with 400. Each answer is simpler than the step, so this ends.
fn instead(step: &Step, trouble: Trouble) -> Option<Vec<Step>> {
    let with = |act| Step { act, ..step.clone() };
    match (trouble, &step.act) {
        (Trouble::Markup, Act::Text { .. } | Act::Files { .. } | Act::EditText { .. } | Act::EditCaption { .. }) => {
            (!step.plain).then(|| vec![Step { plain: true, ..step.clone() }])
        }
        (Trouble::TooLong, act) => Some(shorter(act)?.into_iter().map(with).collect()),
        (Trouble::Reply, act) => Some(vec![with(without_reply(act)?)]),
        (Trouble::NoText, Act::EditText { message_id, text }) => {
            let (message_id, text) = (*message_id, text.clone());
            Some(vec![with(Act::EditCaption { message_id, text, surplus: false })])
        }
        (Trouble::NoCaption, Act::EditCaption { message_id, surplus: true, .. }) => {
            Some(vec![with(Act::Delete { message_ids: vec![*message_id] })])
        }
        (Trouble::Link, Act::Files { way: Way::Link, items, caption, reply_to, buttons }) => {
            let items = items.clone();
            let (caption, buttons) = (caption.clone(), buttons.clone());
            Some(vec![with(Act::Files { items, way: Way::Upload, caption, reply_to: *reply_to, buttons })])
        }
        (Trouble::Link | Trouble::Picture | Trouble::Upload, Act::Files { .. }) => smaller(step),
        // An album names its culprit in words that change; files that went by link are uploaded once before giving up.
        (Trouble::Other, Act::Files { items, .. }) if items.len() > 1 => smaller(step),
        _ => None,
    }
}

/// An album falls apart into single documents, a picture becomes a document, a document becomes a line of text.
fn smaller(step: &Step) -> Option<Vec<Step>> {
    let Act::Files { items, way, caption, reply_to, buttons } = &step.act else { return None };
    let with = |act| Step { act, ..step.clone() };
    if let ([Item { form: Form::Document, file }], Way::Upload) = (&items[..], way) {
        let text = render::with_links(caption, std::slice::from_ref(file));
        return Some(vec![with(Act::Text { text, reply_to: *reply_to, buttons: buttons.clone() })]);
    }
    let last = items.len().checked_sub(1)?;
    let single = |(i, item): (usize, &Item)| {
        with(Act::Files {
            items: vec![Item { file: item.file.clone(), form: Form::Document }],
            way: Way::Upload,
            caption: if i == 0 { caption.clone() } else { String::new() },
            reply_to: reply_to.filter(|_| i == 0),
            buttons: if i == last { buttons.clone() } else { vec![] },
        })
    };
    Some(items.iter().enumerate().map(single).collect())
}

/// Telegram counted more than we did: smaller parts of the same text.
fn shorter(act: &Act) -> Option<Vec<Act>> {
    let halves = |text: &str, units_max: usize| {
        let len = text::len(text);
        (len >= SPLIT_MIN).then(|| text::split(text, units_max.min(len.div_ceil(2))))
    };
    let message = |text| Act::Text { text, reply_to: None, buttons: vec![] };
    match act {
        Act::Text { text, reply_to, buttons } => {
            let mut acts: Vec<Act> = halves(text, TEXT_MAX)?.into_iter().map(message).collect();
            if let Some(Act::Text { reply_to: it, .. }) = acts.first_mut() {
                *it = *reply_to;
            }
            if let Some(Act::Text { buttons: it, .. }) = acts.last_mut() {
                it.clone_from(buttons);
            }
            Some(acts)
        }
        Act::Files { items, way, caption, reply_to, buttons } => {
            let (items, way, buttons) = (items.clone(), *way, buttons.clone());
            let text = Act::Text { text: caption.clone(), reply_to: *reply_to, buttons: vec![] };
            let files = Act::Files { items, way, caption: String::new(), reply_to: None, buttons };
            (!caption.is_empty()).then(|| vec![text, files])
        }
        Act::EditText { message_id, text } => {
            let mut parts = halves(text, TEXT_MAX)?.into_iter();
            let first = Act::EditText { message_id: *message_id, text: parts.next()? };
            Some(std::iter::once(first).chain(parts.map(message)).collect())
        }
        Act::EditCaption { message_id, text, surplus } => {
            let mut parts = halves(text, CAPTION_MAX)?.into_iter();
            let first = Act::EditCaption { message_id: *message_id, text: parts.next()?, surplus: *surplus };
            Some(std::iter::once(first).chain(parts.map(message)).collect())
        }
        Act::Delete { .. } | Act::Typing => None,
    }
}

fn without_reply(act: &Act) -> Option<Act> {
    match act.clone() {
        Act::Text { text, reply_to: Some(_), buttons } => Some(Act::Text { text, reply_to: None, buttons }),
        Act::Files { items, way, caption, reply_to: Some(_), buttons } => {
            Some(Act::Files { items, way, caption, reply_to: None, buttons })
        }
        _ => None,
    }
}

/// Ids of the messages that a call made or changed.
fn message_ids(step: Option<&Step>, result: &Value) -> Vec<String> {
    let id = |it: &Value| it.get("message_id").and_then(Value::as_i64).map(|it| it.to_string());
    match (step.map(|it| &it.act), result) {
        (Some(act @ (Act::EditText { .. } | Act::EditCaption { .. })), _) => own_ids(act),
        (_, Value::Array(messages)) => messages.iter().filter_map(id).collect(),
        (_, message) => id(message).into_iter().collect(),
    }
}

/// Ids that the act itself names and that go on living.
fn own_ids(act: &Act) -> Vec<String> {
    match act {
        Act::EditText { message_id, .. } | Act::EditCaption { message_id, .. } => vec![message_id.to_string()],
        _ => vec![],
    }
}

fn cut(words: &str) -> String {
    super::parse::cut(words, WORDS_MAX).to_owned()
}
