//! `/api/hub/parked`: events that could not be worked off, for the admin.

use axum::extract::State;
use http::StatusCode;
use openlines_base::Time;
use openlines_edge::{Json, Problem};
use openlines_protocol::ConnectionId;
use openlines_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::inbox;
use crate::staff::Admin;
use crate::{Parts, Path};

/// Events shown at most.
const SHOWN_MAX: i64 = 100;

/// Endpoints for people who are signed in.
pub(crate) fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(retry))
}

/// Events that were put aside.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParkedList {
    parked: Vec<ParkedEvent>,
}

/// An event that could not be worked off and was put aside, so that those behind it went on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParkedEvent {
    id: i64,
    #[schema(value_type = i64)]
    connection_id: ConnectionId,
    #[schema(value_type = String, format = DateTime)]
    received_at: Time,
    /// What went wrong.
    problem: String,
}

/// The newest events that were put aside.
#[utoipa::path(get, path = "/api/hub/parked", tag = "hub", responses((status = 200, body = ParkedList)))]
async fn list(_: Admin, State(parts): State<Parts>) -> Result<Json<ParkedList>, Problem> {
    let mut read = parts.db.read().await?;
    let rows = inbox::parked(&mut read, SHOWN_MAX).await.map_err(StoreError::from)?;
    let parked = rows.into_iter().map(|row| ParkedEvent {
        id: row.id,
        connection_id: ConnectionId(row.connection_id),
        received_at: Time::from_ms(row.received_at),
        problem: row.problem.unwrap_or_default(),
    });
    Ok(Json(ParkedList { parked: parked.collect() }))
}

/// Tries an event again that was put aside, ahead of newer ones of its connection.
#[utoipa::path(post, path = "/api/hub/parked/{id}/retry", tag = "hub", params(("id" = i64, Path)),
    responses((status = 204)))]
async fn retry(_: Admin, State(parts): State<Parts>, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    let mut tx = parts.db.tx("retry_parked").await?;
    if !inbox::unpark(&mut tx, id).await.map_err(StoreError::from)? {
        return Err(Problem::not_found("event"));
    }
    tx.commit().await?;
    parts.bells.inbox.notify_one();
    Ok(StatusCode::NO_CONTENT)
}
