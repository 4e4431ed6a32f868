//! Reading the picture that a decision depends on.

use std::collections::BTreeMap;

use openlines_base::Time;
use openlines_store::Conn;
use sqlx::FromRow;

use super::rules::{LineRule, Member, Open, Person, Picture};
use crate::lines::Mode;
use crate::sql::fetch_by_ids;
use crate::{LineId, OperatorId, SessionId};

/// Waiting sessions of one line in one pass; those who wait longest.
const WAITING_MAX: i64 = 200;

/// Where a session's dialog is, for the order of locks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) connection: i64,
    pub(super) chat: String,
    pub(super) dialog: i64,
}

/// A picture with the places of its sessions.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) picture: Picture,
    pub(super) places: BTreeMap<SessionId, Place>,
    /// Some line had more waiting sessions than one pass takes.
    pub(super) is_partial: bool,
}

#[derive(FromRow)]
struct Row {
    id: i64,
    line_id: i64,
    opened_at: i64,
    offer_expires_at: Option<i64>,
    passed_by: String,
    round: i64,
    dialog_id: i64,
    connection_id: i64,
    external_chat_id: String,
}

/// Whether anything is there to decide about; cheap.
pub(super) async fn is_idle(conn: &mut Conn) -> Result<bool, sqlx::Error> {
    let found: Option<i64> = sqlx::query_scalar(
        "-- routing.is_idle
         SELECT d.id FROM dialog d WHERE d.session_state IN ('waiting', 'offered') LIMIT 1",
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.is_none())
}

/// When the next offer runs out.
pub(super) async fn next_due(conn: &mut Conn) -> Result<Option<Time>, sqlx::Error> {
    let due: Option<i64> =
        sqlx::query_scalar("-- routing.next_due\n SELECT MIN(offer_expires_at) FROM session WHERE state = 'offered'")
            .fetch_one(conn)
            .await?;
    Ok(due.map(Time::from_ms))
}

/// Reads the picture of all lines that have somebody waiting or asked.
pub(super) async fn read(conn: &mut Conn, now: Time) -> Result<Snapshot, sqlx::Error> {
    let mut snapshot = Snapshot::default();
    let mut rows = offered(conn, now).await?;
    let mut lines: Vec<i64> = sqlx::query_scalar(
        "-- routing.lines_that_wait
         SELECT DISTINCT line_id FROM session WHERE state = 'waiting'",
    )
    .fetch_all(&mut *conn)
    .await?;
    let waiting = lines.clone();
    lines.extend(rows.iter().map(|it| it.line_id));
    lines.sort_unstable();
    lines.dedup();
    read_lines(conn, &lines, &mut snapshot.picture).await?;
    read_people(conn, &lines, &mut snapshot.picture).await?;
    for line in waiting {
        let found = waiting_of(conn, line).await?;
        snapshot.is_partial |= found.len() >= usize::try_from(WAITING_MAX).unwrap_or(usize::MAX);
        rows.extend(found);
    }
    rows.sort_by_key(|it| (it.opened_at, it.id));
    let sessions: Vec<SessionId> =
        rows.iter().filter(|it| it.offer_expires_at.is_some()).map(|it| SessionId(it.id)).collect();
    let mut offers: BTreeMap<SessionId, Vec<OperatorId>> = BTreeMap::new();
    for (session, operator) in crate::dialogs::offered_to(conn, &sessions).await? {
        offers.entry(session).or_default().push(operator);
    }
    for row in rows {
        let session = SessionId(row.id);
        snapshot.picture.open.push(Open {
            session,
            line: LineId(row.line_id),
            offered_to: offers.remove(&session).unwrap_or_default(),
            expires_at: row.offer_expires_at.map(Time::from_ms),
            passed: serde_json::from_str(&row.passed_by).unwrap_or_default(),
            round: row.round,
        });
        let place = Place { connection: row.connection_id, chat: row.external_chat_id, dialog: row.dialog_id };
        snapshot.places.insert(session, place);
    }
    Ok(snapshot)
}

/// Offers that there may be something to decide about: run out, to all, or to somebody who cannot take it now. Those
/// that simply run are left out; they count in the load of whoever is asked.
async fn offered(conn: &mut Conn, now: Time) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as(
        "-- routing.offered
         SELECT s.id, s.line_id, s.opened_at, s.offer_expires_at, s.passed_by, s.round, d.id AS dialog_id,
                d.connection_id, d.external_chat_id
         FROM session s JOIN dialog d ON d.id = s.dialog_id JOIN line l ON l.id = s.line_id
         WHERE s.state = 'offered'
           AND (l.mode = 'all' OR s.offer_expires_at <= $1
                OR NOT EXISTS (
                    SELECT 1 FROM session_offer f
                    JOIN operator o ON o.id = f.operator_id
                    JOIN line_operator q ON q.operator_id = f.operator_id AND q.line_id = s.line_id
                    WHERE f.session_id = s.id AND o.active = 1
                      AND (l.check_presence = 0 OR (o.status = 'available' AND o.online = 1))))",
    )
    .bind(now.ms())
    .fetch_all(conn)
    .await
}

async fn waiting_of(conn: &mut Conn, line: i64) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as(
        "-- routing.waiting_of
         SELECT s.id, s.line_id, s.opened_at, s.offer_expires_at, s.passed_by, s.round, d.id AS dialog_id,
                d.connection_id, d.external_chat_id
         FROM session s JOIN dialog d ON d.id = s.dialog_id
         WHERE s.state = 'waiting' AND s.line_id = $1 ORDER BY s.opened_at, s.id LIMIT $2",
    )
    .bind(line)
    .bind(WAITING_MAX)
    .fetch_all(conn)
    .await
}

#[derive(FromRow)]
struct LineRow {
    id: i64,
    mode: String,
    accept_time_s: i64,
    capacity: i64,
    check_presence: i64,
}

async fn read_lines(conn: &mut Conn, lines: &[i64], picture: &mut Picture) -> Result<(), sqlx::Error> {
    let rows: Vec<LineRow> = fetch_by_ids(
        conn,
        "-- routing.lines
         SELECT id, mode, accept_time_s, capacity, check_presence FROM line WHERE id IN ({ids})",
        lines,
    )
    .await?;
    for row in rows {
        let rule = LineRule {
            id: LineId(row.id),
            mode: Mode::of(&row.mode),
            accept_time_s: row.accept_time_s,
            capacity: row.capacity,
            check_presence: row.check_presence == 1,
            members: Vec::new(),
        };
        picture.lines.insert(rule.id, rule);
    }
    let queue: Vec<(i64, i64, i64)> = fetch_by_ids(
        conn,
        "-- routing.queues
         SELECT line_id, operator_id, last_given_at FROM line_operator WHERE line_id IN ({ids})
         ORDER BY line_id, position, operator_id",
        lines,
    )
    .await?;
    for (line, operator, last_given_at) in queue {
        if let Some(line) = picture.lines.get_mut(&LineId(line)) {
            line.members.push(Member { operator: OperatorId(operator), last_given_at });
        }
    }
    Ok(())
}

#[derive(FromRow)]
struct PersonRow {
    id: i64,
    active: i64,
    present: i64,
    dialog_limit: i64,
    serving: i64,
    offered_alone: i64,
}

async fn read_people(conn: &mut Conn, lines: &[i64], picture: &mut Picture) -> Result<(), sqlx::Error> {
    let rows: Vec<PersonRow> = fetch_by_ids(
        conn,
        "-- routing.people
         SELECT o.id, o.active, o.dialog_limit,
                CASE WHEN o.status = 'available' AND o.online = 1 THEN 1 ELSE 0 END AS present,
                (SELECT COUNT(*) FROM session s WHERE s.operator_id = o.id AND s.state = 'active') AS serving,
                (SELECT COUNT(*) FROM session_offer f JOIN session s ON s.id = f.session_id
                 JOIN line l ON l.id = s.line_id WHERE f.operator_id = o.id AND l.mode <> 'all') AS offered_alone
         FROM operator o
         WHERE o.id IN (SELECT q.operator_id FROM line_operator q WHERE q.line_id IN ({ids}))",
        lines,
    )
    .await?;
    for row in rows {
        let person = Person {
            active: row.active == 1,
            present: row.present == 1,
            limit: row.dialog_limit,
            load: row.serving + row.offered_alone,
        };
        picture.people.insert(OperatorId(row.id), person);
    }
    Ok(())
}
