//! What the fake knows, as JSON.

use serde_json::{Value, json};

use crate::telegram::{FakeBot, Seen, Sent};

pub(super) fn bot(bot: &FakeBot) -> Value {
    json!({
        "id": bot.id(),
        "token": bot.token(),
        "username": bot.username(),
        "webhook": bot.webhook_url(),
        "pending": bot.pending(),
    })
}

pub(super) fn sent(sent: &Sent) -> Value {
    let file = sent.file.as_ref().map(
        |it| json!({ "form": it.form, "name": it.name, "mime": it.mime, "size": it.size, "is_upload": it.is_upload }),
    );
    let buttons: Vec<Vec<Value>> = sent
        .buttons
        .iter()
        .map(|row| row.iter().map(|it| json!({ "text": it.text, "data": it.data, "url": it.url })).collect())
        .collect();
    json!({
        "message": sent.message_id,
        "text": sent.text,
        "entities": sent.entities,
        "file": file,
        "buttons": buttons,
        "reply_to": sent.reply_to,
        "album": sent.album,
        "at": sent.at,
        "edited_at": sent.edited_at,
        "deleted_at": sent.deleted_at,
    })
}

pub(super) fn call(call: &Seen) -> Value {
    json!({ "method": call.method, "params": call.params, "status": call.status, "at": call.at })
}
