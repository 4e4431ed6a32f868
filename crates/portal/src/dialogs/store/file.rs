//! Rows of files, as far as messages make them. Their bytes are the `files` domain's.

use openlines_base::Time;
use openlines_protocol::{File, OutgoingFile};
use openlines_store::{Conn, StoreError};
use sqlx::FromRow;

use crate::files::{self, kind_of, kind_word, safe_name};
use crate::{FileId, MessageId, OperatorId, Parts};

/// Notes a file that a channel told of: to be downloaded, or too big if the channel gives no link.
///
/// # Errors
/// The database is away.
pub(crate) async fn expect_file(
    conn: &mut Conn,
    now: Time,
    message: Option<MessageId>,
    position: i64,
    file: &File,
) -> Result<FileId, sqlx::Error> {
    let state = if file.url.is_some() { "loading" } else { "too_big" };
    let id: i64 = sqlx::query_scalar(
        "-- dialogs.expect_file
         INSERT INTO file (message_id, position, name, mime, size, kind, duration_s, width, height, state, source_url,
             created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id",
    )
    .bind(message.map(MessageId::get))
    .bind(position)
    .bind(safe_name(&file.name))
    .bind(&file.mime)
    .bind(file.size.and_then(|it| i64::try_from(it).ok()))
    .bind(kind_word(file.kind))
    .bind(file.duration_s.map(i64::from))
    .bind(file.width.map(i64::from))
    .bind(file.height.map(i64::from))
    .bind(state)
    .bind(&file.url)
    .bind(now.ms())
    .fetch_one(conn)
    .await?;
    Ok(FileId(id))
}

/// Makes uploads part of a message, in the order given. Gives how many were: all must be the operator's own, ready and
/// in no other message.
pub(crate) async fn attach_uploads(
    conn: &mut Conn,
    message: MessageId,
    operator: OperatorId,
    files: &[FileId],
) -> Result<usize, sqlx::Error> {
    let mut attached = 0;
    for (position, file) in (0_i64..).zip(files) {
        let done = sqlx::query(
            "-- dialogs.attach_uploads
             UPDATE file SET message_id = $2, position = $3
             WHERE id = $1 AND message_id IS NULL AND uploaded_by = $4 AND state = 'ready'",
        )
        .bind(file.get())
        .bind(message.get())
        .bind(position)
        .bind(operator.get())
        .execute(&mut *conn)
        .await?;
        attached += usize::try_from(done.rows_affected()).unwrap_or(0);
    }
    Ok(attached)
}

/// A file as the hub wants it, without its link.
#[derive(Debug, FromRow)]
struct OutgoingRow {
    id: i64,
    name: String,
    mime: String,
    size: i64,
    kind: String,
}

/// The files of an outgoing message, with links signed now.
///
/// # Errors
/// The database is away.
pub(crate) async fn files_for_hub(parts: &Parts, message: MessageId) -> Result<Vec<OutgoingFile>, StoreError> {
    let mut read = parts.db.read().await?;
    let rows: Vec<OutgoingRow> = sqlx::query_as(
        "-- dialogs.files_for_hub
         SELECT id, name, mime, COALESCE(size, 0) AS size, kind FROM file
         WHERE message_id = $1 AND state = 'ready' ORDER BY position, id",
    )
    .bind(message.get())
    .fetch_all(&mut *read)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OutgoingFile {
            url: files::public_link(parts, row.id.into(), &row.name),
            name: row.name,
            mime: row.mime,
            size: u64::try_from(row.size).unwrap_or(0),
            kind: kind_of(&row.kind),
        })
        .collect())
}
