//! A channel of a test: customers who write through one connection, as the hub would tell it.

use std::sync::atomic::{AtomicI64, Ordering};

use openlines_protocol::{Body, Chat, ConnectionId, Event, FailureReason, File, FileKind, Message, User};
use serde_json::{Value, json};

use super::Office;
use crate::client::testing;
use crate::{DialogId, LineId};

/// One connection with its stream of events.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) connection: ConnectionId,
    pub(crate) line: LineId,
    seq: AtomicI64,
}

impl Channel {
    /// Connects a channel that can do everything to a line.
    pub(crate) async fn new(office: &Office, line: LineId, id: i64) -> Self {
        let about = json!({"can": {"edit": true, "delete": true, "typing": true, "read": true, "reply": true}});
        let mut tx = office.parts.db.tx("test").await.unwrap();
        sqlx::query(
            "INSERT INTO connection (id, channel, line_id, title, state, about, changed_at, created_at)
             VALUES ($1, 'paper', $2, 'Paper', 'active', $3, 0, 0)",
        )
        .bind(id)
        .bind(line.get())
        .bind(about.to_string())
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        Self { connection: ConnectionId(id), line, seq: AtomicI64::new(0) }
    }

    /// The next event of the stream.
    pub(crate) fn event(&self, office: &Office, body: Body) -> Event {
        let seq = self.seq.fetch_add(1, Ordering::SeqCst) + 1;
        Event {
            id: format!("{}-{seq}", self.connection),
            seq,
            connection: self.connection,
            line: self.line.to_string(),
            channel: "paper".to_owned(),
            occurred_at: office.parts.clock.now(),
            body,
        }
    }

    /// A person writes in their private chat.
    pub(crate) fn message(&self, office: &Office, who: &str, id: &str, text: &str) -> Event {
        let message =
            Message { id: id.to_owned(), date: office.parts.clock.now(), text: text.to_owned(), ..Message::default() };
        self.event(office, Body::MessageNew { user: user(who), chat: chat(who), message })
    }

    /// Events come and are worked off.
    pub(crate) async fn push(&self, office: &Office, events: &[Event]) {
        let bodies: Vec<Value> = events.iter().map(|it| serde_json::to_value(it).unwrap()).collect();
        testing::store(&office.parts, self.connection, &bodies).await;
        testing::work(&office.parts).await;
    }

    /// One thing happens.
    pub(crate) async fn happens(&self, office: &Office, body: Body) {
        let event = self.event(office, body);
        self.push(office, &[event]).await;
    }

    /// A person writes and it is worked off. Gives their dialog.
    pub(crate) async fn writes(&self, office: &Office, who: &str, text: &str) -> DialogId {
        let id = format!("m{}", self.seq.load(Ordering::SeqCst) + 1);
        let event = self.message(office, who, &id, text);
        self.push(office, &[event]).await;
        self.dialog_of(office, who).await
    }

    /// The dialog of a person's private chat.
    pub(crate) async fn dialog_of(&self, office: &Office, who: &str) -> DialogId {
        let mut read = office.parts.db.read().await.unwrap();
        let id: i64 = sqlx::query_scalar("SELECT id FROM dialog WHERE connection_id = $1 AND external_chat_id = $2")
            .bind(self.connection.get())
            .bind(chat(who).id)
            .fetch_one(&mut *read)
            .await
            .unwrap();
        DialogId(id)
    }

    /// The channel took an act.
    pub(crate) async fn delivered(&self, office: &Office, who: &str, outgoing_id: &str, ids: &[&str]) {
        let message_ids = ids.iter().map(|it| (*it).to_owned()).collect();
        let body = Body::Delivered { chat: chat(who), outgoing_id: outgoing_id.to_owned(), message_ids };
        self.happens(office, body).await;
    }

    /// The channel refused an act.
    pub(crate) async fn failed(&self, office: &Office, who: &str, outgoing_id: &str, reason: FailureReason) {
        let (outgoing_id, text) = (outgoing_id.to_owned(), "no".to_owned());
        self.happens(office, Body::Failed { chat: chat(who), outgoing_id, reason, text }).await;
    }
}

/// A person of a test.
pub(crate) fn user(name: &str) -> User {
    User { id: format!("user {name}"), name: name.to_owned(), ..User::default() }
}

/// Their private chat.
pub(crate) fn chat(name: &str) -> Chat {
    Chat { id: format!("chat {name}"), ..Chat::default() }
}

/// A picture by link.
pub(crate) fn picture(name: &str) -> File {
    File {
        url: Some(format!("http://files.test/{name}")),
        name: name.to_owned(),
        mime: "image/png".to_owned(),
        size: Some(10),
        kind: FileKind::Image,
        duration_s: None,
        width: None,
        height: None,
        unique_id: None,
    }
}
