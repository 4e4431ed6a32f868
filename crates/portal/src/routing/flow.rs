//! Carrying out what the rules decided.

use std::collections::BTreeMap;

use openlines_base::Time;
use openlines_store::{Conn, StoreError};
use serde_json::json;

use super::picture::{self, Place};
use super::rules::{Decision, next_given_at, plan};
use crate::dialogs::{self, Changes, Held, SessionState};
use crate::{DialogId, LineId, OperatorId, Parts, SessionId};

/// Sessions decided about in one transaction.
const DECISIONS_MAX: usize = 100;

/// When to look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// There was more than one pass takes.
    Now,
    /// When an offer runs out.
    At(Time),
    /// When something changes.
    OnBell,
}

/// Looks at everyone who waits and everyone who is asked, and gives out what can be given.
///
/// # Errors
/// The database is away.
pub(crate) async fn pass(parts: &Parts) -> Result<Next, StoreError> {
    let mut read = parts.db.read().await?;
    if picture::is_idle(&mut read).await? {
        return Ok(Next::OnBell);
    }
    drop(read);
    let now = parts.clock.now();
    let mut tx = parts.db.tx("route").await?;
    lock_routing(&mut tx).await?;
    let snapshot = picture::read(&mut tx, now).await?;
    let rounds: BTreeMap<SessionId, i64> = snapshot.picture.open.iter().map(|it| (it.session, it.round)).collect();
    let mut decisions = plan(snapshot.picture, now);
    if decisions.is_empty() {
        let due = picture::next_due(&mut tx).await?;
        return Ok(due.map_or(Next::OnBell, Next::At));
    }
    let is_more = snapshot.is_partial || decisions.len() > DECISIONS_MAX;
    // Cut in the order of service; what is left comes in the next pass.
    decisions.truncate(DECISIONS_MAX);
    let mut changes = Changes::default();
    let held = lock_all(&mut tx, decisions, &snapshot.places).await?;
    for (held, decision) in held {
        let round = rounds.get(&decision.session).copied().unwrap_or(1);
        carry_out(&mut tx, now, held, &decision, round, &mut changes).await?;
    }
    changes.write(&mut tx, now).await?;
    let due = picture::next_due(&mut tx).await?;
    tx.commit().await?;
    changes.ring(parts);
    Ok(if is_more { Next::Now } else { due.map_or(Next::OnBell, Next::At) })
}

/// Two nodes never decide at the same time: one slot is never given twice.
async fn lock_routing(conn: &mut Conn) -> Result<(), sqlx::Error> {
    sqlx::query("-- routing.lock\n UPDATE counter SET value = value + 1 WHERE name = 'routing'")
        .execute(conn)
        .await
        .map(drop)
}

/// Locks the dialogs in the common order, before anything else is written. What was served or finished since the
/// picture was read is left alone.
async fn lock_all(
    conn: &mut Conn,
    decisions: Vec<Decision>,
    places: &BTreeMap<SessionId, Place>,
) -> Result<Vec<(Held, Decision)>, sqlx::Error> {
    let mut ordered: Vec<(&Place, Decision)> =
        decisions.into_iter().filter_map(|it| Some((places.get(&it.session)?, it))).collect();
    ordered.sort_by(|a, b| a.0.cmp(b.0));
    let mut locked = Vec::with_capacity(ordered.len());
    for (place, decision) in ordered {
        let Some(held) = dialogs::lock(conn, DialogId(place.dialog)).await? else { continue };
        let is_open = matches!(held.state, SessionState::Waiting | SessionState::Offered);
        if is_open && held.session == Some(decision.session) && held.line == decision.line {
            locked.push((held, decision));
        }
    }
    Ok(locked)
}

async fn carry_out(
    conn: &mut Conn,
    now: Time,
    mut held: Held,
    decision: &Decision,
    round: i64,
    changes: &mut Changes,
) -> Result<(), sqlx::Error> {
    let session = decision.session;
    for operator in decision.expired.iter().chain(&decision.withdrawn) {
        dialogs::take_back_offer(conn, session, *operator).await?;
    }
    for operator in &decision.offer_to {
        add_offer(conn, &held, session, *operator).await?;
    }
    dialogs::add_passed(conn, session, &decision.expired, false).await?;
    let is_asked = !dialogs::offered_to(conn, &[session]).await?.is_empty();
    write_offer(conn, now, decision, is_asked).await?;
    held.state = if is_asked { SessionState::Offered } else { SessionState::Waiting };
    // The story is told once; rounds after the first would fill the dialog with the same lines all night.
    if round == 1 {
        for operator in &decision.expired {
            tell(conn, now, &held, json!({"code": "offer_expired", "operator_id": operator}), changes).await?;
        }
        if !decision.offer_to.is_empty() && !decision.new_round {
            tell(conn, now, &held, json!({"code": "offered", "operator_ids": decision.offer_to}), changes).await?;
        }
    }
    if let [operator] = decision.offer_to.as_slice() {
        note_given(conn, now, held.line, *operator, None).await?;
    }
    dialogs::save(conn, &held).await?;
    changes.dialog(held.id, held.line);
    Ok(())
}

async fn tell(
    conn: &mut Conn,
    now: Time,
    held: &Held,
    system: serde_json::Value,
    changes: &mut Changes,
) -> Result<(), sqlx::Error> {
    let id = dialogs::insert_system(conn, now, held.id, held.session(), system).await?;
    changes.message(id, held.line);
    Ok(())
}

async fn add_offer(conn: &mut Conn, held: &Held, session: SessionId, operator: OperatorId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- routing.add_offer
         INSERT INTO session_offer (session_id, operator_id, dialog_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(session.get())
    .bind(operator.get())
    .bind(held.id.get())
    .execute(conn)
    .await
    .map(drop)
}

async fn write_offer(conn: &mut Conn, now: Time, decision: &Decision, is_asked: bool) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- routing.write_offer
         UPDATE session SET
             state = CASE WHEN $2 = 1 THEN 'offered' ELSE 'waiting' END,
             offered_at = CASE WHEN $2 = 0 THEN NULL WHEN offered_at IS NULL OR $5 = 1 THEN $3 ELSE offered_at END,
             offer_expires_at = CASE WHEN $2 = 0 THEN NULL ELSE COALESCE($4, offer_expires_at) END,
             passed_by = CASE WHEN $6 = 1 THEN '[]' ELSE passed_by END,
             round = round + $6
         WHERE id = $1",
    )
    .bind(decision.session.get())
    .bind(i64::from(is_asked))
    .bind(now.ms())
    .bind(decision.expires_at.map(Time::ms))
    .bind(i64::from(!decision.offer_to.is_empty()))
    .bind(i64::from(decision.new_round))
    .execute(conn)
    .await
    .map(drop)
}

/// Notes that somebody was given a dialog of a line: `evenly` asks them later. With `accepted`, only if this session was
/// not offered to them alone, as then it was noted with the offer.
///
/// # Errors
/// The database is away.
pub(crate) async fn note_given(
    conn: &mut Conn,
    now: Time,
    line: LineId,
    operator: OperatorId,
    accepted: Option<SessionId>,
) -> Result<(), sqlx::Error> {
    let latest: Option<i64> =
        sqlx::query_scalar("-- routing.latest_given\n SELECT MAX(last_given_at) FROM line_operator WHERE line_id = $1")
            .bind(line.get())
            .fetch_one(&mut *conn)
            .await?;
    sqlx::query(
        "-- routing.note_given
         UPDATE line_operator SET last_given_at = $3 WHERE line_id = $1 AND operator_id = $2
           AND NOT EXISTS (SELECT 1 FROM session_offer f JOIN line l ON l.id = $1
                           WHERE f.session_id = $4 AND f.operator_id = $2 AND l.mode <> 'all')",
    )
    .bind(line.get())
    .bind(operator.get())
    .bind(next_given_at(latest, now))
    .bind(accepted.map_or(0, SessionId::get))
    .execute(conn)
    .await
    .map(drop)
}
