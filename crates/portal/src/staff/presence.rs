//! Presence: what operators say of themselves, and whether a browser of theirs is connected.
//!
//! A socket that lives is noted at once when it opens and every few seconds after. Nothing is written when it closes:
//! a reload or a short loss of network changes nothing within the grace.

use std::time::Duration;

use openlines_base::Time;
use openlines_store::{Conn, StoreError};

use super::store::{self, id_list};
use super::{Operator, Presence, Signed, StaffError};
use crate::dialogs::{Changes, return_all_of};
use crate::live::{Audience, Entity, record};
use crate::{OperatorId, Parts};

/// Without a sign of life for so long, an operator is offline.
pub(crate) const GRACE: Duration = Duration::from_secs(45);
/// How often signs of life are written down and the grace is checked.
pub(crate) const BEAT: Duration = Duration::from_secs(10);

/// What becomes of open dialogs when somebody goes off duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpenDialogs {
    /// They stay.
    Keep,
    /// They go back to the queue.
    Return,
}

/// Sets one's own status.
pub(crate) async fn set_status(
    parts: &Parts,
    signed: &Signed,
    status: Presence,
    open_dialogs: Option<OpenDialogs>,
) -> Result<Operator, StaffError> {
    let now = parts.clock.now();
    let mut tx = parts.db.tx("set_presence").await?;
    let mut changes = Changes::default();
    if status == Presence::Off {
        // Dialogs are locked before people, here as everywhere.
        match open_dialogs {
            None if load(&mut tx, signed.operator).await?.open_count > 0 => return Err(StaffError::OpenDialogs),
            None | Some(OpenDialogs::Keep) => {}
            Some(OpenDialogs::Return) => {
                return_all_of(&mut tx, now, &[signed.operator], None, &mut changes).await?;
            }
        }
    }
    sqlx::query(
        "-- staff.set_status
         UPDATE operator SET version = version + 1, status = $2,
             status_since = CASE WHEN status = $2 THEN status_since ELSE $3 END
         WHERE id = $1",
    )
    .bind(signed.operator.get())
    .bind(status.word())
    .bind(now.ms())
    .execute(&mut *tx)
    .await?;
    changes.operator(signed.operator);
    changes.write(&mut tx, now).await?;
    let me = load(&mut tx, signed.operator).await?;
    tx.commit().await?;
    super::people::ring(parts);
    Ok(me)
}

async fn load(conn: &mut Conn, id: OperatorId) -> Result<Operator, StaffError> {
    store::load_operator(conn, id).await?.ok_or(StaffError::NotFound("operator"))
}

/// Notes that browsers of these people are connected now; who was offline is told to all.
pub(crate) async fn note_alive(parts: &Parts, operators: &[OperatorId]) -> Result<(), StoreError> {
    if operators.is_empty() {
        return Ok(());
    }
    let now = parts.clock.now();
    let ids: Vec<i64> = operators.iter().map(|it| it.get()).collect();
    let mut tx = parts.db.tx("note_alive").await?;
    let sql = format!(
        "-- staff.note_alive
         UPDATE operator SET seen_at = $1 WHERE id IN ({}) AND seen_at < $1",
        id_list(&ids)
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(now.ms()).execute(&mut *tx).await?;
    let sql = format!(
        "-- staff.come_online
         UPDATE operator SET online = 1, version = version + 1 WHERE online = 0 AND active = 1 AND id IN ({})
         RETURNING id",
        id_list(&ids)
    );
    let came: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *tx).await?;
    tell(&mut tx, now, &came).await?;
    tx.commit().await?;
    if !came.is_empty() {
        super::people::ring(parts);
    }
    Ok(())
}

/// Turns people offline who gave no sign of life within the grace, on whatever node they were.
pub(crate) async fn note_gone(parts: &Parts) -> Result<(), StoreError> {
    let now = parts.clock.now();
    let mut tx = parts.db.tx("note_gone").await?;
    let gone: Vec<i64> = sqlx::query_scalar(
        "-- staff.go_offline
         UPDATE operator SET online = 0, version = version + 1 WHERE online = 1 AND seen_at <= $1 RETURNING id",
    )
    .bind((now - GRACE).ms())
    .fetch_all(&mut *tx)
    .await?;
    tell(&mut tx, now, &gone).await?;
    tx.commit().await?;
    if !gone.is_empty() {
        super::people::ring(parts);
    }
    Ok(())
}

async fn tell(conn: &mut Conn, now: Time, operators: &[i64]) -> Result<(), StoreError> {
    for id in operators {
        record(conn, now, Entity::Operator(OperatorId(*id)), Audience::All).await?;
    }
    Ok(())
}
