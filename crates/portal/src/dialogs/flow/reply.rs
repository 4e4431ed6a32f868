//! An operator writes: to the customer, or a note among staff.

use openlines_protocol::{Action, OutgoingMessage};

use super::give::take_from_anyone;
use super::outgoing::queue;
use super::{Actor, Desk};
use crate::dialogs::rules::{CLIENT_ID_MAX, FILES_MAX, TEXT_MAX};
use crate::dialogs::store::{self, Extra, NewMessage};
use crate::dialogs::{AuthorKind, DeliveryState, DialogError, Message, MessageKind, SessionState, load_messages};
use crate::{DialogId, FileId, MessageId, Parts};

/// What an operator wrote.
#[derive(Debug)]
pub(crate) struct NewReply {
    /// The browser's id: the same twice is one message.
    pub(crate) client_id: String,
    /// Among staff, not to the customer.
    pub(crate) is_note: bool,
    pub(crate) text: String,
    pub(crate) files: Vec<FileId>,
    pub(crate) reply_to: Option<MessageId>,
    /// Become the holder first, if somebody else or nobody is.
    pub(crate) take_over: bool,
}

/// Stores what was written and puts it into the outbox, together. Gives the message and whether it is new.
pub(crate) async fn reply(
    parts: &Parts,
    by: Actor,
    dialog: DialogId,
    new: &NewReply,
) -> Result<(Message, bool), DialogError> {
    check(new)?;
    let mut desk = Desk::open(parts, "reply", dialog, by).await?;
    if let Some(id) = find_by_client(&mut desk, &new.client_id).await? {
        let message = load_messages(&mut desk.tx, &[id]).await?.pop().ok_or(DialogError::NotFound("message"))?;
        return Ok((message, false));
    }
    if !new.is_note {
        may_reply(&mut desk, new.take_over).await?;
    }
    let answered = answered(&mut desk, new.reply_to).await?;
    let id = store_message(&mut desk, new).await?;
    let attached = store::attach_uploads(&mut desk.tx, id, by.operator, &new.files).await?;
    if attached != new.files.len() {
        return Err(DialogError::field("file_ids", "upload the file again: one of them is not there, or in use"));
    }
    store::index_message(&mut desk.tx, dialog, id, &new.text).await?;
    desk.held.last_message = Some(id);
    desk.held.last_activity_at = desk.now;
    let mode = if new.is_note { "note" } else { "reply" };
    store::set_draft(&mut desk.tx, desk.now, by.operator, dialog, mode, "").await?;
    if !new.is_note {
        let message = OutgoingMessage { text: new.text.clone(), reply_to: answered, ..OutgoingMessage::default() };
        queue(&mut desk.tx, parts.rng.as_ref(), desk.now, &desk.held, id, &Action::Send { message }, None).await?;
        store::first_reply(&mut desk.tx, desk.now, desk.held.session()).await?;
        desk.held.waiting_since = None;
        desk.held.unread_count = 0;
        desk.changes.wants_outbox();
    }
    desk.changes.message(id, desk.held.line);
    let message = load_messages(&mut desk.tx, &[id]).await?.pop().ok_or(DialogError::NotFound("message"))?;
    desk.close().await?;
    Ok((message, true))
}

fn check(new: &NewReply) -> Result<(), DialogError> {
    if new.client_id.is_empty() || new.client_id.len() > CLIENT_ID_MAX {
        return Err(DialogError::field("client_id", format!("send an id of 1 to {CLIENT_ID_MAX} bytes")));
    }
    if new.text.trim().is_empty() && new.files.is_empty() {
        return Err(DialogError::field("text", "write something or add a file"));
    }
    if new.text.chars().count() > TEXT_MAX {
        return Err(DialogError::field("text", format!("at most {TEXT_MAX} characters")));
    }
    if new.files.len() > FILES_MAX {
        return Err(DialogError::field("file_ids", format!("at most {FILES_MAX} files")));
    }
    Ok(())
}

async fn find_by_client(desk: &mut Desk<'_>, client_id: &str) -> Result<Option<MessageId>, DialogError> {
    let id: Option<i64> = sqlx::query_scalar(
        "-- dialogs.find_by_client
         SELECT id FROM message WHERE dialog_id = $1 AND client_id = $2",
    )
    .bind(desk.held.id.get())
    .bind(client_id)
    .fetch_optional(&mut *desk.tx)
    .await?;
    Ok(id.map(MessageId))
}

/// Whether the customer may be written to by this person now; takes the dialog over where that was agreed to.
async fn may_reply(desk: &mut Desk<'_>, take_over: bool) -> Result<(), DialogError> {
    if desk.held.state == SessionState::Closed {
        return Err(DialogError::SessionClosed);
    }
    if !desk.is_mine() && !take_over {
        return Err(DialogError::NotYours);
    }
    can_send(desk).await?;
    if !desk.is_mine() {
        take_from_anyone(desk).await?;
    }
    Ok(())
}

/// Whether anything can reach the customer at all.
pub(super) async fn can_send(desk: &mut Desk<'_>) -> Result<(), DialogError> {
    if !desk.held.reachable {
        return Err(DialogError::Unreachable);
    }
    let state: Option<String> =
        sqlx::query_scalar("-- dialogs.connection_state\n SELECT state FROM connection WHERE id = $1")
            .bind(desk.held.connection.get())
            .fetch_optional(&mut *desk.tx)
            .await?;
    match state.as_deref() {
        Some("displaced" | "removed") | None => Err(DialogError::ConnectionGone),
        Some(_) => Ok(()),
    }
}

/// The channel's id of the message that is answered; it must be of this dialog.
async fn answered(desk: &mut Desk<'_>, reply_to: Option<MessageId>) -> Result<Option<String>, DialogError> {
    let Some(id) = reply_to else { return Ok(None) };
    let found = store::brief(&mut desk.tx, id).await?.filter(|it| it.dialog == desk.held.id);
    let found = found.ok_or_else(|| DialogError::field("reply_to", "there is no such message in this dialog"))?;
    Ok(found.external_id)
}

async fn store_message(desk: &mut Desk<'_>, new: &NewReply) -> Result<MessageId, DialogError> {
    let message = NewMessage {
        dialog: desk.held.id,
        session: desk.held.session(),
        kind: if new.is_note { MessageKind::Note } else { MessageKind::Reply },
        author: AuthorKind::Operator,
        operator: Some(desk.by.operator),
        text: &new.text,
        extra: &Extra::default(),
        external_id: None,
        album: None,
        reply_to: new.reply_to,
        client_id: Some(&new.client_id),
        delivery: (!new.is_note).then_some(DeliveryState::Queued),
        at: desk.now,
        edited_at: None,
    };
    let id = store::insert_message(&mut desk.tx, &message).await?;
    Ok(id.expect("the dialog is locked and the browser's id was looked for"))
}
