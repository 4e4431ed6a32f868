//! Changing, taking back and sending again what an operator wrote.

use openlines_protocol::{Action, OutgoingMessage};

use super::outgoing::queue;
use super::reply::can_send;
use super::{Actor, Desk};
use crate::client::outbox::{self, Undo};
use crate::dialogs::rules::TEXT_MAX;
use crate::dialogs::store::{self, Brief, Delivering};
use crate::dialogs::{AuthorKind, DeliveryState, DialogError, Message, MessageKind, load_messages};
use crate::{MessageId, Parts};

/// Changes the words of one's own reply or note. The customer's copy follows; if the channel refuses, it is put back.
pub(crate) async fn edit(parts: &Parts, by: Actor, id: MessageId, text: &str) -> Result<Message, DialogError> {
    if text.trim().is_empty() {
        return Err(DialogError::field("text", "write something, or delete the message"));
    }
    if text.chars().count() > TEXT_MAX {
        return Err(DialogError::field("text", format!("at most {TEXT_MAX} characters")));
    }
    let (mut desk, message) = own_message(parts, "edit_message", by, id).await?;
    let mut edited_at = Some(desk.now);
    if message.kind == MessageKind::Reply {
        match reach(&mut desk, &message, "edit").await? {
            Reach::NotHanded => {
                let reply_to = reply_to(&mut desk, id).await?;
                let again = OutgoingMessage { text: text.to_owned(), reply_to, ..OutgoingMessage::default() };
                if !outbox::replace_send(&mut desk.tx, id, &Action::Send { message: again }).await? {
                    return Err(DialogError::NotDeliveredYet);
                }
                // Nobody has seen it yet.
                edited_at = message.edited_at;
            }
            Reach::AtChannel(message_ids) => {
                let undo = Undo { text: message.text, edited_at: message.edited_at };
                let action = Action::Edit { message_ids, text: text.to_owned() };
                queue(&mut desk.tx, parts.rng.as_ref(), desk.now, &desk.held, id, &action, Some(&undo)).await?;
                desk.changes.wants_outbox();
            }
        }
    }
    store::set_text(&mut desk.tx, id, text, edited_at).await?;
    store::index_message(&mut desk.tx, desk.held.id, id, text).await?;
    done(desk, id).await
}

/// Takes back one's own reply or note.
pub(crate) async fn delete(parts: &Parts, by: Actor, id: MessageId) -> Result<Message, DialogError> {
    let (mut desk, message) = own_message(parts, "delete_message", by, id).await?;
    // What failed is nowhere but here.
    if message.kind == MessageKind::Reply && message.delivery != Some(DeliveryState::Failed) {
        match reach(&mut desk, &message, "delete").await? {
            Reach::NotHanded => {
                if !outbox::cancel(&mut desk.tx, id).await? {
                    return Err(DialogError::NotDeliveredYet);
                }
            }
            Reach::AtChannel(message_ids) => {
                let undo = Undo { text: message.text, edited_at: message.edited_at };
                let action = Action::Delete { message_ids };
                queue(&mut desk.tx, parts.rng.as_ref(), desk.now, &desk.held, id, &action, Some(&undo)).await?;
                desk.changes.wants_outbox();
            }
        }
    }
    store::mark_deleted(&mut desk.tx, id, desk.now).await?;
    store::forget_message(&mut desk.tx, id).await?;
    done(desk, id).await
}

/// Sends a message that failed once more, as a new act of the hub.
pub(crate) async fn resend(parts: &Parts, by: Actor, id: MessageId) -> Result<Message, DialogError> {
    let (mut desk, message) = open_message(parts, "resend_message", by, id).await?;
    if message.kind != MessageKind::Reply
        || message.deleted_at.is_some()
        || !matches!(message.delivery, Some(DeliveryState::Failed | DeliveryState::Uncertain))
    {
        return Err(DialogError::NotFailed);
    }
    can_send(&mut desk).await?;
    let again =
        OutgoingMessage { text: message.text, reply_to: reply_to(&mut desk, id).await?, ..OutgoingMessage::default() };
    let action = Action::Send { message: again };
    queue(&mut desk.tx, parts.rng.as_ref(), desk.now, &desk.held, id, &action, None).await?;
    let step = Delivering { state: DeliveryState::Queued, reason: None, text: None };
    store::set_delivery(&mut desk.tx, id, &step).await?;
    desk.changes.wants_outbox();
    done(desk, id).await
}

async fn done(mut desk: Desk<'_>, id: MessageId) -> Result<Message, DialogError> {
    desk.changes.message(id, desk.held.line);
    let message = load_messages(&mut desk.tx, &[id]).await?.pop().ok_or(DialogError::NotFound("message"))?;
    desk.close().await?;
    Ok(message)
}

/// Locks the dialog of a message that the person may see.
async fn open_message<'a>(
    parts: &'a Parts,
    name: &'static str,
    by: Actor,
    id: MessageId,
) -> Result<(Desk<'a>, Brief), DialogError> {
    let mut read = parts.db.read().await?;
    let dialog = store::brief(&mut read, id).await?.map(|it| it.dialog);
    drop(read);
    let dialog = dialog.ok_or(DialogError::NotFound("message"))?;
    let mut desk = Desk::open(parts, name, dialog, by).await?;
    let message = store::brief(&mut desk.tx, id).await?.ok_or(DialogError::NotFound("message"))?;
    Ok((desk, message))
}

/// As [`open_message`], for what the person wrote and did not take back; admins may mend anybody's.
async fn own_message<'a>(
    parts: &'a Parts,
    name: &'static str,
    by: Actor,
    id: MessageId,
) -> Result<(Desk<'a>, Brief), DialogError> {
    let (desk, message) = open_message(parts, name, by, id).await?;
    let is_ours = matches!(message.kind, MessageKind::Reply | MessageKind::Note)
        && message.author == AuthorKind::Operator
        && message.deleted_at.is_none();
    if !is_ours {
        return Err(DialogError::NotFound("message of an operator"));
    }
    if message.operator != Some(by.operator) && !by.admin {
        return Err(DialogError::NotYours);
    }
    Ok((desk, message))
}

/// How far a reply is, for changing it.
enum Reach {
    /// The hub has surely not seen it.
    NotHanded,
    /// It has these ids at the channel.
    AtChannel(Vec<String>),
}

async fn reach(desk: &mut Desk<'_>, message: &Brief, power: &'static str) -> Result<Reach, DialogError> {
    if outbox::is_untouched(&mut desk.tx, message.id).await? {
        return Ok(Reach::NotHanded);
    }
    if !channel_can(desk, power).await? {
        return Err(DialogError::CannotDo(power));
    }
    let ids = store::all_external_ids(&mut desk.tx, message).await?;
    if ids.is_empty() || matches!(message.delivery, Some(DeliveryState::Queued | DeliveryState::Sent)) {
        return Err(DialogError::NotDeliveredYet);
    }
    Ok(Reach::AtChannel(ids))
}

/// Whether the channel has a power, by the facts that it told when it was connected.
async fn channel_can(desk: &mut Desk<'_>, power: &str) -> Result<bool, DialogError> {
    let about: Option<String> = sqlx::query_scalar(
        "-- dialogs.channel_can
         SELECT COALESCE(h.about, c.about) FROM connection c LEFT JOIN channel h ON h.code = c.channel WHERE c.id = $1",
    )
    .bind(desk.held.connection.get())
    .fetch_optional(&mut *desk.tx)
    .await?;
    let about: serde_json::Value = serde_json::from_str(about.as_deref().unwrap_or("{}")).unwrap_or_default();
    Ok(about["can"][power].as_bool().unwrap_or(false))
}

/// The channel's id of the message that this one answers.
async fn reply_to(desk: &mut Desk<'_>, id: MessageId) -> Result<Option<String>, DialogError> {
    let id: Option<Option<String>> = sqlx::query_scalar(
        "-- dialogs.reply_to
         SELECT r.external_id FROM message m JOIN message r ON r.id = m.reply_to_id WHERE m.id = $1",
    )
    .bind(id.get())
    .fetch_optional(&mut *desk.tx)
    .await?;
    Ok(id.flatten())
}
