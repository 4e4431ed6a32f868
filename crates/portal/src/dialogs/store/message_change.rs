//! What happens to messages after they were stored: albums grow, words change, outgoing ones get on.

use openlines_base::Time;
use openlines_protocol::FailureReason;
use openlines_store::Conn;

use super::message::{Brief, Extra, add_part};
use crate::dialogs::DeliveryState;
use crate::{DialogId, MessageId};

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
