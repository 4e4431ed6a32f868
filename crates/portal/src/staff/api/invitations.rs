//! Invitations.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use openlines_base::Secret;
use openlines_edge::{Json, Problem, ProblemBody};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::MeAnswer;
use crate::request::Path;
use crate::staff::invitations::{self, Newcomer, Promise};
use crate::staff::sign_in::Visitor;
use crate::staff::{Admin, Invitation, Role, StaffError};
use crate::{InvitationId, LineId, Parts, company};

/// The newest invitations.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitationsAnswer {
    invitations: Vec<Invitation>,
}

/// The newest invitations, newest first.
#[utoipa::path(get, path = "/api/invitations", tag = "staff", responses((status = 200, body = InvitationsAnswer)))]
pub(super) async fn list(State(parts): State<Parts>, _: Admin) -> Result<Json<InvitationsAnswer>, Problem> {
    let mut read = parts.db.read().await?;
    Ok(Json(InvitationsAnswer { invitations: invitations::list(&mut read).await? }))
}

/// Whom to invite, to be what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewInvitation {
    email: Option<String>,
    name: Option<String>,
    role: Role,
    #[serde(default)]
    line_ids: Vec<LineId>,
}

/// An invitation and its link, which is shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitationAnswer {
    invitation: Invitation,
    url: String,
}

/// Makes an invitation; sending the link is up to the admin.
#[utoipa::path(post, path = "/api/invitations", tag = "staff", request_body = NewInvitation, responses(
    (status = 201, body = InvitationAnswer),
    (status = 409, body = ProblemBody, description = "`email_taken`"),
))]
pub(super) async fn create(
    State(parts): State<Parts>,
    Admin(admin): Admin,
    Json(it): Json<NewInvitation>,
) -> Result<Response, Problem> {
    let promise = Promise { email: it.email, name: it.name, role: it.role, line_ids: it.line_ids };
    let (invitation, url) = invitations::invite(&parts, &admin, promise).await?;
    Ok((StatusCode::CREATED, Json(InvitationAnswer { invitation, url })).into_response())
}

/// Withdraws an invitation: its link works no more.
#[utoipa::path(delete, path = "/api/invitations/{id}", tag = "staff", params(("id" = i64, Path)),
    responses((status = 204, description = "Withdrawn")))]
pub(super) async fn withdraw(
    State(parts): State<Parts>,
    Admin(admin): Admin,
    Path(id): Path<InvitationId>,
) -> Result<StatusCode, Problem> {
    invitations::withdraw(&parts, &admin, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The token of an invitation's link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationToken {
    #[schema(value_type = String)]
    token: Secret<String>,
}

/// What an invitation offers.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitationLook {
    company_name: String,
    email: String,
    name: String,
    role: Role,
}

/// Shows what an invitation offers, to whoever has its link.
#[utoipa::path(post, path = "/api/invitations/look", tag = "staff", request_body = InvitationToken, responses(
    (status = 200, body = InvitationLook),
    (status = 404, body = ProblemBody, description = "`invitation_gone`"),
))]
pub(super) async fn look(
    State(parts): State<Parts>,
    Json(it): Json<InvitationToken>,
) -> Result<Json<InvitationLook>, Problem> {
    let mut read = parts.db.read().await?;
    let invitation = invitations::look(&mut read, it.token.expose(), parts.clock.now()).await?;
    let company = company::load(&mut read).await?.ok_or(StaffError::InvitationGone)?;
    let Invitation { email, name, role, .. } = invitation;
    Ok(Json(InvitationLook { company_name: company.name, email, name, role }))
}

/// Who accepts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acceptance {
    #[schema(value_type = String)]
    token: Secret<String>,
    name: String,
    email: String,
    #[schema(value_type = String, format = Password)]
    password: Secret<String>,
}

/// Accepts an invitation: makes the colleague and signs them in.
#[utoipa::path(post, path = "/api/invitations/accept", tag = "staff", request_body = Acceptance, responses(
    (status = 200, body = MeAnswer, description = "Signed in; the cookie is set"),
    (status = 404, body = ProblemBody, description = "`invitation_gone`"),
    (status = 409, body = ProblemBody, description = "`email_taken`"),
))]
pub(super) async fn accept(
    State(parts): State<Parts>,
    visitor: Visitor,
    Json(it): Json<Acceptance>,
) -> Result<Response, Problem> {
    let newcomer = Newcomer { name: it.name, email: it.email, password: it.password };
    let (operator, login) = invitations::accept(&parts, it.token.expose(), &newcomer, &visitor).await?;
    Ok(MeAnswer::with_cookie(&parts, operator, &login, StatusCode::OK).await?)
}
