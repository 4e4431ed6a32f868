//! Writing down that something changed.

use openlines_base::Time;
use openlines_protocol::ConnectionId;
use openlines_store::Conn;

use crate::{CustomerId, DialogId, LeadId, LineId, MessageId, OperatorId};

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    fn row(self) -> (&'static str, i64) {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    let (kind, entity_id) = entity.row();
    let (line, operator) = match audience {
        Audience::All => (None, None),
        Audience::Line(line) => (Some(line.get()), None),
        Audience::Operator(operator) => (None, Some(operator.get())),
    };
    let seq: i64 = sqlx::query_scalar(
        "-- live.next_seq
         UPDATE counter SET value = value + 1 WHERE name = 'live_event' RETURNING value",
    )
    .fetch_one(&mut *conn)
    .await?;
    sqlx::query(
        "-- live.record
         INSERT INTO live_event (seq, at, kind, entity_id, line_id, operator_id) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(seq)
    .bind(now.ms())
    .bind(kind)
    .bind(entity_id)
    .bind(line)
    .bind(operator)
    .execute(conn)
    .await?;
    Ok(())
}
