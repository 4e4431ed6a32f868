//! Writing down that something changed.

use openlines_base::Time;
use openlines_protocol::ConnectionId;
use openlines_store::Conn;

use crate::{CustomerId, DialogId, LeadId, LineId, MessageId, OperatorId};

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entity {
    /// A dialog's row, session or counters.
    Dialog(DialogId),
    /// A message.
    Message(MessageId),
    /// A person of the staff.
    Operator(OperatorId),
    /// A line's settings.
    Line(LineId),
    /// A connection's state.
    Connection(ConnectionId),
    /// A customer's card.
    Customer(CustomerId),
    /// A lead.
    Lead(LeadId),
}

impl Entity {
    pub(super) fn row(self) -> (&'static str, i64) {
        match self {
            Self::Dialog(id) => ("dialog", id.get()),
            Self::Message(id) => ("message", id.get()),
            Self::Operator(id) => ("operator", id.get()),
            Self::Line(id) => ("line", id.get()),
            Self::Connection(id) => ("connection", id.get()),
            Self::Customer(id) => ("customer", id.get()),
            Self::Lead(id) => ("lead", id.get()),
        }
    }
}

/// Who may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// All staff.
    All,
    /// The line's operators and the admins.
    Line(LineId),
    /// One person.
    Operator(OperatorId),
}

/// Appends a change to the realtime log. Call it last in the transaction: the sequence is one row that all writers share.
///
/// # Errors
/// The database is away.
pub async fn record(conn: &mut Conn, now: Time, entity: Entity, audience: Audience) -> Result<(), sqlx::Error> {
    record_all(conn, now, &[(entity, audience)]).await
}

/// Rows of one statement at most.
const ROWS_MAX: usize = 64;

/// Appends many changes in their order, with few statements. Call it last in the transaction.
///
/// # Errors
/// The database is away.
pub async fn record_all(conn: &mut Conn, now: Time, changes: &[(Entity, Audience)]) -> Result<(), sqlx::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let last: i64 = sqlx::query_scalar(
        "-- live.take_seqs
         UPDATE counter SET value = value + $1 WHERE name = 'live_event' RETURNING value",
    )
    .bind(i64::try_from(changes.len()).unwrap_or(i64::MAX))
    .fetch_one(&mut *conn)
    .await?;
    let mut seq = last - i64::try_from(changes.len()).unwrap_or(0);
    let mut rest = changes;
    while !rest.is_empty() {
        // Full chunks, then powers of two: few texts, so the prepared statements are found again.
        let count = if rest.len() >= ROWS_MAX { ROWS_MAX } else { 1 << rest.len().ilog2() };
        let (some, later) = rest.split_at(count);
        rest = later;
        insert(conn, now, some, &mut seq).await?;
    }
    Ok(())
}

async fn insert(conn: &mut Conn, now: Time, changes: &[(Entity, Audience)], seq: &mut i64) -> Result<(), sqlx::Error> {
    let mut text = String::from(
        "-- live.record
         INSERT INTO live_event (seq, at, kind, entity_id, line_id, operator_id) VALUES ",
    );
    for place in 0..changes.len() {
        let first = place * 6;
        let comma = if place == 0 { "" } else { ", " };
        text.push_str(&format!(
            "{comma}(${}, ${}, ${}, ${}, ${}, ${})",
            first + 1,
            first + 2,
            first + 3,
            first + 4,
            first + 5,
            first + 6
        ));
    }
    let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
    for (entity, audience) in changes {
        *seq += 1;
        let (kind, entity_id) = entity.row();
        let (line, operator) = match audience {
            Audience::All => (None, None),
            Audience::Line(line) => (Some(line.get()), None),
            Audience::Operator(operator) => (None, Some(operator.get())),
        };
        query = query.bind(*seq).bind(now.ms()).bind(kind).bind(entity_id).bind(line).bind(operator);
    }
    query.execute(conn).await.map(drop)
}
