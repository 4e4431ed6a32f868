//! `/api/customers`.

use axum::extract::State;
use openlines_edge::{Json, Problem};
use openlines_store::Conn;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::flow::{self, StaffChange};
use super::{Customer, CustomerError, store};
use crate::crm::{self, Lead};
use crate::dialogs::{Actor, SessionRow, sessions_of_customer};
use crate::staff::Signed;
use crate::{CustomerId, Parts, Path};

/// All endpoints of customers.
pub(crate) fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new().routes(routes!(show, change))
}

/// A customer with what is shown beside them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerDetail {
    customer: Customer,
    lead: Option<Lead>,
    /// The newest sessions of all their dialogs, newest first.
    sessions: Vec<SessionRow>,
}

/// One customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerBody {
    customer: Customer,
}

/// A customer with lead and sessions.
#[utoipa::path(get, path = "/api/customers/{id}", tag = "customers", params(("id" = i64, Path)),
    responses((status = 200, body = CustomerDetail)))]
async fn show(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<CustomerId>,
) -> Result<Json<CustomerDetail>, Problem> {
    let mut read = parts.db.read().await?;
    Ok(Json(detail(&mut read, Actor::of(&signed), id).await?))
}

async fn detail(conn: &mut Conn, by: Actor, id: CustomerId) -> Result<CustomerDetail, CustomerError> {
    if !store::is_visible(conn, by, id).await? {
        return Err(CustomerError::NotFound);
    }
    let customer = store::load(conn, &[id]).await?.pop().ok_or(CustomerError::NotFound)?;
    let lead = match customer.lead_id {
        Some(lead) => crm::load(conn, &[lead]).await?.pop(),
        None => None,
    };
    let sessions = sessions_of_customer(conn, by, id).await?;
    Ok(CustomerDetail { customer, lead, sessions })
}

/// What staff know better than the channel; absent fields stay as they are.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerChange {
    /// From now on the channel does not change it.
    name: Option<String>,
    /// Empty to clear.
    phone: Option<String>,
    /// Empty to clear.
    email: Option<String>,
    note: Option<String>,
}

/// Changes a customer's card.
#[utoipa::path(patch, path = "/api/customers/{id}", tag = "customers", params(("id" = i64, Path)),
    request_body = CustomerChange, responses((status = 200, body = CustomerBody)))]
async fn change(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<CustomerId>,
    Json(body): Json<CustomerChange>,
) -> Result<Json<CustomerBody>, Problem> {
    let change = StaffChange { name: body.name, phone: body.phone, email: body.email, note: body.note };
    let customer = flow::change(&parts, Actor::of(&signed), id, change).await?;
    Ok(Json(CustomerBody { customer }))
}
