//! Signing in and out.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use openlines_base::Secret;
use openlines_edge::{Json, Problem, ProblemBody};
use serde::Deserialize;
use utoipa::ToSchema;

use super::MeAnswer;
use crate::Parts;
use crate::live::{Audience, Entity, record};
use crate::staff::logins::{self, gone_cookie};
use crate::staff::sign_in::{self, Visitor};
use crate::staff::{Signed, StaffError};

/// Address and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    email: String,
    #[schema(value_type = String, format = Password)]
    password: Secret<String>,
}

/// Signs in by address and password.
#[utoipa::path(post, path = "/api/login", tag = "staff", request_body = Credentials, responses(
    (status = 200, body = MeAnswer, description = "Signed in; the cookie is set"),
    (status = 401, body = ProblemBody, description = "`wrong_credentials`"),
    (status = 429, body = ProblemBody, description = "`too_many_tries`, with `retry_after_s`"),
))]
pub(super) async fn by_password(
    State(parts): State<Parts>,
    visitor: Visitor,
    Json(it): Json<Credentials>,
) -> Result<Response, Problem> {
    let (operator, login) = sign_in::by_password(&parts, &it.email, &it.password, &visitor).await?;
    Ok(MeAnswer::with_cookie(&parts, operator, &login, StatusCode::OK).await?)
}

/// The token of a one-time link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkToken {
    #[schema(value_type = String)]
    token: Secret<String>,
}

/// Signs in by a one-time link.
#[utoipa::path(post, path = "/api/login/link", tag = "staff", request_body = LinkToken, responses(
    (status = 200, body = MeAnswer, description = "Signed in; the link is spent"),
    (status = 401, body = ProblemBody, description = "`link_gone`"),
))]
pub(super) async fn by_link(
    State(parts): State<Parts>,
    visitor: Visitor,
    Json(it): Json<LinkToken>,
) -> Result<Response, Problem> {
    let (operator, login) = sign_in::by_link(&parts, it.token.expose(), &visitor).await?;
    Ok(MeAnswer::with_cookie(&parts, operator, &login, StatusCode::OK).await?)
}

/// Signs this browser out.
#[utoipa::path(post, path = "/api/logout", tag = "staff", responses((status = 204, description = "Signed out")))]
pub(super) async fn log_out(State(parts): State<Parts>, signed: Signed) -> Result<Response, Problem> {
    let mut tx = parts.db.tx("log_out").await?;
    logins::close_login(&mut tx, signed.login).await?;
    // Makes every node look again at the sockets of this person.
    let me = Entity::Operator(signed.operator);
    record(&mut tx, parts.clock.now(), me, Audience::Operator(signed.operator)).await.map_err(StaffError::from)?;
    tx.commit().await?;
    parts.bells.live.notify_one();
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone_cookie(&parts))]).into_response())
}
