//! Read, unread, typing, drafts: what leaves no message.

use openlines_protocol::{Action, Chat, Outgoing, OutgoingList};

use super::{Actor, Desk, visible};
use crate::dialogs::store;
use crate::dialogs::{DialogError, SessionState};
use crate::{DialogId, MessageId, Parts};

/// Characters of a draft.
const DRAFT_MAX: usize = 20_000;

/// The reader has seen all up to a message. Only the holder's reading counts while somebody serves, so that a look by
/// others takes nothing from the holder's attention; the customer is told where the channel can.
pub(crate) async fn read(parts: &Parts, by: Actor, dialog: DialogId, message: MessageId) -> Result<(), DialogError> {
    let mut desk = Desk::open(parts, "read_dialog", dialog, by).await?;
    if !desk.is_mine() && desk.held.state != SessionState::Closed {
        return Ok(());
    }
    let unread = store::unread_after(&mut desk.tx, dialog, message).await?.min(desk.held.unread_count);
    if unread == desk.held.unread_count {
        return Ok(());
    }
    desk.held.unread_count = unread;
    let up_to = store::last_incoming(&mut desk.tx, dialog, message).await?;
    let (connection, chat) = (desk.held.connection, desk.held.chat_id.clone());
    desk.close().await?;
    if let Some(up_to) = up_to {
        let id = format!("r-{}", parts.rng.token(12));
        let act =
            Outgoing { id, connection, chat: Chat { id: chat, ..Chat::default() }, action: Action::Read { up_to } };
        tell_hub(parts, "tell_reading", openlines_protocol::KnownMethods::SendStatusReading, act);
    }
    Ok(())
}

/// Marks a dialog as one to come back to.
pub(crate) async fn unread(parts: &Parts, by: Actor, dialog: DialogId) -> Result<(), DialogError> {
    let mut desk = Desk::open(parts, "unread_dialog", dialog, by).await?;
    if desk.held.unread_count == 0 {
        desk.held.unread_count = 1;
        desk.close().await?;
    }
    Ok(())
}

/// Shows the customer and the other viewers that somebody types. Nothing is kept.
pub(crate) async fn typing(parts: &Parts, by: Actor, dialog: DialogId) -> Result<(), DialogError> {
    let mut read = parts.db.read().await?;
    visible(&mut read, by, dialog).await?;
    let row: Option<(i64, String, String, Option<i64>)> = sqlx::query_as(
        "-- dialogs.typing_in
         SELECT connection_id, external_chat_id, session_state, operator_id FROM dialog WHERE id = $1",
    )
    .bind(dialog.get())
    .fetch_optional(&mut *read)
    .await?;
    drop(read);
    let Some((connection, chat, state, holder)) = row else { return Ok(()) };
    parts.live.typing(parts, dialog, crate::live::Who::Operator(by.operator));
    if state == SessionState::Active.word() && holder == Some(by.operator.get()) {
        let act = Outgoing {
            id: format!("t-{}", parts.rng.token(12)),
            connection: connection.into(),
            chat: Chat { id: chat, ..Chat::default() },
            action: Action::Typing,
        };
        tell_hub(parts, "tell_typing", openlines_protocol::KnownMethods::SendTyping, act);
    }
    Ok(())
}

/// Tells the hub something that nobody waits for and nothing depends on.
fn tell_hub(parts: &Parts, name: &'static str, method: openlines_protocol::KnownMethods, act: Outgoing) {
    let hub = std::sync::Arc::clone(&parts.hub);
    parts.tasks.spawn(name, async move {
        let Ok(params) = serde_json::to_value(OutgoingList { messages: vec![act] }) else { return };
        if let Err(cause) = hub.ask(method, params).await {
            tracing::debug!(error = %cause, "The hub was not told");
        }
    });
}

/// Keeps a draft for the person's other devices.
pub(crate) async fn keep_draft(
    parts: &Parts,
    by: Actor,
    dialog: DialogId,
    mode: &str,
    text: &str,
) -> Result<(), DialogError> {
    if text.chars().count() > DRAFT_MAX {
        return Err(DialogError::field("text", format!("at most {DRAFT_MAX} characters")));
    }
    let mut tx = parts.db.tx("keep_draft").await?;
    visible(&mut tx, by, dialog).await?;
    store::set_draft(&mut tx, parts.clock.now(), by.operator, dialog, mode, text).await?;
    tx.commit().await?;
    Ok(())
}
