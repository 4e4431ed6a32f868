//! Reactions, buttons, blocking and moving: what changes a dialog without a message of the customer.

use openlines_protocol::{Chat, Event, Message, User, markup};
use openlines_store::Conn;
use serde_json::json;

use super::Intake;
use crate::dialogs::rules::reactions;
use crate::dialogs::store::{self, Extra, Held};
use crate::staff::Language;

impl Intake<'_> {
    /// The customer put or took back reactions.
    pub(super) async fn reaction(
        &mut self,
        conn: &mut Conn,
        chat: &Chat,
        message_id: &str,
        added: &[String],
        removed: &[String],
    ) -> Result<(), sqlx::Error> {
        let Some(held) = self.take(chat) else { return Ok(()) };
        if let Some(id) = store::find_external(conn, held.id, message_id).await?
            && let Some(old) = store::brief(conn, id).await?
        {
            let now = reactions(old.extra.reactions.clone(), added, removed);
            store::set_extra(conn, id, &Extra { reactions: now, ..old.extra }).await?;
            self.changes.message(id, held.line);
        }
        self.put(held);
        Ok(())
    }

    /// The customer pressed a button: a message that says which.
    pub(super) async fn callback(
        &mut self,
        conn: &mut Conn,
        event: &Event,
        user: &User,
        chat: &Chat,
        message_id: Option<&str>,
        data: &str,
    ) -> Result<(), sqlx::Error> {
        let label = match (message_id, self.held.get(&chat.id)) {
            (Some(external), Some(held)) => button_text(conn, held, external, data).await?,
            _ => None,
        };
        let line = self.held.get(&chat.id).map_or(self.source.line, |it| it.line);
        let language = self.settings(conn, line).await?.map_or(Language::En, |it| it.language);
        let pressed = markup::escape(label.as_deref().unwrap_or(data));
        let text = match language {
            Language::Ru => format!("Нажата кнопка: {pressed}"),
            Language::En => format!("Pressed: {pressed}"),
        };
        let message = Message {
            // Not the channel's, so it can never be taken for one of its messages.
            id: format!("callback:{}", event.id),
            date: event.occurred_at,
            text,
            reply_to: message_id.map(|it| openlines_protocol::ReplyTo { message_id: it.to_owned(), quote: None }),
            ..Message::default()
        };
        self.message_new(conn, user, chat, &message, None).await
    }

    /// The customer started or unblocked us.
    pub(super) async fn subscribed(&mut self, conn: &mut Conn, user: &User, chat: &Chat) -> Result<(), sqlx::Error> {
        let Some(mut held) = self.take(chat) else { return Ok(()) };
        self.who(conn, user).await?;
        self.reached(conn, &mut held).await?;
        self.put(held);
        Ok(())
    }

    /// The customer blocked us.
    pub(super) async fn unsubscribed(&mut self, conn: &mut Conn, chat: &Chat) -> Result<(), sqlx::Error> {
        let Some(mut held) = self.take(chat) else { return Ok(()) };
        self.lost(conn, &mut held).await?;
        self.put(held);
        Ok(())
    }

    /// Notes that the customer can be written to again.
    pub(super) async fn reached(&mut self, conn: &mut Conn, held: &mut Held) -> Result<(), sqlx::Error> {
        if !held.reachable {
            held.reachable = true;
            self.system(conn, held, json!({"code": "reachable"})).await?;
        }
        Ok(())
    }

    /// Notes that nothing reaches the customer.
    pub(super) async fn lost(&mut self, conn: &mut Conn, held: &mut Held) -> Result<(), sqlx::Error> {
        if held.reachable {
            held.reachable = false;
            self.system(conn, held, json!({"code": "unreachable"})).await?;
        }
        Ok(())
    }

    /// The chat got another id at the channel. If that one has a dialog already, both stay as they are.
    pub(super) async fn chat_moved(&mut self, conn: &mut Conn, chat: &Chat, to: &str) -> Result<(), sqlx::Error> {
        let Some(mut held) = self.take(chat) else { return Ok(()) };
        if store::move_chat(conn, &held, to).await? {
            to.clone_into(&mut held.chat_id);
        }
        self.put(held);
        Ok(())
    }
}

async fn button_text(conn: &mut Conn, held: &Held, external: &str, data: &str) -> Result<Option<String>, sqlx::Error> {
    let Some(id) = store::find_external(conn, held.id, external).await? else { return Ok(None) };
    let Some(message) = store::brief(conn, id).await? else { return Ok(None) };
    let mut buttons = message.extra.buttons.into_iter().flatten();
    Ok(buttons.find(|it| it.data.as_deref() == Some(data)).map(|it| it.text))
}
