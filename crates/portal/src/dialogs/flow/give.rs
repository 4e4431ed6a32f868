//! Who serves: accept, skip, take over, return, transfer.

use openlines_base::Time;
use openlines_store::Conn;
use serde_json::json;

use super::{Actor, Changes, Desk};
use crate::dialogs::store::{self, Held};
use crate::dialogs::{Dialog, DialogError, SessionState};
use crate::{DialogId, LineId, OperatorId, Parts, crm, routing};

/// Takes a dialog that waits or is offered. Of two at once one wins; the other learns who.
pub(crate) async fn accept(parts: &Parts, by: Actor, dialog: DialogId) -> Result<Dialog, DialogError> {
    let mut desk = Desk::open(parts, "accept_dialog", dialog, by).await?;
    match desk.held.state {
        SessionState::Closed => return Err(DialogError::SessionClosed),
        // The same answer twice: the first one was lost on its way to the browser.
        SessionState::Active if desk.is_mine() => {}
        SessionState::Active => return Err(taken(&mut desk).await?),
        SessionState::Waiting | SessionState::Offered => {
            take(&mut desk).await?;
            desk.system(json!({"code": "accepted", "operator_id": by.operator})).await?;
        }
    }
    desk.close().await
}

/// Takes a dialog from whoever has it.
pub(crate) async fn take_over(parts: &Parts, by: Actor, dialog: DialogId) -> Result<Dialog, DialogError> {
    let mut desk = Desk::open(parts, "take_over_dialog", dialog, by).await?;
    if desk.held.state == SessionState::Closed {
        return Err(DialogError::SessionClosed);
    }
    if !desk.is_mine() {
        take_from_anyone(&mut desk).await?;
    }
    desk.close().await
}

/// Makes the acting person the holder, telling whether it was taken over or accepted.
pub(super) async fn take_from_anyone(desk: &mut Desk<'_>) -> Result<(), DialogError> {
    let code = if desk.held.state == SessionState::Active { "taken_over" } else { "accepted" };
    take(desk).await?;
    desk.system(json!({"code": code, "operator_id": desk.by.operator})).await
}

async fn taken(desk: &mut Desk<'_>) -> Result<DialogError, DialogError> {
    let Some(holder) = desk.held.operator else { return Ok(DialogError::NotYours) };
    let name: Option<String> = sqlx::query_scalar("-- dialogs.holder_name\n SELECT name FROM operator WHERE id = $1")
        .bind(holder.get())
        .fetch_optional(&mut *desk.tx)
        .await?;
    Ok(DialogError::Taken { holder, name: name.unwrap_or_default() })
}

async fn take(desk: &mut Desk<'_>) -> Result<(), DialogError> {
    hand_to(desk, desk.by.operator).await
}

/// Makes somebody the holder of an open session.
async fn hand_to(desk: &mut Desk<'_>, operator: OperatorId) -> Result<(), DialogError> {
    let (session, before) = (desk.held.session(), desk.held.operator);
    routing::note_given(&mut desk.tx, desk.now, desk.held.line, operator, Some(session)).await?;
    store::accept(&mut desk.tx, desk.now, session, operator).await?;
    store::clear_offers(&mut desk.tx, session).await?;
    desk.held.state = SessionState::Active;
    desk.held.operator = Some(operator);
    if let Some(lead) = crm::take_responsibility(&mut desk.tx, desk.held.customer, operator).await? {
        desk.changes.lead(lead, desk.held.line);
    }
    desk.moved(before);
    Ok(())
}

/// Lets an offer go by: the next one is asked.
pub(crate) async fn skip(parts: &Parts, by: Actor, dialog: DialogId) -> Result<Dialog, DialogError> {
    let mut desk = Desk::open(parts, "skip_dialog", dialog, by).await?;
    let session = desk.held.session();
    if !store::take_back_offer(&mut desk.tx, session, by.operator).await? {
        return Err(DialogError::NotOffered);
    }
    let others = store::offered_to(&mut desk.tx, &[session]).await?;
    store::add_passed(&mut desk.tx, session, &[by.operator], others.is_empty()).await?;
    if others.is_empty() {
        desk.held.state = SessionState::Waiting;
    }
    if store::round_of(&mut desk.tx, session).await? == 1 {
        desk.system(json!({"code": "skipped", "operator_id": by.operator})).await?;
    }
    desk.moved(None);
    desk.close().await
}

/// Gives a dialog back to its line. Whoever gave it back is asked last.
pub(crate) async fn return_to_queue(parts: &Parts, by: Actor, dialog: DialogId) -> Result<Dialog, DialogError> {
    let mut desk = Desk::open(parts, "return_dialog", dialog, by).await?;
    desk.mine_or_admin()?;
    if desk.held.state == SessionState::Active {
        put_back(&mut desk.tx, desk.now, &mut desk.held, &mut desk.changes).await?;
    }
    desk.close().await
}

async fn put_back(conn: &mut Conn, now: Time, held: &mut Held, changes: &mut Changes) -> Result<(), sqlx::Error> {
    let (session, operator) = (held.session(), held.operator);
    let passed: Vec<OperatorId> = operator.into_iter().collect();
    store::back_to_queue(conn, session, &passed).await?;
    held.state = SessionState::Waiting;
    held.operator = None;
    let system = json!({"code": "returned", "operator_id": operator});
    let message = store::insert_system(conn, now, held.id, session, system).await?;
    changes.message(message, held.line);
    if let Some(operator) = operator {
        changes.operator(operator);
    }
    changes.line(held.line);
    changes.wants_routing();
    Ok(())
}

/// Gives all open dialogs of these people, or those in one line, back to the queue, in the caller's transaction. Call
/// it before other rows are locked; what changed is told in the caller's last statements.
///
/// # Errors
/// The database is away.
pub(crate) async fn return_all_of(
    conn: &mut Conn,
    now: Time,
    operators: &[OperatorId],
    line: Option<LineId>,
    changes: &mut Changes,
) -> Result<(), sqlx::Error> {
    for dialog in store::open_ids_of_operators(conn, operators).await? {
        let Some(mut held) = store::lock(conn, dialog).await? else { continue };
        let is_theirs = held.state == SessionState::Active && held.operator.is_some_and(|it| operators.contains(&it));
        if !is_theirs || line.is_some_and(|it| it != held.line) {
            continue;
        }
        put_back(conn, now, &mut held, changes).await?;
        store::save(conn, &held).await?;
        changes.dialog(held.id, held.line);
    }
    Ok(())
}

/// Where a dialog goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// To a person, at once.
    Operator(OperatorId),
    /// Into the queue of a line.
    Line(LineId),
}

/// Hands a dialog on.
pub(crate) async fn transfer(parts: &Parts, by: Actor, dialog: DialogId, to: Target) -> Result<Dialog, DialogError> {
    let mut desk = Desk::open(parts, "transfer_dialog", dialog, by).await?;
    desk.mine_or_admin()?;
    let from = desk.held.operator;
    match to {
        Target::Operator(operator) => {
            if !may_serve(&mut desk.tx, operator, desk.held.line).await? {
                let text = "choose an active operator of this line, or an administrator";
                return Err(DialogError::field("operator_id", text));
            }
            if desk.held.state != SessionState::Active || from != Some(operator) {
                hand_to(&mut desk, operator).await?;
                desk.system(json!({"code": "transferred", "from": from, "to_operator": operator, "to_line": null}))
                    .await?;
            }
        }
        Target::Line(line) => {
            if !is_open_line(&mut desk.tx, line).await? {
                return Err(DialogError::field("line_id", "there is no such line"));
            }
            let (session, old) = (desk.held.session(), desk.held.line);
            store::clear_offers(&mut desk.tx, session).await?;
            store::back_to_queue(&mut desk.tx, session, &[]).await?;
            store::move_line(&mut desk.tx, session, line).await?;
            // Those of the old line learn that it left them, those of the new one that it came.
            desk.changes.dialog(dialog, old);
            desk.changes.line(old);
            desk.held.line = line;
            desk.held.state = SessionState::Waiting;
            desk.held.operator = None;
            desk.system(json!({"code": "transferred", "from": from, "to_operator": null, "to_line": line})).await?;
            desk.moved(from);
        }
    }
    desk.close().await
}

async fn may_serve(conn: &mut Conn, operator: OperatorId, line: LineId) -> Result<bool, sqlx::Error> {
    let found: Option<i64> = sqlx::query_scalar(
        "-- dialogs.may_serve
         SELECT o.id FROM operator o WHERE o.id = $1 AND o.active = 1
           AND (o.role = 'admin'
                OR EXISTS (SELECT 1 FROM line_operator q WHERE q.operator_id = o.id AND q.line_id = $2))",
    )
    .bind(operator.get())
    .bind(line.get())
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

async fn is_open_line(conn: &mut Conn, line: LineId) -> Result<bool, sqlx::Error> {
    let found: Option<i64> =
        sqlx::query_scalar("-- dialogs.is_open_line\n SELECT id FROM line WHERE id = $1 AND deleted_at IS NULL")
            .bind(line.get())
            .fetch_optional(conn)
            .await?;
    Ok(found.is_some())
}
