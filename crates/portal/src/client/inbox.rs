//! The inbox: events as they came, stored before the hub is told "I have it".

use openlines_base::Time;
use openlines_protocol::ConnectionId;
use openlines_store::Conn;
use sqlx::{AssertSqlSafe, FromRow};

/// Rows of one insert at most.
const ROWS_MAX: usize = 32;

/// An event to be stored, its text untouched.
#[derive(Debug)]
pub(super) struct NewEvent<'a> {
    pub(super) id: &'a str,
    pub(super) seq: i64,
    pub(super) body: &'a str,
}

/// Stores events; those that came before are left alone.
///
/// # Errors
/// The database is away.
pub(super) async fn add(
    conn: &mut Conn,
    now: Time,
    connection: ConnectionId,
    events: &[NewEvent<'_>],
) -> Result<(), sqlx::Error> {
    let mut rest = events;
    while !rest.is_empty() {
        // Full chunks, then powers of two: few texts, so the prepared statements are found again.
        let count = if rest.len() >= ROWS_MAX { ROWS_MAX } else { 1 << rest.len().ilog2() };
        let (some, later) = rest.split_at(count);
        rest = later;
        let rows: Vec<String> = (0..count)
            .map(|it| {
                let first = it * 3 + 3;
                format!("(${first}, $1, ${}, ${}, $2)", first + 1, first + 2)
            })
            .collect();
        let text = format!(
            "-- inbox.add
             INSERT INTO inbox (event_id, connection_id, seq, body, received_at) VALUES {}
             ON CONFLICT (event_id) DO NOTHING",
            rows.join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).bind(connection.get()).bind(now.ms());
        for event in some {
            query = query.bind(event.id).bind(event.seq).bind(event.body);
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// A connection with events to work off.
#[derive(Debug, FromRow)]
pub(super) struct Stream {
    pub(super) connection_id: i64,
    pub(super) next_try_at: i64,
}

/// Connections with pending events, and when each may be tried. Paused ones are left out: their events wait.
///
/// # Errors
/// The database is away.
pub(super) async fn streams(conn: &mut Conn) -> Result<Vec<Stream>, sqlx::Error> {
    sqlx::query_as(
        "-- inbox.streams
         SELECT p.connection_id, COALESCE(s.next_try_at, 0) AS next_try_at
         FROM (SELECT DISTINCT connection_id FROM inbox WHERE state = 'pending') p
         LEFT JOIN inbox_stream s ON s.connection_id = p.connection_id
         LEFT JOIN connection c ON c.id = p.connection_id
         WHERE COALESCE(c.paused, 0) = 0
         ORDER BY p.connection_id",
    )
    .fetch_all(conn)
    .await
}

/// Locks a connection's stream for this transaction. Gives how often its first event failed.
///
/// # Errors
/// The database is away.
pub(super) async fn lock_stream(conn: &mut Conn, connection: ConnectionId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "-- inbox.lock_stream
         INSERT INTO inbox_stream (connection_id) VALUES ($1)
         ON CONFLICT (connection_id) DO UPDATE SET attempts = inbox_stream.attempts
         RETURNING attempts",
    )
    .bind(connection.get())
    .fetch_one(conn)
    .await
}

/// An event to be worked off.
#[derive(Debug, FromRow)]
pub(super) struct Pending {
    pub(super) id: i64,
    pub(super) seq: i64,
    pub(super) body: String,
}

/// The next events of a connection, in order.
///
/// # Errors
/// The database is away.
pub(super) async fn next_events(
    conn: &mut Conn,
    connection: ConnectionId,
    limit: i64,
) -> Result<Vec<Pending>, sqlx::Error> {
    sqlx::query_as(
        "-- inbox.next_events
         SELECT id, seq, body FROM inbox WHERE connection_id = $1 AND state = 'pending' ORDER BY seq LIMIT $2",
    )
    .bind(connection.get())
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// These events are worked off. Of what we understood only the id stays, for the dedupe; the rest is kept as it came.
///
/// # Errors
/// The database is away.
pub(super) async fn done(
    conn: &mut Conn,
    connection: ConnectionId,
    first: i64,
    last: i64,
    keep: &[i64],
) -> Result<(), sqlx::Error> {
    let kept = if keep.is_empty() {
        String::from("''")
    } else {
        let ids: Vec<String> = keep.iter().map(i64::to_string).collect();
        format!("CASE WHEN id IN ({}) THEN body ELSE '' END", ids.join(", "))
    };
    let text = format!(
        "-- inbox.done
         UPDATE inbox SET state = 'done', body = {kept}
         WHERE connection_id = $1 AND seq BETWEEN $2 AND $3 AND state = 'pending'"
    );
    sqlx::query(AssertSqlSafe(text))
        .persistent(keep.is_empty())
        .bind(connection.get())
        .bind(first)
        .bind(last)
        .execute(&mut *conn)
        .await?;
    sqlx::query("-- inbox.clear_attempts\n UPDATE inbox_stream SET attempts = 0, next_try_at = 0 WHERE connection_id = $1 AND attempts > 0")
        .bind(connection.get())
        .execute(conn)
        .await
        .map(drop)
}

/// The first event failed: remembers it, and when to try again.
///
/// # Errors
/// The database is away.
pub(super) async fn failed(
    conn: &mut Conn,
    connection: ConnectionId,
    attempts: i64,
    next_try_at: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query("-- inbox.failed\n UPDATE inbox_stream SET attempts = $2, next_try_at = $3 WHERE connection_id = $1")
        .bind(connection.get())
        .bind(attempts)
        .bind(next_try_at.ms())
        .execute(conn)
        .await
        .map(drop)
}

/// Puts an event aside that can not be applied, so that those behind it go on.
///
/// # Errors
/// The database is away.
pub(super) async fn park(conn: &mut Conn, connection: ConnectionId, id: i64, problem: &str) -> Result<(), sqlx::Error> {
    sqlx::query("-- inbox.park\n UPDATE inbox SET state = 'parked', problem = $2 WHERE id = $1")
        .bind(id)
        .bind(problem)
        .execute(&mut *conn)
        .await?;
    sqlx::query("-- inbox.park_clear\n UPDATE inbox_stream SET attempts = 0, next_try_at = 0 WHERE connection_id = $1")
        .bind(connection.get())
        .execute(conn)
        .await
        .map(drop)
}

/// An event that was put aside.
#[derive(Debug, FromRow)]
pub(super) struct ParkedRow {
    pub(super) id: i64,
    pub(super) connection_id: i64,
    pub(super) received_at: i64,
    pub(super) problem: Option<String>,
}

/// Events that were put aside, newest first.
///
/// # Errors
/// The database is away.
pub(super) async fn parked(conn: &mut Conn, limit: i64) -> Result<Vec<ParkedRow>, sqlx::Error> {
    sqlx::query_as(
        "-- inbox.parked
         SELECT id, connection_id, received_at, problem FROM inbox WHERE state = 'parked' ORDER BY id DESC LIMIT $1",
    )
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Lets an event that was put aside be tried again. False if it is not one.
///
/// # Errors
/// The database is away.
pub(super) async fn unpark(conn: &mut Conn, id: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "-- inbox.unpark\n UPDATE inbox SET state = 'pending', problem = NULL WHERE id = $1 AND state = 'parked'",
    )
    .bind(id)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets events that no hub will deliver again. Parked ones stay until somebody looked.
///
/// # Errors
/// The database is away.
pub(super) async fn sweep(conn: &mut Conn, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "-- inbox.sweep
         DELETE FROM inbox WHERE id IN
             (SELECT id FROM inbox WHERE received_at < $1 AND state = 'done' ORDER BY received_at LIMIT $2)",
    )
    .bind(before.ms())
    .bind(limit)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
