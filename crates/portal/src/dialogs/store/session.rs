//! Sessions and offers.

use openlines_base::Time;
use openlines_store::Conn;

use crate::sql::fetch_by_ids;
use crate::{DialogId, LineId, OperatorId, SessionId};

/// A session to be made.
#[derive(Debug)]
pub(crate) struct NewSession {
    pub(crate) dialog: DialogId,
    pub(crate) line: LineId,
}

/// Makes a waiting session under the next number. The counter's row is held until the commit, so numbers have no gaps.
pub(crate) async fn insert_session(
    conn: &mut Conn,
    now: Time,
    session: &NewSession,
) -> Result<(SessionId, i64), sqlx::Error> {
    let number: i64 = sqlx::query_scalar(
        "-- dialogs.next_session_number
         UPDATE counter SET value = value + 1 WHERE name = 'session' RETURNING value",
    )
    .fetch_one(&mut *conn)
    .await?;
    let id: i64 = sqlx::query_scalar(
        "-- dialogs.insert_session
         INSERT INTO session (number, dialog_id, line_id, state, opened_at) VALUES ($1, $2, $3, 'waiting', $4)
         RETURNING id",
    )
    .bind(number)
    .bind(session.dialog.get())
    .bind(session.line.get())
    .bind(now.ms())
    .fetch_one(conn)
    .await?;
    Ok((SessionId(id), number))
}

/// How often everyone had their turn with a session.
pub(crate) async fn round_of(conn: &mut Conn, session: SessionId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("-- dialogs.round_of\n SELECT round FROM session WHERE id = $1")
        .bind(session.get())
        .fetch_one(conn)
        .await
}

/// Who may accept these sessions now.
///
/// # Errors
/// The database is away.
pub(crate) async fn offered_to(
    conn: &mut Conn,
    sessions: &[SessionId],
) -> Result<Vec<(SessionId, OperatorId)>, sqlx::Error> {
    let ids: Vec<i64> = sessions.iter().map(|it| it.get()).collect();
    let rows: Vec<(i64, i64)> = fetch_by_ids(
        conn,
        "-- dialogs.offered_to
         SELECT session_id, operator_id FROM session_offer WHERE session_id IN ({ids}) ORDER BY operator_id",
        &ids,
    )
    .await?;
    Ok(rows.into_iter().map(|(session, operator)| (SessionId(session), OperatorId(operator))).collect())
}

/// Takes one operator's offer away. True if there was one.
pub(crate) async fn take_back_offer(
    conn: &mut Conn,
    session: SessionId,
    operator: OperatorId,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "-- dialogs.take_back_offer\n DELETE FROM session_offer WHERE session_id = $1 AND operator_id = $2",
    )
    .bind(session.get())
    .bind(operator.get())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn clear_offers(conn: &mut Conn, session: SessionId) -> Result<(), sqlx::Error> {
    sqlx::query("-- dialogs.clear_offers\n DELETE FROM session_offer WHERE session_id = $1")
        .bind(session.get())
        .execute(conn)
        .await
        .map(drop)
}

/// Gives the session to an operator.
pub(crate) async fn accept(
    conn: &mut Conn,
    now: Time,
    session: SessionId,
    operator: OperatorId,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- dialogs.accept
         UPDATE session SET state = 'active', operator_id = $2, accepted_at = COALESCE(accepted_at, $3),
             offered_at = NULL, offer_expires_at = NULL, passed_by = '[]', round = 1
         WHERE id = $1",
    )
    .bind(session.get())
    .bind(operator.get())
    .bind(now.ms())
    .execute(conn)
    .await
    .map(drop)
}

/// Back among those who wait; `passed_by` starts with those who shall not be asked first.
pub(crate) async fn back_to_queue(
    conn: &mut Conn,
    session: SessionId,
    passed_by: &[OperatorId],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- dialogs.back_to_queue
         UPDATE session SET state = 'waiting', operator_id = NULL, offered_at = NULL, offer_expires_at = NULL,
             passed_by = $2, round = 1
         WHERE id = $1",
    )
    .bind(session.get())
    .bind(serde_json::to_string(passed_by).unwrap_or_else(|_| "[]".to_owned()))
    .execute(conn)
    .await
    .map(drop)
}

/// Remembers who had their chance. With `is_last` nobody is asked any more and the session waits.
pub(crate) async fn add_passed(
    conn: &mut Conn,
    session: SessionId,
    operators: &[OperatorId],
    is_last: bool,
) -> Result<(), sqlx::Error> {
    let old: String = sqlx::query_scalar("-- dialogs.passed_by\n SELECT passed_by FROM session WHERE id = $1")
        .bind(session.get())
        .fetch_one(&mut *conn)
        .await?;
    let mut all: Vec<OperatorId> = serde_json::from_str(&old).unwrap_or_default();
    all.extend(operators.iter().filter(|it| !old_has(&old, **it)));
    sqlx::query(
        "-- dialogs.add_passed
         UPDATE session SET passed_by = $2,
             state = CASE WHEN $3 = 1 THEN 'waiting' ELSE state END,
             offered_at = CASE WHEN $3 = 1 THEN NULL ELSE offered_at END,
             offer_expires_at = CASE WHEN $3 = 1 THEN NULL ELSE offer_expires_at END
         WHERE id = $1",
    )
    .bind(session.get())
    .bind(serde_json::to_string(&all).unwrap_or_else(|_| "[]".to_owned()))
    .bind(i64::from(is_last))
    .execute(conn)
    .await
    .map(drop)
}

fn old_has(json: &str, operator: OperatorId) -> bool {
    serde_json::from_str::<Vec<OperatorId>>(json).is_ok_and(|it| it.contains(&operator))
}

pub(crate) async fn close(
    conn: &mut Conn,
    now: Time,
    session: SessionId,
    by: Option<OperatorId>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- dialogs.close
         UPDATE session SET state = 'closed', closed_at = $2, closed_by = $3, offered_at = NULL,
             offer_expires_at = NULL
         WHERE id = $1",
    )
    .bind(session.get())
    .bind(now.ms())
    .bind(by.map(OperatorId::get))
    .execute(conn)
    .await
    .map(drop)
}

/// Opens a closed session again, with this operator.
pub(crate) async fn reopen(
    conn: &mut Conn,
    now: Time,
    session: SessionId,
    operator: OperatorId,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- dialogs.reopen
         UPDATE session SET state = 'active', operator_id = $2, accepted_at = COALESCE(accepted_at, $3),
             closed_at = NULL, closed_by = NULL, reopened = 1, passed_by = '[]', round = 1
         WHERE id = $1",
    )
    .bind(session.get())
    .bind(operator.get())
    .bind(now.ms())
    .execute(conn)
    .await
    .map(drop)
}

pub(crate) async fn move_line(conn: &mut Conn, session: SessionId, line: LineId) -> Result<(), sqlx::Error> {
    sqlx::query("-- dialogs.move_line\n UPDATE session SET line_id = $2 WHERE id = $1")
        .bind(session.get())
        .bind(line.get())
        .execute(conn)
        .await
        .map(drop)
}

/// Notes when the session was first answered.
pub(crate) async fn first_reply(conn: &mut Conn, now: Time, session: SessionId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- dialogs.first_reply
         UPDATE session SET first_reply_at = $2 WHERE id = $1 AND first_reply_at IS NULL",
    )
    .bind(session.get())
    .bind(now.ms())
    .execute(conn)
    .await
    .map(drop)
}
