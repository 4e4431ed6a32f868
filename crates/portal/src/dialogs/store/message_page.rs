//! Reading along a dialog: what is unread, and pages in both directions.

use openlines_store::Conn;

use crate::{DialogId, MessageId};

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
