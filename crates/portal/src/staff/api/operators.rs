//! Colleagues.

use axum::extract::State;
use openlines_edge::{Json, Problem, ProblemBody};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::me::OperatorAnswer;
use crate::request::Path;
use crate::staff::people::{self, Change};
use crate::staff::{Admin, Operator, Role, Signed, store};
use crate::{OperatorId, Parts};

/// All colleagues.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperatorsAnswer {
    operators: Vec<Operator>,
}

/// All colleagues, by name, also those who left.
#[utoipa::path(get, path = "/api/operators", tag = "staff", responses((status = 200, body = OperatorsAnswer)))]
pub(super) async fn list(State(parts): State<Parts>, _: Signed) -> Result<Json<OperatorsAnswer>, Problem> {
    let mut read = parts.db.read().await?;
    Ok(Json(OperatorsAnswer { operators: store::all_operators(&mut read).await? }))
}

/// What changes about a colleague; absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorChange {
    name: Option<String>,
    role: Option<Role>,
    /// `false` signs them out everywhere and returns their open dialogs to the queue.
    active: Option<bool>,
    /// Open dialogs at once, up to 100; 0 = as the line says.
    limit: Option<i64>,
}

/// Changes a colleague.
#[utoipa::path(patch, path = "/api/operators/{id}", tag = "staff", params(("id" = i64, Path)),
    request_body = OperatorChange, responses(
    (status = 200, body = OperatorAnswer),
    (status = 409, body = ProblemBody, description = "`last_admin`"),
))]
pub(super) async fn change(
    State(parts): State<Parts>,
    Admin(admin): Admin,
    Path(id): Path<OperatorId>,
    Json(it): Json<OperatorChange>,
) -> Result<Json<OperatorAnswer>, Problem> {
    let change = Change { name: it.name, role: it.role, active: it.active, limit: it.limit };
    Ok(Json(OperatorAnswer { operator: people::change(&parts, &admin, id, change).await? }))
}
