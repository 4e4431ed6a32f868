//! The realtime log in the store: reading and forgetting it.

use openlines_base::{DAY, Time};
use openlines_protocol::ConnectionId;
use openlines_store::{Conn, StoreError};

use super::{Audience, Entity};
use crate::{LineId, OperatorId};

/// Rows kept at most, whatever their age.
const KEPT_MAX: i64 = 100_000;

/// A row of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Logged {
    pub(super) seq: i64,
    pub(super) entity: Entity,
    pub(super) audience: Audience,
}

/// The newest number; 0 before the first change. Snapshots tell it, so that the socket goes on from there.
///
/// # Errors
/// The database is away.
pub async fn head(conn: &mut Conn) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("-- live.head\n SELECT value FROM counter WHERE name = 'live_event'").fetch_one(conn).await
}

/// Whether everything after `since` is still there.
pub(super) async fn is_whole_since(conn: &mut Conn, since: i64) -> Result<bool, StoreError> {
    let head = head(&mut *conn).await?;
    if since == head {
        return Ok(true);
    }
    let next: Option<i64> = sqlx::query_scalar("-- live.is_whole_since\n SELECT seq FROM live_event WHERE seq = $1")
        .bind(since.saturating_add(1))
        .fetch_optional(conn)
        .await?;
    Ok(since < head && next.is_some())
}

/// A page of the log.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// What we know how to show, oldest first.
    pub(super) events: Vec<Logged>,
    /// Number of the last row, known or not; where to go on.
    pub(super) last: Option<i64>,
    /// There may be more.
    pub(super) is_full: bool,
}

/// Number, kind, id, line, operator.
type Row = (i64, String, i64, Option<i64>, Option<i64>);

/// The next rows after a number.
pub(super) async fn read_after(conn: &mut Conn, seq: i64, limit: usize) -> Result<Page, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "-- live.read_after
         SELECT seq, kind, entity_id, line_id, operator_id FROM live_event WHERE seq > $1 ORDER BY seq LIMIT $2",
    )
    .bind(seq)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(conn)
    .await?;
    let last = rows.last().map(|it| it.0);
    let is_full = rows.len() == limit;
    let known = rows.into_iter().filter_map(|(seq, kind, id, line, operator)| {
        // A kind that a newer node wrote is for newer browsers.
        let entity = Entity::of(&kind, id)?;
        let audience = match (line, operator) {
            (Some(line), _) => Audience::Line(LineId(line)),
            (None, Some(operator)) => Audience::Operator(OperatorId(operator)),
            (None, None) => Audience::All,
        };
        Some(Logged { seq, entity, audience })
    });
    Ok(Page { events: known.collect(), last, is_full })
}

/// Forgets what is older than a day or beyond the bound.
pub(super) async fn forget(conn: &mut Conn, now: Time) -> Result<(), StoreError> {
    let head = head(&mut *conn).await?;
    sqlx::query("-- live.forget\n DELETE FROM live_event WHERE at < $1 OR seq <= $2")
        .bind((now - DAY).ms())
        .bind(head - KEPT_MAX)
        .execute(conn)
        .await?;
    Ok(())
}

impl Entity {
    fn of(kind: &str, id: i64) -> Option<Self> {
        Some(match kind {
            "dialog" => Self::Dialog(id.into()),
            "message" => Self::Message(id.into()),
            "operator" => Self::Operator(id.into()),
            "line" => Self::Line(id.into()),
            "connection" => Self::Connection(ConnectionId(id)),
            "customer" => Self::Customer(id.into()),
            "lead" => Self::Lead(id.into()),
            _ => return None,
        })
    }
}
