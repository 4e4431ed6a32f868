//! What became of our own messages.

use openlines_protocol::{Chat, FailureReason};
use openlines_store::Conn;

use super::Intake;
use crate::MessageId;
use crate::client::outbox::{self, Told, Undo};
use crate::dialogs::DeliveryState;
use crate::dialogs::store::{self, Brief, Delivering, Held};

impl Intake<'_> {
    /// The channel took a message, an edit or a deletion.
    pub(super) async fn delivered(
        &mut self,
        conn: &mut Conn,
        outgoing_id: &str,
        message_ids: &[String],
    ) -> Result<(), sqlx::Error> {
        let Some((held, told, message)) = self.settle(conn, outgoing_id, "done").await? else { return Ok(()) };
        if told.action == "send" {
            store::set_external(conn, held.id, message.id, message_ids).await?;
            // The customer may have read it before we learn that it arrived.
            if message.delivery != Some(DeliveryState::Read) {
                let step = Delivering { state: DeliveryState::Delivered, reason: None, text: None };
                store::set_delivery(conn, message.id, &step).await?;
            }
        } else if told.action == "edit" {
            store::set_external(conn, held.id, message.id, message_ids).await?;
        }
        self.changes.message(message.id, held.line);
        self.put(held);
        Ok(())
    }

    /// The channel refused for good.
    pub(super) async fn failed(
        &mut self,
        conn: &mut Conn,
        outgoing_id: &str,
        reason: FailureReason,
        text: &str,
    ) -> Result<(), sqlx::Error> {
        let Some((mut held, told, message)) = self.settle(conn, outgoing_id, "failed").await? else { return Ok(()) };
        let state = match (told.action.as_str(), reason) {
            ("send", FailureReason::Uncertain) => DeliveryState::Uncertain,
            ("send", _) => DeliveryState::Failed,
            // The message itself stays where it was; only the change was refused.
            _ => message.delivery.unwrap_or(DeliveryState::Delivered),
        };
        let step = Delivering { state, reason: Some(reason), text: Some(text) };
        store::set_delivery(conn, message.id, &step).await?;
        if let Some(undo) = told.undo() {
            put_back(conn, &told, &message, &undo).await?;
            store::index_message(conn, held.id, message.id, &undo.text).await?;
        }
        self.changes.message(message.id, held.line);
        if reason == FailureReason::Unreachable {
            self.lost(conn, &mut held).await?;
        }
        self.put(held);
        Ok(())
    }

    /// Ends an act and takes its dialog, locked before the act's own row.
    async fn settle(
        &mut self,
        conn: &mut Conn,
        outgoing_id: &str,
        state: &str,
    ) -> Result<Option<(Held, Told, Brief)>, sqlx::Error> {
        let Some(dialog) = outbox::dialog_of(conn, outgoing_id).await? else { return Ok(None) };
        let here = self.held.values().find(|it| it.id == dialog).map(|it| it.chat_id.clone());
        let held = match here.and_then(|it| self.held.remove(&it)) {
            Some(held) => Some(held),
            None => store::lock(conn, dialog).await?,
        };
        let Some(held) = held else { return Ok(None) };
        let told = outbox::settle(conn, outgoing_id, state).await?;
        let message = match &told {
            Some(told) => store::brief(conn, MessageId(told.message_id)).await?,
            None => None,
        };
        match told.zip(message) {
            Some((told, message)) => Ok(Some((held, told, message))),
            None => {
                self.put(held);
                Ok(None)
            }
        }
    }

    /// The customer read what we wrote.
    pub(super) async fn read(&mut self, conn: &mut Conn, chat: &Chat, up_to: Option<&str>) -> Result<(), sqlx::Error> {
        let Some(held) = self.take(chat) else { return Ok(()) };
        let up_to = match up_to {
            None => Some(None),
            // An id that we do not know says nothing of ours.
            Some(external) => store::find_external(conn, held.id, external).await?.map(Some),
        };
        if let Some(up_to) = up_to {
            for id in store::mark_read(conn, held.id, up_to).await? {
                self.changes.message(id, held.line);
            }
        }
        self.put(held);
        Ok(())
    }
}

/// Restores what the refused act had changed, unless it was changed again since.
async fn put_back(conn: &mut Conn, told: &Told, message: &Brief, undo: &Undo) -> Result<(), sqlx::Error> {
    if told.action == "delete" {
        return store::put_back_deleted(conn, message.id).await;
    }
    if message.deleted_at.is_none() {
        store::set_text(conn, message.id, &undo.text, undo.edited_at).await?;
    }
    Ok(())
}
