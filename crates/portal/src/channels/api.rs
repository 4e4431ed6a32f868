//! Endpoints of the contact centre.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use openlines_edge::{Json, Problem, ProblemBody};
use openlines_protocol::{ConnectionId, TestConnect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::flow::{self, Settings};
use super::model::{About, Account, Connection, Stage};
use super::{ChannelError, catalogue, picture, store, test_connect};
use crate::check::BadField;
use crate::request::Path;
use crate::staff::{Admin, Signed};
use crate::{LineId, Parts};

pub(crate) fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new()
        .routes(routes!(channels))
        .routes(routes!(list, connect))
        .routes(routes!(check_settings))
        .routes(routes!(check))
        .routes(routes!(reconnect))
        .routes(routes!(change, remove))
        .routes(routes!(show_picture))
}

/// All channels of the hub.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChannelsAnswer {
    channels: Vec<About>,
}

/// What channels there are, with their forms, powers and limits.
#[utoipa::path(get, path = "/api/channels", tag = "channels", responses(
    (status = 200, body = ChannelsAnswer),
    (status = 503, body = ProblemBody, description = "`hub_unreachable`, and it was never asked before"),
))]
async fn channels(State(parts): State<Parts>, _: Signed) -> Result<Json<ChannelsAnswer>, Problem> {
    Ok(Json(ChannelsAnswer { channels: catalogue::list(&parts).await? }))
}

/// All connections.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConnectionsAnswer {
    connections: Vec<Connection>,
}

/// All connections but removed ones.
#[utoipa::path(get, path = "/api/connections", tag = "channels", responses((status = 200, body = ConnectionsAnswer)))]
async fn list(State(parts): State<Parts>, _: Signed) -> Result<Json<ConnectionsAnswer>, Problem> {
    let mut read = parts.db.read().await?;
    Ok(Json(ConnectionsAnswer { connections: store::load_all(&mut read, parts.clock.now()).await? }))
}

/// Settings to try before they are saved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsToTry {
    channel: String,
    /// Values by the names of the channel's fields; switches are `true` or `false` as text.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    settings: Settings,
}

/// What a check found.
#[derive(Serialize, ToSchema)]
pub(crate) struct CheckAnswer {
    stages: Vec<Stage>,
    /// The account, if the messenger knew the settings.
    account: Option<Account>,
    /// Who has the account now, as far as known: a host or a line.
    used_by: Option<String>,
}

impl From<test_connect::Report> for CheckAnswer {
    fn from(it: test_connect::Report) -> Self {
        Self { stages: it.stages, account: it.account, used_by: it.used_by }
    }
}

/// Tries settings without saving them.
#[utoipa::path(post, path = "/api/connections/check", tag = "channels", request_body = SettingsToTry, responses(
    (status = 200, body = CheckAnswer),
    (status = 400, body = ProblemBody, description = "A wrong field is named: `settings.token`"),
    (status = 503, body = ProblemBody, description = "`hub_unreachable`"),
))]
async fn check_settings(
    State(parts): State<Parts>,
    _: Admin,
    Json(it): Json<SettingsToTry>,
) -> Result<Json<CheckAnswer>, Problem> {
    flow::check_settings(&it.settings)?;
    let what = TestConnect { connection: None, channel: Some(it.channel), settings: it.settings };
    Ok(Json(test_connect::run(&parts, &what).await?.into()))
}

/// An account to connect to a line.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConnection {
    line_id: LineId,
    channel: String,
    /// Values by the names of the channel's fields; switches are `true` or `false` as text.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    settings: Settings,
    /// The admin agreed to take the account over after `in_use`.
    #[serde(default)]
    take_over: bool,
}

/// One connection.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConnectionAnswer {
    connection: Connection,
}

/// Connects an account to a line.
#[utoipa::path(post, path = "/api/connections", tag = "channels", request_body = NewConnection, responses(
    (status = 201, body = ConnectionAnswer),
    (status = 400, body = ProblemBody, description = "A wrong field is named: `settings.token`"),
    (status = 409, body = ProblemBody, description = "`in_use`: ask, then send `take_over`"),
    (status = 503, body = ProblemBody, description = "`hub_unreachable`"),
))]
async fn connect(
    State(parts): State<Parts>,
    Admin(admin): Admin,
    Json(it): Json<NewConnection>,
) -> Result<Response, Problem> {
    let connection = flow::connect(&parts, &admin, it.line_id, it.channel, it.settings, it.take_over).await?;
    Ok((StatusCode::CREATED, Json(ConnectionAnswer { connection })).into_response())
}

/// Tries a connection as it is.
#[utoipa::path(post, path = "/api/connections/{id}/check", tag = "channels", params(("id" = i64, Path)), responses(
    (status = 200, body = CheckAnswer),
    (status = 503, body = ProblemBody, description = "`hub_unreachable`"),
))]
async fn check(
    State(parts): State<Parts>,
    _: Admin,
    Path(id): Path<ConnectionId>,
) -> Result<Json<CheckAnswer>, Problem> {
    let connection = flow::find(&parts, id).await?;
    let what = TestConnect { connection: Some(connection.id), ..TestConnect::default() };
    Ok(Json(test_connect::run(&parts, &what).await?.into()))
}

/// How to connect again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reconnection {
    /// Fields that change; absent ones keep their value.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    settings: Settings,
    /// The admin agreed to take the account over after `in_use`.
    #[serde(default)]
    take_over: bool,
}

/// Connects a connection again, with new settings or the old ones.
#[utoipa::path(post, path = "/api/connections/{id}/reconnect", tag = "channels", params(("id" = i64, Path)),
    request_body = Reconnection, responses(
    (status = 200, body = ConnectionAnswer),
    (status = 409, body = ProblemBody, description = "`in_use`: ask, then send `take_over`"),
    (status = 503, body = ProblemBody, description = "`hub_unreachable`"),
))]
async fn reconnect(
    State(parts): State<Parts>,
    Admin(admin): Admin,
    Path(id): Path<ConnectionId>,
    Json(it): Json<Reconnection>,
) -> Result<Json<ConnectionAnswer>, Problem> {
    let connection = flow::reconnect(&parts, &admin, id, it.settings, it.take_over).await?;
    Ok(Json(ConnectionAnswer { connection }))
}

/// What changes about a connection; absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectionChange {
    /// Where new dialogs go.
    line_id: Option<LineId>,
    /// `true`: nothing comes in or goes out until resumed; nothing is lost.
    paused: Option<bool>,
}

/// Moves a connection to another line, pauses or resumes it.
#[utoipa::path(patch, path = "/api/connections/{id}", tag = "channels", params(("id" = i64, Path)),
    request_body = ConnectionChange, responses((status = 200, body = ConnectionAnswer)))]
async fn change(
    State(parts): State<Parts>,
    Admin(admin): Admin,
    Path(id): Path<ConnectionId>,
    Json(it): Json<ConnectionChange>,
) -> Result<Json<ConnectionAnswer>, Problem> {
    let mut connection = flow::find(&parts, id).await?;
    if it.line_id.is_none() && it.paused.is_none() {
        return Err(BadField::new("line_id", "send what changes: `line_id` or `paused`").into());
    }
    if let Some(line) = it.line_id {
        connection = flow::move_to(&parts, &admin, id, line).await?;
    }
    if let Some(paused) = it.paused {
        connection = flow::pause(&parts, &admin, id, paused).await?;
    }
    Ok(Json(ConnectionAnswer { connection }))
}

/// Removes a connection; its dialogs stay for reading.
#[utoipa::path(delete, path = "/api/connections/{id}", tag = "channels", params(("id" = i64, Path)), responses(
    (status = 204, description = "Removed"),
    (status = 503, body = ProblemBody, description = "`hub_unreachable`"),
))]
async fn remove(
    State(parts): State<Parts>,
    Admin(admin): Admin,
    Path(id): Path<ConnectionId>,
) -> Result<StatusCode, Problem> {
    flow::remove(&parts, &admin, id).await.map_err(|cause: ChannelError| Problem::from(cause))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hands out the account's picture: a PNG, JPEG, GIF or WebP.
#[utoipa::path(get, path = "/api/connections/{id}/picture", tag = "channels", params(("id" = i64, Path)), responses(
    (status = 200, description = "The bytes", content_type = "application/octet-stream"),
    (status = 404, body = ProblemBody),
    (status = 503, body = ProblemBody, description = "`hub_unreachable`"),
))]
async fn show_picture(
    State(parts): State<Parts>,
    _: Signed,
    Path(id): Path<ConnectionId>,
) -> Result<Response, Problem> {
    Ok(picture::show(&parts, id).await?)
}

#[cfg(test)]
mod tests;
