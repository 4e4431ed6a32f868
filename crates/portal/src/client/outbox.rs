//! The outbox: what operators do towards customers, stored with the message itself, handed to the hub in order.

use openlines_base::Time;
use openlines_protocol::{Action, ConnectionId};
use openlines_store::Conn;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::{DialogId, LineId, MessageId};

/// An act to be stored.
#[derive(Debug)]
pub(crate) struct NewAct<'a> {
    /// Its id on the wire.
    pub(crate) id: &'a str,
    pub(crate) dialog: DialogId,
    pub(crate) connection: ConnectionId,
    pub(crate) message: MessageId,
    pub(crate) action: &'a Action,
    pub(crate) undo: Option<&'a Undo>,
}

/// What an edit or deletion replaced, to be put back if the channel refuses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Undo {
    pub(crate) text: String,
    pub(crate) edited_at: Option<Time>,
}

/// Stores an act, in the transaction of what it tells.
///
/// # Errors
/// The database is away.
pub(crate) async fn add(conn: &mut Conn, now: Time, act: &NewAct<'_>) -> Result<(), sqlx::Error> {
    let undo = act.undo.and_then(|it| serde_json::to_string(it).ok());
    sqlx::query(
        "-- outbox.add
         INSERT INTO outbox (outgoing_id, dialog_id, connection_id, message_id, action, body, undo, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(act.id)
    .bind(act.dialog.get())
    .bind(act.connection.get())
    .bind(act.message.get())
    .bind(word(act.action))
    .bind(body(act.action))
    .bind(undo)
    .bind(now.ms())
    .execute(conn)
    .await
    .map(drop)
}

fn body(action: &Action) -> String {
    serde_json::to_string(action).unwrap_or_default()
}

const fn word(action: &Action) -> &'static str {
    match action {
        Action::Send { .. } => "send",
        Action::Edit { .. } => "edit",
        Action::Delete { .. } => "delete",
        Action::Typing | Action::Read { .. } => "hint",
    }
}

/// Whether a message waits here and no try was made yet: the hub has surely not seen it.
///
/// # Errors
/// The database is away.
pub(crate) async fn is_untouched(conn: &mut Conn, message: MessageId) -> Result<bool, sqlx::Error> {
    let (all, untouched): (i64, i64) = sqlx::query_as(
        "-- outbox.is_untouched
         SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN state = 'pending' AND attempts = 0 THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM outbox WHERE message_id = $1 AND state <> 'cancelled'",
    )
    .bind(message.get())
    .fetch_one(conn)
    .await?;
    Ok(all == 1 && untouched == 1)
}

/// Replaces the only act of a message. False if a try was made meanwhile.
///
/// # Errors
/// The database is away.
pub(crate) async fn replace_send(conn: &mut Conn, message: MessageId, action: &Action) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "-- outbox.replace_send
         UPDATE outbox SET body = $2 WHERE message_id = $1 AND state = 'pending' AND attempts = 0",
    )
    .bind(message.get())
    .bind(body(action))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Withdraws the only act of a message. False if a try was made meanwhile.
///
/// # Errors
/// The database is away.
pub(crate) async fn cancel(conn: &mut Conn, message: MessageId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "-- outbox.cancel
         UPDATE outbox SET state = 'cancelled', body = '' WHERE message_id = $1 AND state = 'pending' AND attempts = 0",
    )
    .bind(message.get())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An act that waits to be handed over.
#[derive(Debug, FromRow)]
pub(super) struct Waiting {
    pub(super) id: i64,
    pub(super) outgoing_id: String,
    pub(super) connection_id: i64,
    pub(super) message_id: i64,
    pub(super) action: String,
    pub(super) body: String,
    /// Where the dialog is at the channel now: a chat may have moved since the act was stored.
    pub(super) chat_id: String,
}

/// Notes a try for the oldest acts and gives them, in order.
///
/// # Errors
/// The database is away.
pub(super) async fn begin_try(conn: &mut Conn, limit: i64) -> Result<Vec<Waiting>, sqlx::Error> {
    let last: Option<i64> = sqlx::query_scalar(
        "-- outbox.last_of_oldest
         SELECT MAX(id) FROM (SELECT id FROM outbox WHERE state = 'pending'
             AND connection_id NOT IN (SELECT id FROM connection WHERE paused = 1) ORDER BY id LIMIT $1) oldest",
    )
    .bind(limit)
    .fetch_one(&mut *conn)
    .await?;
    let Some(last) = last else { return Ok(Vec::new()) };
    // The rows are locked before they are read: what was changed or withdrawn a moment ago is seen.
    sqlx::query(
        "-- outbox.begin_try
         UPDATE outbox SET attempts = attempts + 1 WHERE state = 'pending' AND id <= $1
             AND connection_id NOT IN (SELECT id FROM connection WHERE paused = 1)",
    )
    .bind(last)
    .execute(&mut *conn)
    .await?;
    sqlx::query_as(
        "-- outbox.tried
         SELECT o.id, o.outgoing_id, o.connection_id, COALESCE(o.message_id, 0) AS message_id, o.action, o.body,
                d.external_chat_id AS chat_id
         FROM outbox o JOIN dialog d ON d.id = o.dialog_id
         WHERE o.state = 'pending' AND o.attempts > 0 AND o.id <= $1
             AND o.connection_id NOT IN (SELECT id FROM connection WHERE paused = 1) ORDER BY o.id",
    )
    .bind(last)
    .fetch_all(conn)
    .await
}

/// Whether anything waits to be handed over.
///
/// # Errors
/// The database is away.
pub(super) async fn is_empty(conn: &mut Conn) -> Result<bool, sqlx::Error> {
    let found: Option<i64> = sqlx::query_scalar(
        "-- outbox.is_empty
         SELECT id FROM outbox WHERE state = 'pending'
             AND connection_id NOT IN (SELECT id FROM connection WHERE paused = 1) LIMIT 1",
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.is_none())
}

/// The hub has this act. What the channel answered meanwhile stands. Gives the message if it counts as sent from now
/// on, with its dialog's line.
///
/// # Errors
/// The database is away.
pub(super) async fn handed(conn: &mut Conn, act: &Waiting) -> Result<Option<(MessageId, LineId)>, sqlx::Error> {
    sqlx::query("-- outbox.handed\n UPDATE outbox SET state = 'handed', body = '' WHERE id = $1 AND state = 'pending'")
        .bind(act.id)
        .execute(&mut *conn)
        .await?;
    if act.action != "send" {
        return Ok(None);
    }
    let line: Option<i64> = sqlx::query_scalar(
        "-- outbox.sent
         UPDATE message SET delivery = 'sent', version = version + 1 WHERE id = $1 AND delivery = 'queued'
         RETURNING (SELECT line_id FROM dialog WHERE dialog.id = message.dialog_id)",
    )
    .bind(act.message_id)
    .fetch_optional(conn)
    .await?;
    Ok(line.map(|it| (MessageId(act.message_id), LineId(it))))
}

/// Forgets acts that were settled long ago.
///
/// # Errors
/// The database is away.
pub(super) async fn sweep(conn: &mut Conn, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "-- outbox.sweep
         DELETE FROM outbox WHERE id IN
             (SELECT id FROM outbox WHERE created_at < $1 AND state IN ('done', 'failed', 'cancelled')
              ORDER BY created_at LIMIT $2)",
    )
    .bind(before.ms())
    .bind(limit)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// An act and what it was about.
#[derive(Debug, FromRow)]
pub(crate) struct Told {
    pub(crate) message_id: i64,
    pub(crate) action: String,
    undo: Option<String>,
}

impl Told {
    pub(crate) fn undo(&self) -> Option<Undo> {
        serde_json::from_str(self.undo.as_deref()?).ok()
    }
}

/// Ends an act by the channel's word and gives it; `None` for one that is not ours or has ended.
///
/// # Errors
/// The database is away.
pub(crate) async fn settle(conn: &mut Conn, outgoing_id: &str, state: &str) -> Result<Option<Told>, sqlx::Error> {
    sqlx::query_as(
        "-- outbox.settle
         UPDATE outbox SET state = $2, body = '' WHERE outgoing_id = $1 AND state IN ('pending', 'handed')
         RETURNING COALESCE(message_id, 0) AS message_id, action, undo",
    )
    .bind(outgoing_id)
    .bind(state)
    .fetch_optional(conn)
    .await
}

/// The dialog of an act, for locking it before the act is settled.
///
/// # Errors
/// The database is away.
pub(crate) async fn dialog_of(conn: &mut Conn, outgoing_id: &str) -> Result<Option<DialogId>, sqlx::Error> {
    let id: Option<i64> =
        sqlx::query_scalar("-- outbox.dialog_of\n SELECT dialog_id FROM outbox WHERE outgoing_id = $1")
            .bind(outgoing_id)
            .fetch_optional(conn)
            .await?;
    Ok(id.map(DialogId))
}

/// Takes or renews a lease. False if another holder has it still.
///
/// # Errors
/// The database is away.
pub(super) async fn lease(
    conn: &mut Conn,
    name: &str,
    holder: &str,
    now: Time,
    until: Time,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "-- outbox.lease
         INSERT INTO lease (name, holder, held_until) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
         WHERE lease.holder = excluded.holder OR lease.held_until <= $4",
    )
    .bind(name)
    .bind(holder)
    .bind(until.ms())
    .bind(now.ms())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a lease back.
///
/// # Errors
/// The database is away.
pub(super) async fn release(conn: &mut Conn, name: &str, holder: &str) -> Result<(), sqlx::Error> {
    sqlx::query("-- outbox.release\n UPDATE lease SET held_until = 0 WHERE name = $1 AND holder = $2")
        .bind(name)
        .bind(holder)
        .execute(conn)
        .await?;
    Ok(())
}
