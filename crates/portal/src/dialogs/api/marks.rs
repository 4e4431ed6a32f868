//! Read, unread, typing, drafts.

use axum::extract::State;
use http::StatusCode;
use openlines_edge::{Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::dialogs::{Actor, flow};
use crate::staff::Signed;
use crate::{DialogId, MessageId, Parts, Path};

pub(super) fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new().routes(routes!(read)).routes(routes!(unread)).routes(routes!(typing)).routes(routes!(draft))
}

/// What was read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadUpTo {
    /// The last message read.
    message_id: MessageId,
}

/// Marks messages as read, up to one. While somebody serves the dialog only their reading counts.
#[utoipa::path(post, path = "/api/dialogs/{id}/read", tag = "dialogs", params(("id" = i64, Path)),
    request_body = ReadUpTo, responses((status = 204)))]
async fn read(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<DialogId>,
    Json(body): Json<ReadUpTo>,
) -> Result<StatusCode, Problem> {
    flow::read(&parts, Actor::of(&signed), id, body.message_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Marks a dialog as one to come back to.
#[utoipa::path(post, path = "/api/dialogs/{id}/unread", tag = "dialogs", params(("id" = i64, Path)),
    responses((status = 204)))]
async fn unread(signed: Signed, State(parts): State<Parts>, Path(id): Path<DialogId>) -> Result<StatusCode, Problem> {
    flow::unread(&parts, Actor::of(&signed), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows that the person types; good for five seconds.
#[utoipa::path(post, path = "/api/dialogs/{id}/typing", tag = "dialogs", params(("id" = i64, Path)),
    responses((status = 204)))]
async fn typing(signed: Signed, State(parts): State<Parts>, Path(id): Path<DialogId>) -> Result<StatusCode, Problem> {
    flow::typing(&parts, Actor::of(&signed), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which of the two drafts.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DraftMode {
    /// To the customer.
    Reply,
    /// Among staff.
    Note,
}

/// What the person began to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    mode: DraftMode,
    /// Empty removes the draft.
    text: String,
}

/// Keeps what the person began to write.
#[utoipa::path(put, path = "/api/dialogs/{id}/draft", tag = "dialogs", params(("id" = i64, Path)),
    request_body = Draft, responses((status = 204)))]
async fn draft(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<DialogId>,
    Json(body): Json<Draft>,
) -> Result<StatusCode, Problem> {
    let mode = match body.mode {
        DraftMode::Reply => "reply",
        DraftMode::Note => "note",
    };
    flow::keep_draft(&parts, Actor::of(&signed), id, mode, &body.text).await?;
    Ok(StatusCode::NO_CONTENT)
}
