//! Messages.

use openlines_base::Time;
use openlines_protocol::{Button, Contact, FailureReason, Forwarded, Location};
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
    fn text(&self) -> String {
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

/// Adds a part's words to an album and gives how many files it has by now.
pub(crate) async fn add_to_album(conn: &mut Conn, message: MessageId, text: &str) -> Result<i64, sqlx::Error> {
    sqlx::query(
        "-- dialogs.add_to_album
         UPDATE message SET version = version + 1,
             text = CASE WHEN $2 = '' THEN text WHEN text = '' THEN $2 ELSE text || $3 || $2 END
         WHERE id = $1",
    )
    .bind(message.get())
    .bind(text)
    .bind("\n")
    .execute(&mut *conn)
    .await?;
    sqlx::query_scalar("-- dialogs.files_of\n SELECT COUNT(*) FROM file WHERE message_id = $1")
        .bind(message.get())
        .fetch_one(conn)
        .await
}

/// All ids of a message at the channel, in order.
pub(crate) async fn all_external_ids(conn: &mut Conn, message: &Brief) -> Result<Vec<String>, sqlx::Error> {
    let mut ids: Vec<String> = message.external_id.iter().cloned().collect();
    let further: Vec<String> = sqlx::query_scalar(
        "-- dialogs.all_external_ids
         SELECT external_id FROM message_part WHERE message_id = $1 ORDER BY position",
    )
    .bind(message.id.get())
    .fetch_all(conn)
    .await?;
    ids.extend(further);
    Ok(ids)
}

/// Sets the ids that the channel gave an outgoing message; earlier ones are replaced.
pub(crate) async fn set_external(
    conn: &mut Conn,
    dialog: DialogId,
    message: MessageId,
    ids: &[String],
) -> Result<(), sqlx::Error> {
    let Some((first, further)) = ids.split_first() else { return Ok(()) };
    sqlx::query("-- dialogs.set_external\n UPDATE message SET external_id = $2 WHERE id = $1")
        .bind(message.get())
        .bind(first)
        .execute(&mut *conn)
        .await?;
    sqlx::query("-- dialogs.clear_parts\n DELETE FROM message_part WHERE message_id = $1")
        .bind(message.get())
        .execute(&mut *conn)
        .await?;
    for (position, id) in (1_i64..).zip(further) {
        add_part(conn, dialog, message, id, position).await?;
    }
    Ok(())
}

/// The customer's new words for a message.
pub(crate) async fn edit_incoming(
    conn: &mut Conn,
    message: MessageId,
    text: &str,
    extra: &Extra,
    at: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- dialogs.edit_incoming
         UPDATE message SET version = version + 1, text = $2, extra = $3, edited_at = $4 WHERE id = $1",
    )
    .bind(message.get())
    .bind(text)
    .bind(extra.text())
    .bind(at.ms())
    .execute(conn)
    .await
    .map(drop)
}

/// An operator's new words; also the way back when the channel refuses them.
pub(crate) async fn set_text(
    conn: &mut Conn,
    message: MessageId,
    text: &str,
    edited_at: Option<Time>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- dialogs.set_text
         UPDATE message SET version = version + 1, text = $2, edited_at = $3 WHERE id = $1",
    )
    .bind(message.get())
    .bind(text)
    .bind(edited_at.map(Time::ms))
    .execute(conn)
    .await
    .map(drop)
}

pub(crate) async fn set_extra(conn: &mut Conn, message: MessageId, extra: &Extra) -> Result<(), sqlx::Error> {
    sqlx::query("-- dialogs.set_extra\n UPDATE message SET version = version + 1, extra = $2 WHERE id = $1")
        .bind(message.get())
        .bind(extra.text())
        .execute(conn)
        .await
        .map(drop)
}

/// Marks a message as taken back. False if it was already.
pub(crate) async fn mark_deleted(conn: &mut Conn, message: MessageId, at: Time) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "-- dialogs.mark_deleted
         UPDATE message SET version = version + 1, deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL",
    )
    .bind(message.get())
    .bind(at.ms())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The channel would not take it back: it is still there.
pub(crate) async fn put_back_deleted(conn: &mut Conn, message: MessageId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- dialogs.put_back_deleted\n UPDATE message SET version = version + 1, deleted_at = NULL WHERE id = $1",
    )
    .bind(message.get())
    .execute(conn)
    .await
    .map(drop)
}

/// A step of an outgoing message.
#[derive(Debug)]
pub(crate) struct Delivering<'a> {
    pub(crate) state: DeliveryState,
    pub(crate) reason: Option<FailureReason>,
    pub(crate) text: Option<&'a str>,
}

/// Sets how far an outgoing message got.
pub(crate) async fn set_delivery(
    conn: &mut Conn,
    message: MessageId,
    step: &Delivering<'_>,
) -> Result<(), sqlx::Error> {
    let reason = step.reason.and_then(|it| serde_json::to_value(it).ok()).and_then(|it| it.as_str().map(str::to_owned));
    sqlx::query(
        "-- dialogs.set_delivery
         UPDATE message SET version = version + 1, delivery = $2, delivery_reason = $3, delivery_text = $4
         WHERE id = $1",
    )
    .bind(message.get())
    .bind(step.state.word())
    .bind(reason)
    .bind(step.text)
    .execute(conn)
    .await
    .map(drop)
}

/// The customer read what we wrote, up to a message or all of it. Gives those that were not read before.
pub(crate) async fn mark_read(
    conn: &mut Conn,
    dialog: DialogId,
    up_to: Option<MessageId>,
) -> Result<Vec<MessageId>, sqlx::Error> {
    let ids: Vec<i64> = sqlx::query_scalar(
        "-- dialogs.mark_read
         UPDATE message SET version = version + 1, delivery = 'read'
         WHERE dialog_id = $1 AND id <= $2 AND delivery IN ('sent', 'delivered') RETURNING id",
    )
    .bind(dialog.get())
    .bind(up_to.map_or(i64::MAX, MessageId::get))
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(MessageId).collect())
}

/// How many of the customer's messages came after this one.
pub(crate) async fn unread_after(conn: &mut Conn, dialog: DialogId, read: MessageId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "-- dialogs.unread_after
         SELECT COUNT(*) FROM message WHERE dialog_id = $1 AND id > $2 AND kind = 'incoming'",
    )
    .bind(dialog.get())
    .bind(read.get())
    .fetch_one(conn)
    .await
}

/// The channel's id of the customer's last message up to this one.
pub(crate) async fn last_incoming(
    conn: &mut Conn,
    dialog: DialogId,
    up_to: MessageId,
) -> Result<Option<String>, sqlx::Error> {
    let id: Option<Option<String>> = sqlx::query_scalar(
        "-- dialogs.last_incoming
         SELECT external_id FROM message
         WHERE dialog_id = $1 AND id <= $2 AND kind = 'incoming' AND external_id IS NOT NULL
         ORDER BY id DESC LIMIT 1",
    )
    .bind(dialog.get())
    .bind(up_to.get())
    .fetch_optional(conn)
    .await?;
    Ok(id.flatten())
}

/// Where a page of messages lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    /// The newest.
    End,
    /// Just before this one.
    Before(MessageId),
    /// Just after this one.
    After(MessageId),
    /// Half before, half from this one on.
    Middle(MessageId),
}

/// Ids of a page, oldest first, and whether there is more on either side.
#[derive(Debug, Default)]
pub(crate) struct PageOfIds {
    pub(crate) ids: Vec<MessageId>,
    pub(crate) more_before: bool,
    pub(crate) more_after: bool,
}

pub(crate) async fn page_of_messages(
    conn: &mut Conn,
    dialog: DialogId,
    around: Around,
    limit: i64,
) -> Result<PageOfIds, sqlx::Error> {
    Ok(match around {
        Around::End => {
            let (ids, more_before) = older(conn, dialog, i64::MAX, limit).await?;
            PageOfIds { ids, more_before, more_after: false }
        }
        Around::Before(id) => {
            let (ids, more_before) = older(conn, dialog, id.get(), limit).await?;
            PageOfIds { ids, more_before, more_after: true }
        }
        Around::After(id) => {
            let (ids, more_after) = newer(conn, dialog, id.get() + 1, limit).await?;
            PageOfIds { ids, more_before: true, more_after }
        }
        Around::Middle(id) => {
            let (mut ids, more_before) = older(conn, dialog, id.get(), limit / 2).await?;
            let (after, more_after) = newer(conn, dialog, id.get(), limit - limit / 2).await?;
            ids.extend(after);
            PageOfIds { ids, more_before, more_after }
        }
    })
}

async fn older(
    conn: &mut Conn,
    dialog: DialogId,
    before: i64,
    limit: i64,
) -> Result<(Vec<MessageId>, bool), sqlx::Error> {
    let mut ids: Vec<i64> = sqlx::query_scalar(
        "-- dialogs.older
         SELECT id FROM message WHERE dialog_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
    )
    .bind(dialog.get())
    .bind(before)
    .bind(limit + 1)
    .fetch_all(conn)
    .await?;
    let more = cut(&mut ids, limit);
    ids.reverse();
    Ok((ids.into_iter().map(MessageId).collect(), more))
}

async fn newer(
    conn: &mut Conn,
    dialog: DialogId,
    from: i64,
    limit: i64,
) -> Result<(Vec<MessageId>, bool), sqlx::Error> {
    let mut ids: Vec<i64> = sqlx::query_scalar(
        "-- dialogs.newer
         SELECT id FROM message WHERE dialog_id = $1 AND id >= $2 ORDER BY id LIMIT $3",
    )
    .bind(dialog.get())
    .bind(from)
    .bind(limit + 1)
    .fetch_all(conn)
    .await?;
    let more = cut(&mut ids, limit);
    Ok((ids.into_iter().map(MessageId).collect(), more))
}

/// Takes the one too many away that was read to see whether there is more.
fn cut(ids: &mut Vec<i64>, limit: i64) -> bool {
    let limit = usize::try_from(limit).unwrap_or(0);
    let more = ids.len() > limit;
    ids.truncate(limit);
    more
}
