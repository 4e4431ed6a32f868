//! Endpoints about people.

mod invitations;
mod login;
mod me;
mod operators;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts as Head;
use http::{StatusCode, header};
use openlines_edge::{Json, Problem};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::logins::NewLogin;
use super::sign_in::Visitor;
use super::{Me, Role, Signed, StaffError};
use crate::request::Address;
use crate::{OperatorId, Parts};

/// Endpoints for people who are signed in.
pub(crate) fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new()
        .routes(routes!(login::log_out))
        .routes(routes!(me::show, me::change))
        .routes(routes!(me::set_presence))
        .routes(routes!(me::dismiss_checklist))
        .routes(routes!(operators::list))
        .routes(routes!(operators::change))
        .routes(routes!(invitations::list, invitations::create))
        .routes(routes!(invitations::withdraw))
}

/// Endpoints for those who are not.
pub(crate) fn open_routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new()
        .routes(routes!(login::by_password))
        .routes(routes!(login::by_link))
        .routes(routes!(invitations::look))
        .routes(routes!(invitations::accept))
}

/// Oneself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeAnswer {
    pub(crate) me: Me,
}

impl MeAnswer {
    /// The answer of a sign-in: oneself and the cookie.
    pub(crate) async fn with_cookie(
        parts: &Parts,
        operator: OperatorId,
        new: &NewLogin,
        status: StatusCode,
    ) -> Result<Response, StaffError> {
        let mut read = parts.db.read().await?;
        // The role and the login's id do not show in `me`.
        let signed = Signed { operator, role: Role::Operator, login: 0.into(), csrf_token: new.csrf_token.clone() };
        let me = super::me::load(&mut read, parts, &signed).await?;
        let headers = [(header::SET_COOKIE, new.cookie(parts))];
        Ok((status, headers, Json(Self { me })).into_response())
    }
}

impl FromRequestParts<Parts> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Head, parts: &Parts) -> Result<Self, Problem> {
        let agent = head.headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let user_agent = agent.to_owned();
        Ok(Self { address: Address::from_request_parts(head, parts).await?, user_agent })
    }
}

#[cfg(test)]
mod tests;
