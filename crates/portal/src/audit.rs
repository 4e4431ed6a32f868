//! Who did what to settings and people. Rows are only added; secrets never stand in them.

use openlines_base::Time;
use openlines_store::{Conn, StoreError};
use serde_json::Value;

use crate::OperatorId;

/// What was done to what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Act<'a> {
    /// Verb: `operator.deactivate`, `connection.pause`.
    pub(crate) act: &'a str,
    /// Kind of the thing: `operator`.
    pub(crate) entity: &'a str,
    /// Its id, if it has one.
    pub(crate) id: Option<i64>,
}

/// Writes it down, in the transaction of the act itself. `who` is `None` for the server's own hand.
///
/// # Errors
/// The database is away.
pub(crate) async fn note(
    conn: &mut Conn,
    now: Time,
    who: Option<OperatorId>,
    act: Act<'_>,
    detail: &Value,
) -> Result<(), StoreError> {
    sqlx::query(
        "-- audit.note
         INSERT INTO audit (at, operator_id, act, entity, entity_id, detail) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(now.ms())
    .bind(who.map(OperatorId::get))
    .bind(act.act)
    .bind(act.entity)
    .bind(act.id)
    .bind(detail.to_string())
    .execute(conn)
    .await?;
    Ok(())
}
