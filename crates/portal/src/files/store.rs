//! SQL about files.

use std::time::Duration;

use openlines_base::Time;
use openlines_store::{Conn, StoreError};
use sqlx::FromRow;

use super::disk::Written;
use crate::live::{Audience, Entity};
use crate::{CustomerId, DialogId, FileId, LineId, MessageId, OperatorId};

/// A file that can be served.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) mime: String,
    pub(super) state: String,
    pub(super) stored_as: Option<String>,
    pub(super) sha256: Option<String>,
    pub(super) uploaded_by: Option<i64>,
    /// The dialog of its message.
    pub(super) dialog_id: Option<i64>,
    /// It is somebody's photo.
    pub(super) is_photo: i64,
}

/// Finds a file.
pub(super) async fn find(conn: &mut Conn, id: FileId) -> Result<Option<Row>, StoreError> {
    let row = sqlx::query_as(
        "-- files.find
         SELECT f.name, f.mime, f.state, f.stored_as, f.sha256, f.uploaded_by, m.dialog_id,
             (SELECT COUNT(*) FROM customer c WHERE c.picture_file_id = f.id) AS is_photo
         FROM file f LEFT JOIN message m ON m.id = f.message_id WHERE f.id = $1",
    )
    .bind(id.get())
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

/// An upload.
#[derive(Debug)]
pub(super) struct NewUpload<'a> {
    pub(super) name: &'a str,
    pub(super) mime: &'a str,
    pub(super) kind: &'a str,
    pub(super) by: OperatorId,
}

/// Adds an upload that is on the disk.
pub(super) async fn insert_upload(
    conn: &mut Conn,
    new: &NewUpload<'_>,
    written: &Written,
    now: Time,
) -> Result<FileId, StoreError> {
    let id: i64 = sqlx::query_scalar(
        "-- files.insert_upload
         INSERT INTO file (name, mime, size, kind, state, stored_as, sha256, uploaded_by, created_at)
         VALUES ($1, $2, $3, $4, 'ready', $5, $6, $7, $8) RETURNING id",
    )
    .bind(new.name)
    .bind(new.mime)
    .bind(i64::try_from(written.size).unwrap_or(i64::MAX))
    .bind(new.kind)
    .bind(&written.stored_as)
    .bind(&written.sha256)
    .bind(new.by.get())
    .bind(now.ms())
    .fetch_one(conn)
    .await?;
    Ok(FileId(id))
}

/// Bytes of a person's uploads that belong to no message yet.
pub(super) async fn loose_bytes(conn: &mut Conn, by: OperatorId) -> Result<i64, StoreError> {
    let sum = sqlx::query_scalar(
        "-- files.loose_bytes
         SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM file WHERE uploaded_by = $1 AND message_id IS NULL",
    )
    .bind(by.get())
    .fetch_one(conn)
    .await?;
    Ok(sum)
}

/// A file to fetch.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Job {
    pub(super) id: i64,
    pub(super) mime: String,
    pub(super) kind: String,
    pub(super) source_url: Option<String>,
    pub(super) attempts: i64,
}

/// Takes up to `limit` files whose time has come. The next try is written before this one begins, so a crash only
/// delays it, and another node does not fetch the same.
pub(super) async fn claim(conn: &mut Conn, now: Time, lease: Duration, limit: i64) -> Result<Vec<Job>, StoreError> {
    let jobs = sqlx::query_as(
        "-- files.claim
         UPDATE file SET attempts = attempts + 1, next_try_at = $2
         WHERE state = 'loading' AND next_try_at <= $1 AND id IN
             (SELECT id FROM file WHERE state = 'loading' AND next_try_at <= $1 ORDER BY next_try_at, id LIMIT $3)
         RETURNING id, mime, kind, source_url, attempts",
    )
    .bind(now.ms())
    .bind((now + lease).ms())
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(jobs)
}

/// When the next file is due; `None` if none waits.
pub(super) async fn next_due(conn: &mut Conn) -> Result<Option<Time>, StoreError> {
    let due: Option<i64> =
        sqlx::query_scalar("-- files.next_due\n SELECT MIN(next_try_at) FROM file WHERE state = 'loading'")
            .fetch_one(conn)
            .await?;
    Ok(due.map(Time::from_ms))
}

/// Notes that a file is here. False if it no longer waits for that.
pub(super) async fn set_ready(
    conn: &mut Conn,
    id: FileId,
    written: &Written,
    mime: &str,
    kind: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "-- files.set_ready
         UPDATE file SET state = 'ready', mime = $2, kind = $3, size = $4, stored_as = $5, sha256 = $6,
             source_url = NULL, problem = NULL
         WHERE id = $1 AND state = 'loading'",
    )
    .bind(id.get())
    .bind(mime)
    .bind(kind)
    .bind(i64::try_from(written.size).unwrap_or(i64::MAX))
    .bind(&written.stored_as)
    .bind(&written.sha256)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that a file will not come: `failed` or `too_big`.
pub(super) async fn set_lost(conn: &mut Conn, id: FileId, state: &str, problem: &str) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "-- files.set_lost
         UPDATE file SET state = $2, problem = $3, source_url = NULL WHERE id = $1 AND state = 'loading'",
    )
    .bind(id.get())
    .bind(state)
    .bind(problem)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets the time of the next try.
pub(super) async fn set_later(conn: &mut Conn, id: FileId, at: Time, problem: &str) -> Result<(), StoreError> {
    sqlx::query(
        "-- files.set_later\n UPDATE file SET next_try_at = $2, problem = $3 WHERE id = $1 AND state = 'loading'",
    )
    .bind(id.get())
    .bind(at.ms())
    .bind(problem)
    .execute(conn)
    .await?;
    Ok(())
}

/// Raises the versions of all that shows the file: its message, or the customer whose photo it is and their dialogs.
/// Gives what to tell.
pub(super) async fn touch_owners(conn: &mut Conn, id: FileId) -> Result<Vec<(Entity, Audience)>, StoreError> {
    let messages: Vec<(i64, i64)> = sqlx::query_as(
        "-- files.touch_message
         UPDATE message SET version = version + 1 WHERE id = (SELECT message_id FROM file WHERE id = $1)
         RETURNING id, (SELECT d.line_id FROM dialog d WHERE d.id = message.dialog_id)",
    )
    .bind(id.get())
    .fetch_all(&mut *conn)
    .await?;
    let customers: Vec<i64> = sqlx::query_scalar(
        "-- files.touch_customer
         UPDATE customer SET version = version + 1 WHERE picture_file_id = $1 RETURNING id",
    )
    .bind(id.get())
    .fetch_all(&mut *conn)
    .await?;
    let dialogs: Vec<(i64, i64)> = sqlx::query_as(
        "-- files.touch_dialogs
         UPDATE dialog SET version = version + 1
         WHERE customer_id IN (SELECT id FROM customer WHERE picture_file_id = $1) RETURNING id, line_id",
    )
    .bind(id.get())
    .fetch_all(conn)
    .await?;
    let line = |it: i64| Audience::Line(LineId(it));
    let mut changes: Vec<(Entity, Audience)> = Vec::new();
    changes.extend(messages.into_iter().map(|(id, at)| (Entity::Message(MessageId(id)), line(at))));
    // The card is seen by whoever may see one of the dialogs.
    for (dialog, at) in dialogs {
        changes.push((Entity::Dialog(DialogId(dialog)), line(at)));
        changes.extend(customers.iter().map(|id| (Entity::Customer(CustomerId(*id)), line(at))));
    }
    Ok(changes)
}

/// Takes uploads that nobody sent since `before` out of the table; gives their stored names.
pub(super) async fn drop_loose(conn: &mut Conn, before: Time, limit: i64) -> Result<Vec<String>, StoreError> {
    let names: Vec<Option<String>> = sqlx::query_scalar(
        "-- files.drop_loose
         DELETE FROM file WHERE id IN (
             SELECT id FROM file WHERE message_id IS NULL AND uploaded_by IS NOT NULL AND created_at < $1
             ORDER BY id LIMIT $2)
         RETURNING stored_as",
    )
    .bind(before.ms())
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(names.into_iter().flatten().collect())
}

/// Whether a stored name belongs to a file.
pub(super) async fn is_known(conn: &mut Conn, stored_as: &str) -> Result<bool, StoreError> {
    let count: i64 = sqlx::query_scalar("-- files.is_known\n SELECT COUNT(*) FROM file WHERE stored_as = $1")
        .bind(stored_as)
        .fetch_one(conn)
        .await?;
    Ok(count > 0)
}
