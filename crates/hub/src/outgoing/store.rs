//! All SQL about acts of operators.

use openlines_base::Time;
use openlines_protocol::{ConnectionId, Outgoing, SiteId};
use openlines_store::Conn;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::ChatKey;
use crate::error::HubError;

/// State of an act that the channel took.
pub(super) const DONE: &str = "done";
/// State of an act that the channel refused for good.
pub(super) const FAILED: &str = "failed";
/// Rows tidied at once.
const SWEEP_ROWS: i64 = 500;
/// A chat moves on at most so many times before we stop following.
const MOVES_MAX: usize = 5;

/// An act that waits, and how far it is.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(super) id: i64,
    pub(super) site: SiteId,
    pub(super) connection: ConnectionId,
    /// Where the chat lives now.
    pub(super) chat: String,
    pub(super) outgoing: Outgoing,
    pub(super) progress: Progress,
    pub(super) tries: i64,
    pub(super) due_at: Time,
    pub(super) created_at: Time,
}

/// How far an act is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Calls done.
    pub(super) step: i64,
    /// Calls done of those that stand in place of the next one.
    pub(super) sub_step: i64,
    /// Ids of messages so far.
    pub(super) message_ids: Vec<String>,
    /// A call is under way.
    pub(super) is_sending: bool,
    /// Answers lost.
    pub(super) lost: i64,
}

const ROW: &str =
    "id, site, connection, chat, body, step, sub_step, message_ids, is_sending, lost, tries, due_at, created_at";

fn row(row: &AnyRow) -> Result<Row, HubError> {
    let damaged = |_| HubError::Damaged { what: "outgoing" };
    Ok(Row {
        id: row.get(0),
        site: SiteId(row.get(1)),
        connection: ConnectionId(row.get(2)),
        chat: row.get(3),
        outgoing: serde_json::from_str(row.get(4)).map_err(damaged)?,
        progress: Progress {
            step: row.get(5),
            sub_step: row.get(6),
            message_ids: serde_json::from_str(row.get(7)).map_err(damaged)?,
            is_sending: row.get::<i64, _>(8) != 0,
            lost: row.get(9),
        },
        tries: row.get(10),
        due_at: Time::from_ms(row.get(11)),
        created_at: Time::from_ms(row.get(12)),
    })
}

/// Stores an act; false if the site gave one with this id before.
pub(super) async fn insert(
    conn: &mut Conn,
    site: SiteId,
    outgoing: &Outgoing,
    chat: &str,
    now: Time,
) -> Result<bool, HubError> {
    let body = serde_json::to_string(outgoing).map_err(|_| HubError::Damaged { what: "outgoing" })?;
    let done = sqlx::query(
        "-- hub.insert_outgoing
         INSERT INTO outgoing (site, connection, chat, outgoing_id, body, state, created_at)
         VALUES ($1, $2, $3, $4, $5, 'waiting', $6)
         ON CONFLICT (site, outgoing_id) DO NOTHING",
    )
    .bind(site.get())
    .bind(outgoing.connection.get())
    .bind(chat)
    .bind(&outgoing.id)
    .bind(body)
    .bind(now.ms())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The first act that waits in a chat.
pub(super) async fn next(conn: &mut Conn, key: &ChatKey) -> Result<Option<Row>, HubError> {
    let select = format!(
        "-- hub.next_outgoing
         SELECT {ROW} FROM outgoing WHERE connection = $1 AND chat = $2 AND state = 'waiting' ORDER BY id LIMIT 1"
    );
    let found = sqlx::query(sqlx::AssertSqlSafe(select))
        .bind(key.connection.get())
        .bind(&key.chat)
        .fetch_optional(conn)
        .await?;
    found.as_ref().map(row).transpose()
}

/// Chats with something waiting, from the one behind `(connection, chat)`.
pub(super) async fn waiting_chats(
    conn: &mut Conn,
    connection: ConnectionId,
    chat: &str,
    limit: i64,
) -> Result<Vec<ChatKey>, HubError> {
    let rows = sqlx::query(
        "-- hub.waiting_chats
         SELECT DISTINCT connection, chat FROM outgoing
         WHERE state = 'waiting' AND (connection > $1 OR (connection = $1 AND chat > $2))
         ORDER BY connection, chat LIMIT $3",
    )
    .bind(connection.get())
    .bind(chat)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows.iter().map(|it| ChatKey { connection: ConnectionId(it.get(0)), chat: it.get(1) }).collect())
}

/// Chats of one connection with something waiting, from the one behind `chat`.
pub(super) async fn waiting_chats_of(
    conn: &mut Conn,
    connection: ConnectionId,
    chat: &str,
    limit: i64,
) -> Result<Vec<ChatKey>, HubError> {
    let rows = sqlx::query(
        "-- hub.waiting_chats_of
         SELECT DISTINCT chat FROM outgoing WHERE state = 'waiting' AND connection = $1 AND chat > $2
         ORDER BY chat LIMIT $3",
    )
    .bind(connection.get())
    .bind(chat)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows.iter().map(|it| ChatKey { connection, chat: it.get(0) }).collect())
}

/// Writes how far an act is.
pub(super) async fn save_progress(conn: &mut Conn, id: i64, progress: &Progress) -> Result<(), HubError> {
    let ids = serde_json::to_string(&progress.message_ids).map_err(|_| HubError::Damaged { what: "outgoing" })?;
    sqlx::query(
        "-- hub.save_progress
         UPDATE outgoing SET step = $2, sub_step = $3, message_ids = $4, is_sending = $5, lost = $6 WHERE id = $1",
    )
    .bind(id)
    .bind(progress.step)
    .bind(progress.sub_step)
    .bind(ids)
    .bind(i64::from(progress.is_sending))
    .bind(progress.lost)
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts an act off.
pub(super) async fn put_off(conn: &mut Conn, id: i64, tries: i64, due_at: Time) -> Result<(), HubError> {
    sqlx::query("-- hub.put_off\n UPDATE outgoing SET tries = $2, due_at = $3 WHERE id = $1")
        .bind(id)
        .bind(tries)
        .bind(due_at.ms())
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends an act. False if it had ended, or is gone with its connection.
pub(super) async fn finish(conn: &mut Conn, id: i64, state: &str, now: Time) -> Result<bool, HubError> {
    let done = sqlx::query(
        "-- hub.finish_outgoing
         UPDATE outgoing SET state = $2, finished_at = $3, is_sending = 0 WHERE id = $1 AND state = 'waiting'",
    )
    .bind(id)
    .bind(state)
    .bind(now.ms())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Where a chat lives now.
pub(super) async fn current_chat(conn: &mut Conn, connection: ConnectionId, chat: &str) -> Result<String, HubError> {
    let mut current = chat.to_owned();
    for _ in 0..MOVES_MAX {
        let moved: Option<String> = sqlx::query_scalar(
            "-- hub.current_chat
             SELECT moved_to FROM chat_moved WHERE connection = $1 AND chat = $2",
        )
        .bind(connection.get())
        .bind(&current)
        .fetch_optional(&mut *conn)
        .await?;
        match moved {
            Some(moved) => current = moved,
            None => break,
        }
    }
    Ok(current)
}

/// The chat lives under another id: what waits goes there, but for the act that found it out.
pub(super) async fn move_chat(conn: &mut Conn, key: &ChatKey, to: &str, but: i64) -> Result<(), HubError> {
    sqlx::query(
        "-- hub.move_chat
         INSERT INTO chat_moved (connection, chat, moved_to) VALUES ($1, $2, $3)
         ON CONFLICT (connection, chat) DO UPDATE SET moved_to = EXCLUDED.moved_to",
    )
    .bind(key.connection.get())
    .bind(&key.chat)
    .bind(to)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "-- hub.move_chat
         UPDATE outgoing SET chat = $3 WHERE connection = $1 AND chat = $2 AND state = 'waiting' AND id <> $4",
    )
    .bind(key.connection.get())
    .bind(&key.chat)
    .bind(to)
    .bind(but)
    .execute(conn)
    .await?;
    Ok(())
}

/// The act that found it out goes there too, if it still waits.
pub(super) async fn follow_chat(conn: &mut Conn, id: i64, chat: &str) -> Result<(), HubError> {
    sqlx::query("-- hub.follow_chat\n UPDATE outgoing SET chat = $2 WHERE id = $1 AND state = 'waiting'")
        .bind(id)
        .bind(chat)
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets old results; gives how many.
pub(super) async fn forget_finished(conn: &mut Conn, before: Time) -> Result<u64, HubError> {
    let done = sqlx::query(
        "-- hub.forget_finished
         DELETE FROM outgoing WHERE id IN
             (SELECT id FROM outgoing WHERE state <> 'waiting' AND finished_at < $1 LIMIT $2)",
    )
    .bind(before.ms())
    .bind(SWEEP_ROWS)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Acts that have waited since before this moment for a connection that does not work.
pub(super) async fn stuck(conn: &mut Conn, before: Time) -> Result<Vec<Row>, HubError> {
    let columns = ROW.split(", ").map(|it| format!("outgoing.{it}")).collect::<Vec<_>>().join(", ");
    let select = format!(
        "-- hub.stuck_outgoing
         SELECT {columns} FROM outgoing JOIN connection ON connection.id = outgoing.connection
         WHERE outgoing.state = 'waiting' AND outgoing.created_at < $1 AND connection.state = 'failing'
         ORDER BY outgoing.id LIMIT $2"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(select)).bind(before.ms()).bind(SWEEP_ROWS).fetch_all(conn).await?;
    rows.iter().map(row).collect()
}
