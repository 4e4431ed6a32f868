//! Who serves, and for how long: accept, skip, take over, return, transfer, finish, reopen.

use axum::extract::State;
use openlines_edge::{Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::DialogBody;
use crate::dialogs::flow::{self, Target};
use crate::dialogs::{Actor, Dialog, DialogError};
use crate::staff::Signed;
use crate::{DialogId, LineId, OperatorId, Parts, Path};

pub(super) fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new()
        .routes(routes!(accept))
        .routes(routes!(skip))
        .routes(routes!(return_to_queue))
        .routes(routes!(take_over))
        .routes(routes!(transfer))
        .routes(routes!(finish))
        .routes(routes!(reopen))
}

fn answer(done: Result<Dialog, DialogError>) -> Result<Json<DialogBody>, Problem> {
    match done {
        Ok(dialog) => Ok(Json(DialogBody { dialog })),
        Err(cause) => {
            let holder = if let DialogError::Taken { holder, .. } = &cause { Some(*holder) } else { None };
            let problem = Problem::from(cause);
            Err(match holder {
                Some(holder) => problem.with("holder_id", holder.get()),
                None => problem,
            })
        }
    }
}

/// Takes a dialog that waits or is offered. Of two at once one wins.
#[utoipa::path(post, path = "/api/dialogs/{id}/accept", tag = "dialogs", params(("id" = i64, Path)),
    responses((status = 200, body = DialogBody), (status = 409, description = "`taken`, with `holder_id`")))]
async fn accept(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<DialogId>,
) -> Result<Json<DialogBody>, Problem> {
    answer(flow::accept(&parts, Actor::of(&signed), id).await)
}

/// Lets an offer go by: the next one is asked.
#[utoipa::path(post, path = "/api/dialogs/{id}/skip", tag = "dialogs", params(("id" = i64, Path)),
    responses((status = 200, body = DialogBody), (status = 409, description = "`not_offered`")))]
async fn skip(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<DialogId>,
) -> Result<Json<DialogBody>, Problem> {
    answer(flow::skip(&parts, Actor::of(&signed), id).await)
}

/// Gives a dialog back to its line.
#[utoipa::path(post, path = "/api/dialogs/{id}/return", tag = "dialogs", params(("id" = i64, Path)),
    responses((status = 200, body = DialogBody), (status = 409, description = "`not_yours`, `session_closed`")))]
async fn return_to_queue(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<DialogId>,
) -> Result<Json<DialogBody>, Problem> {
    answer(flow::return_to_queue(&parts, Actor::of(&signed), id).await)
}

/// Takes a dialog from whoever has it.
#[utoipa::path(post, path = "/api/dialogs/{id}/take_over", tag = "dialogs", params(("id" = i64, Path)),
    responses((status = 200, body = DialogBody), (status = 409, description = "`session_closed`")))]
async fn take_over(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<DialogId>,
) -> Result<Json<DialogBody>, Problem> {
    answer(flow::take_over(&parts, Actor::of(&signed), id).await)
}

/// Where a dialog goes: to one of these.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transfer {
    /// To a person, at once.
    operator_id: Option<OperatorId>,
    /// Into the queue of a line.
    line_id: Option<LineId>,
}

/// Hands a dialog on to a person or a line.
#[utoipa::path(post, path = "/api/dialogs/{id}/transfer", tag = "dialogs", params(("id" = i64, Path)),
    request_body = Transfer,
    responses((status = 200, body = DialogBody), (status = 409, description = "`not_yours`, `session_closed`")))]
async fn transfer(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<DialogId>,
    Json(body): Json<Transfer>,
) -> Result<Json<DialogBody>, Problem> {
    let to = match (body.operator_id, body.line_id) {
        (Some(operator), None) => Target::Operator(operator),
        (None, Some(line)) => Target::Line(line),
        _ => return Err(Problem::bad_field("operator_id", "name an operator or a line, one of both")),
    };
    answer(flow::transfer(&parts, Actor::of(&signed), id, to).await)
}

/// Ends the session, with the line's closing text if it has one.
#[utoipa::path(post, path = "/api/dialogs/{id}/finish", tag = "dialogs", params(("id" = i64, Path)),
    responses((status = 200, body = DialogBody), (status = 409, description = "`not_yours`, `session_closed`")))]
async fn finish(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<DialogId>,
) -> Result<Json<DialogBody>, Problem> {
    answer(flow::finish(&parts, Actor::of(&signed), id).await)
}

/// Opens the last session again, for whoever asks.
#[utoipa::path(post, path = "/api/dialogs/{id}/reopen", tag = "dialogs", params(("id" = i64, Path)),
    responses((status = 200, body = DialogBody), (status = 409, description = "`session_open`")))]
async fn reopen(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<DialogId>,
) -> Result<Json<DialogBody>, Problem> {
    answer(flow::reopen(&parts, Actor::of(&signed), id).await)
}
