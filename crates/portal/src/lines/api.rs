//! `/api/lines`.

use axum::extract::State;
use http::StatusCode;
use openlines_edge::{Json, Problem};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::flow::{self, LineChange, LineError};
use super::{Line, store};
use crate::staff::{Admin, Signed};
use crate::{LineId, Parts, Path};

/// All endpoints of lines.
pub(crate) fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(show, change, delete))
}

/// All lines.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineList {
    lines: Vec<Line>,
}

/// One line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineBody {
    line: Line,
}

/// All lines, oldest first.
#[utoipa::path(get, path = "/api/lines", tag = "lines", responses((status = 200, body = LineList)))]
async fn list(_: Signed, State(parts): State<Parts>) -> Result<Json<LineList>, Problem> {
    let mut read = parts.db.read().await?;
    let ids = store::all(&mut read).await.map_err(LineError::from)?;
    let lines = store::load(&mut read, &ids).await.map_err(LineError::from)?;
    Ok(Json(LineList { lines }))
}

/// Makes a line; only its name is needed.
#[utoipa::path(post, path = "/api/lines", tag = "lines", request_body = LineChange,
    responses((status = 201, body = LineBody)))]
async fn create(
    Admin(admin): Admin,
    State(parts): State<Parts>,
    Json(body): Json<LineChange>,
) -> Result<(StatusCode, Json<LineBody>), Problem> {
    let line = flow::create(&parts, admin.operator, body).await?;
    Ok((StatusCode::CREATED, Json(LineBody { line })))
}

/// One line.
#[utoipa::path(get, path = "/api/lines/{id}", tag = "lines", params(("id" = i64, Path)),
    responses((status = 200, body = LineBody)))]
async fn show(_: Signed, State(parts): State<Parts>, Path(id): Path<LineId>) -> Result<Json<LineBody>, Problem> {
    let mut read = parts.db.read().await?;
    let found = store::load(&mut read, &[id]).await.map_err(LineError::from)?.pop();
    let line = found.ok_or(LineError::NotFound)?;
    Ok(Json(LineBody { line }))
}

/// Changes what is given.
#[utoipa::path(patch, path = "/api/lines/{id}", tag = "lines", params(("id" = i64, Path)), request_body = LineChange,
    responses((status = 200, body = LineBody)))]
async fn change(
    Admin(admin): Admin,
    State(parts): State<Parts>,
    Path(id): Path<LineId>,
    Json(body): Json<LineChange>,
) -> Result<Json<LineBody>, Problem> {
    let line = flow::change(&parts, admin.operator, id, body).await?;
    Ok(Json(LineBody { line }))
}

/// Deletes a line without channels and open dialogs.
#[utoipa::path(delete, path = "/api/lines/{id}", tag = "lines", params(("id" = i64, Path)),
    responses((status = 204), (status = 409, description = "`line_in_use`")))]
async fn delete(
    Admin(admin): Admin,
    State(parts): State<Parts>,
    Path(id): Path<LineId>,
) -> Result<StatusCode, Problem> {
    flow::delete(&parts, admin.operator, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
