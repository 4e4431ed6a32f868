//! Messages: storing and finding them.

use openlines_base::Time;
use openlines_protocol::{Button, Contact, Forwarded, Location};
use openlines_store::Conn;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::FromRow;

use crate::dialogs::{AuthorKind, DeliveryState, MessageKind};
use crate::{DialogId, MessageId, OperatorId, SessionId};

/// What a message has besides text and files; the column `extra`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Extra {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<Location>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contact: Option<Contact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) forwarded: Option<Forwarded>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) buttons: Vec<Vec<Button>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) reactions: Vec<String>,
    /// Name of a writer who is not the dialog's customer: in a group there are many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) author: Option<String>,
    /// The part quoted, where the message answers one that we may not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) quote: Option<String>,
    /// `code` and its parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) system: Option<Value>,
}

impl Extra {
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    pub(crate) fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }
}

/// A message to be stored.
#[derive(Debug)]
pub(crate) struct NewMessage<'a> {
    pub(crate) dialog: DialogId,
    pub(crate) session: SessionId,
    pub(crate) kind: MessageKind,
    pub(crate) author: AuthorKind,
    pub(crate) operator: Option<OperatorId>,
    pub(crate) text: &'a str,
    pub(crate) extra: &'a Extra,
    pub(crate) external_id: Option<&'a str>,
    pub(crate) album: Option<&'a str>,
    pub(crate) reply_to: Option<MessageId>,
    pub(crate) client_id: Option<&'a str>,
    pub(crate) delivery: Option<DeliveryState>,
    pub(crate) at: Time,
    pub(crate) edited_at: Option<Time>,
}

/// Stores a message; `None` if it is there already, by the channel's id or the browser's.
pub(crate) async fn insert_message(
    conn: &mut Conn,
    message: &NewMessage<'_>,
) -> Result<Option<MessageId>, sqlx::Error> {
    let id: Option<i64> = sqlx::query_scalar(
        "-- dialogs.insert_message
         INSERT INTO message (dialog_id, session_id, kind, author_kind, operator_id, text, extra, external_id, album,
             reply_to_id, client_id, delivery, at, edited_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT DO NOTHING RETURNING id",
    )
    .bind(message.dialog.get())
    .bind(message.session.get())
    .bind(message.kind.word())
    .bind(message.author.word())
    .bind(message.operator.map(OperatorId::get))
    .bind(message.text)
    .bind(message.extra.text())
    .bind(message.external_id)
    .bind(message.album)
    .bind(message.reply_to.map(MessageId::get))
    .bind(message.client_id)
    .bind(message.delivery.map(DeliveryState::word))
    .bind(message.at.ms())
    .bind(message.edited_at.map(Time::ms))
    .fetch_optional(conn)
    .await?;
    Ok(id.map(MessageId))
}

/// Writes a line about what happened to the dialog: `{code, …}`.
///
/// # Errors
/// The database is away.
pub(crate) async fn insert_system(
    conn: &mut Conn,
    now: Time,
    dialog: DialogId,
    session: SessionId,
    system: Value,
) -> Result<MessageId, sqlx::Error> {
    let extra = Extra { system: Some(system), ..Extra::default() };
    let message = NewMessage {
        dialog,
        session,
        kind: MessageKind::System,
        author: AuthorKind::System,
        operator: None,
        text: "",
        extra: &extra,
        external_id: None,
        album: None,
        reply_to: None,
        client_id: None,
        delivery: None,
        at: now,
        edited_at: None,
    };
    let id = insert_message(conn, &message).await?;
    Ok(id.expect("nothing unique is in a system line"))
}

/// What acts on a message need to know of it.
#[derive(Debug)]
pub(crate) struct Brief {
    pub(crate) id: MessageId,
    pub(crate) dialog: DialogId,
    pub(crate) kind: MessageKind,
    pub(crate) author: AuthorKind,
    pub(crate) operator: Option<OperatorId>,
    pub(crate) text: String,
    pub(crate) extra: Extra,
    pub(crate) external_id: Option<String>,
    pub(crate) delivery: Option<DeliveryState>,
    pub(crate) edited_at: Option<Time>,
    pub(crate) deleted_at: Option<Time>,
}

#[derive(FromRow)]
struct BriefRow {
    id: i64,
    dialog_id: i64,
    kind: String,
    author_kind: String,
    operator_id: Option<i64>,
    text: String,
    extra: String,
    external_id: Option<String>,
    delivery: Option<String>,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
}

/// Reads one message.
pub(crate) async fn brief(conn: &mut Conn, id: MessageId) -> Result<Option<Brief>, sqlx::Error> {
    let row: Option<BriefRow> = sqlx::query_as(
        "-- dialogs.brief
         SELECT id, dialog_id, kind, author_kind, operator_id, text, extra, external_id, delivery, edited_at,
             deleted_at
         FROM message WHERE id = $1",
    )
    .bind(id.get())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Brief {
        id: row.id.into(),
        dialog: row.dialog_id.into(),
        kind: MessageKind::of(&row.kind).unwrap_or(MessageKind::System),
        author: AuthorKind::of(&row.author_kind).unwrap_or(AuthorKind::System),
        operator: row.operator_id.map(OperatorId),
        text: row.text,
        extra: Extra::read(&row.extra),
        external_id: row.external_id,
        delivery: row.delivery.as_deref().and_then(DeliveryState::of),
        edited_at: row.edited_at.map(Time::from_ms),
        deleted_at: row.deleted_at.map(Time::from_ms),
    }))
}

/// The message that has this id at the channel, as its first or a further one.
pub(crate) async fn find_external(
    conn: &mut Conn,
    dialog: DialogId,
    external_id: &str,
) -> Result<Option<MessageId>, sqlx::Error> {
    let id: Option<i64> = sqlx::query_scalar(
        "-- dialogs.find_external
         SELECT id FROM message WHERE dialog_id = $1 AND external_id = $2
         UNION ALL SELECT message_id FROM message_part WHERE dialog_id = $1 AND external_id = $2
         LIMIT 1",
    )
    .bind(dialog.get())
    .bind(external_id)
    .fetch_optional(conn)
    .await?;
    Ok(id.map(MessageId))
}

/// The customer's message that began this album.
pub(crate) async fn find_album(
    conn: &mut Conn,
    dialog: DialogId,
    album: &str,
) -> Result<Option<MessageId>, sqlx::Error> {
    let id: Option<i64> = sqlx::query_scalar(
        "-- dialogs.find_album
         SELECT id FROM message WHERE dialog_id = $1 AND album = $2 ORDER BY id LIMIT 1",
    )
    .bind(dialog.get())
    .bind(album)
    .fetch_optional(conn)
    .await?;
    Ok(id.map(MessageId))
}

/// Notes a further id of a message at the channel; false if it is known already.
pub(crate) async fn add_part(
    conn: &mut Conn,
    dialog: DialogId,
    message: MessageId,
    external_id: &str,
    position: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "-- dialogs.add_part
         INSERT INTO message_part (dialog_id, external_id, message_id, position) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
    )
    .bind(dialog.get())
    .bind(external_id)
    .bind(message.get())
    .bind(position)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
