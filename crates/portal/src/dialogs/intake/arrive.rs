//! A customer's message arrives, is changed or is taken back.

use openlines_base::Time;
use openlines_protocol::{Chat, Message, User};
use openlines_store::Conn;
use serde_json::json;

use super::Intake;
use crate::MessageId;
use crate::customers::{self, Known, SavePhone};
use crate::dialogs::rules::bounded;
use crate::dialogs::store::{self, Extra, Held, NewMessage};
use crate::dialogs::{AuthorKind, MessageKind, SessionState};

/// Files of one message that are kept.
const FILES_MAX: usize = 100;

impl Intake<'_> {
    /// The customer wrote. `edited_at` is set for a changed message that we never saw before.
    pub(super) async fn message_new(
        &mut self,
        conn: &mut Conn,
        user: &User,
        chat: &Chat,
        message: &Message,
        edited_at: Option<Time>,
    ) -> Result<(), sqlx::Error> {
        let known = self.who(conn, user).await?;
        let mut held = self.take_or_make(conn, chat, &known).await?;
        self.tell_customer(conn, &held, &known).await?;
        if self.is_known(conn, &held, message).await? || self.join_album(conn, &held, message).await? {
            self.put(held);
            return Ok(());
        }
        let at = message.date.min(self.now);
        self.reached(conn, &mut held).await?;
        let opened = self.ensure_session(conn, &mut held, at).await?;
        if known.is_new {
            self.make_lead(conn, &held, &known).await?;
        }
        if let Some(payload) = &message.start_payload {
            self.system(conn, &held, json!({"code": "opened_by_link", "payload": payload})).await?;
        }
        let stored = self.store(conn, &held, &known, message, edited_at).await?;
        if let Some(id) = stored {
            self.arrived(conn, &mut held, id, message, at).await?;
        }
        if let Some(is_first) = opened {
            self.greet(conn, &held, &known, is_first).await?;
        }
        self.put(held);
        Ok(())
    }

    /// A redelivery must not open a session of its own, so it is looked for before; while a session is open, the unique
    /// index finds it without a question.
    async fn is_known(&self, conn: &mut Conn, held: &Held, message: &Message) -> Result<bool, sqlx::Error> {
        if message.id.is_empty() || held.session.is_none() || held.state != SessionState::Closed {
            return Ok(false);
        }
        Ok(store::find_external(conn, held.id, &message.id).await?.is_some())
    }

    async fn store(
        &mut self,
        conn: &mut Conn,
        held: &Held,
        known: &Known,
        message: &Message,
        edited_at: Option<Time>,
    ) -> Result<Option<MessageId>, sqlx::Error> {
        let reply_to = match &message.reply_to {
            Some(reply) => store::find_external(conn, held.id, &reply.message_id).await?,
            None => None,
        };
        let extra = Extra {
            location: message.location.clone(),
            contact: message.contact.clone(),
            forwarded: message.forwarded.clone(),
            buttons: message.buttons.clone(),
            quote: message.reply_to.as_ref().and_then(|it| it.quote.clone()),
            // In a group others than the dialog's customer write too.
            author: (known.id != held.customer).then(|| known.name.clone()),
            ..Extra::default()
        };
        let text = bounded(&message.text);
        let new = NewMessage {
            dialog: held.id,
            session: held.session(),
            kind: MessageKind::Incoming,
            author: AuthorKind::Customer,
            operator: None,
            text: &text,
            extra: &extra,
            external_id: Some(message.id.as_str()).filter(|it| !it.is_empty()),
            album: message.album.as_deref(),
            reply_to,
            client_id: None,
            delivery: None,
            at: message.date,
            edited_at,
        };
        let Some(id) = store::insert_message(conn, &new).await? else { return Ok(None) };
        self.store_files(conn, id, 0, message).await?;
        store::index_message(conn, held.id, id, &text).await?;
        Ok(Some(id))
    }

    /// Notes the files of a message, to be downloaded.
    pub(super) async fn store_files(
        &mut self,
        conn: &mut Conn,
        id: MessageId,
        first: i64,
        message: &Message,
    ) -> Result<(), sqlx::Error> {
        for (position, file) in (first..).zip(message.files.iter().take(FILES_MAX)) {
            store::expect_file(conn, self.now, Some(id), position, file).await?;
            self.changes.wants_files();
        }
        Ok(())
    }

    /// What a new message changes in its dialog.
    async fn arrived(
        &mut self,
        conn: &mut Conn,
        held: &mut Held,
        id: MessageId,
        message: &Message,
        at: Time,
    ) -> Result<(), sqlx::Error> {
        held.last_message = Some(id);
        held.last_activity_at = held.last_activity_at.max(at);
        held.unread_count += 1;
        held.waiting_since.get_or_insert(at);
        self.changes.message(id, held.line);
        if let Some(contact) = message.contact.as_ref().filter(|it| it.own)
            && customers::save_phone(conn, held.customer, contact.phone.as_deref()).await? == SavePhone::Filled
        {
            store::refresh_search(conn, held.customer).await?;
            self.changes.customer(held.customer, held.line);
        }
        Ok(())
    }

    /// The channel tells other things of the customer than before.
    async fn tell_customer(&mut self, conn: &mut Conn, held: &Held, known: &Known) -> Result<(), sqlx::Error> {
        if !known.has_changed {
            return Ok(());
        }
        for dialog in store::refresh_search(conn, known.id).await? {
            self.changes.dialog(dialog, held.line);
        }
        self.changes.customer(known.id, held.line);
        Ok(())
    }

    /// The customer changed a message. One that we never had is shown as if it was new: better late than never.
    pub(super) async fn message_edited(
        &mut self,
        conn: &mut Conn,
        user: &User,
        chat: &Chat,
        message: &Message,
        at: Time,
    ) -> Result<(), sqlx::Error> {
        let found = match self.held.get(&chat.id) {
            Some(held) => {
                let (dialog, line) = (held.id, held.line);
                store::find_external(conn, dialog, &message.id).await?.map(|id| (id, dialog, line))
            }
            None => None,
        };
        let Some((id, dialog, line)) = found else {
            return self.message_new(conn, user, chat, message, Some(at)).await;
        };
        let Some(old) = store::brief(conn, id).await?.filter(|it| it.kind == MessageKind::Incoming) else {
            return Ok(());
        };
        let text = bounded(&message.text);
        let extra = Extra {
            location: message.location.clone().or(old.extra.location),
            buttons: if message.buttons.is_empty() { old.extra.buttons } else { message.buttons.clone() },
            ..old.extra
        };
        store::edit_incoming(conn, id, &text, &extra, at).await?;
        store::index_message(conn, dialog, id, &text).await?;
        self.changes.message(id, line);
        Ok(())
    }

    /// The customer took messages back. They stay readable for staff, with a mark.
    pub(super) async fn message_deleted(
        &mut self,
        conn: &mut Conn,
        chat: &Chat,
        ids: &[String],
        at: Time,
    ) -> Result<(), sqlx::Error> {
        let Some(held) = self.take(chat) else { return Ok(()) };
        for external in ids {
            let Some(id) = store::find_external(conn, held.id, external).await? else { continue };
            if store::mark_deleted(conn, id, at).await? {
                store::forget_message(conn, id).await?;
                self.changes.message(id, held.line);
            }
        }
        self.put(held);
        Ok(())
    }
}
