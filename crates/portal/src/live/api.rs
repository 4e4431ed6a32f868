//! The endpoint of the socket.

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;
use http::HeaderMap;
use openlines_edge::Problem;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::frame::ServerFrame;
use super::socket;
use crate::Parts;
use crate::request::Query;
use crate::staff::{Signed, is_same_origin};

/// Bytes of a frame from a browser.
const FRAME_MAX: usize = 16 * 1024;
/// Bytes that may wait in the socket's own buffer.
const WRITE_BUFFER_MAX: usize = 4 * 1024 * 1024;

pub(crate) fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new().routes(routes!(live))
}

/// Where to go on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LiveQuery {
    /// Number of the last frame or snapshot that the browser has; absent: from now on.
    since: Option<i64>,
}

/// The realtime stream, a WebSocket of JSON texts: `ServerFrame` from the server, `ClientFrame` from the browser.
#[utoipa::path(get, path = "/api/live", tag = "live", params(LiveQuery), responses(
    (status = 101, description = "The socket is open"),
    (status = 200, body = ServerFrame, description = "Shape of the frames; never answered"),
))]
async fn live(
    State(parts): State<Parts>,
    signed: Signed,
    headers: HeaderMap,
    Query(query): Query<LiveQuery>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    // Cookies travel with sockets that other sites open, and no CSRF token does.
    if !is_same_origin(&headers, &parts.public_url) {
        return Err(Problem::forbidden("this socket was opened by a page of another site"));
    }
    let upgrade = upgrade.map_err(|_| Problem::bad_request("this address takes WebSockets only"))?;
    let upgrade = upgrade.max_message_size(FRAME_MAX).max_frame_size(FRAME_MAX).max_write_buffer_size(WRITE_BUFFER_MAX);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let tasks = parts.tasks.clone();
        // In the group, so that shutdown says goodbye and waits.
        drop(tasks.spawn("socket", socket::serve(parts, signed, query.since, socket)).await);
    }))
}
