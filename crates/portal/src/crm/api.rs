//! `/api/leads`.

use axum::extract::State;
use openlines_base::{Fault, Kind};
use openlines_edge::{Json, Problem};
use openlines_store::StoreError;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::{self, Change};
use super::{Lead, Stage};
use crate::check::{self, BadField};
use crate::dialogs::{Actor, Changes};
use crate::staff::Signed;
use crate::{LeadId, OperatorId, Parts, Path, customers};

/// All endpoints of the CRM.
pub(crate) fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new().routes(routes!(change))
}

/// One lead.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LeadBody {
    lead: Lead,
}

/// A change of a lead; absent fields stay as they are.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeadChange {
    title: Option<String>,
    stage: Option<Stage>,
    /// Null takes the responsible person away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, required = false)]
    responsible_id: Option<Option<OperatorId>>,
}

/// Tells a null from an absent field.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<OperatorId>>, D::Error> {
    Option::<OperatorId>::deserialize(from).map(Some)
}

/// Why a lead was not changed.
#[derive(Debug, thiserror::Error)]
enum LeadError {
    #[error("there is no such lead, or it is not yours to see")]
    NotFound,
    #[error(transparent)]
    Field(#[from] BadField),
    #[error("the database did not do it")]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for LeadError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}

impl Fault for LeadError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Field(cause) => cause.kind(),
            Self::Store(cause) => cause.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Field(cause) => cause.field(),
            _ => None,
        }
    }
}

/// Changes a lead of a customer whom the person may see.
#[utoipa::path(patch, path = "/api/leads/{id}", tag = "crm", params(("id" = i64, Path)), request_body = LeadChange,
    responses((status = 200, body = LeadBody)))]
async fn change(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<LeadId>,
    Json(body): Json<LeadChange>,
) -> Result<Json<LeadBody>, Problem> {
    let lead = carry_out(&parts, Actor::of(&signed), id, body).await?;
    Ok(Json(LeadBody { lead }))
}

async fn carry_out(parts: &Parts, by: Actor, id: LeadId, body: LeadChange) -> Result<Lead, LeadError> {
    let title = body.title.map(|it| check::name("title", &it)).transpose()?;
    let mut tx = parts.db.tx("change_lead").await?;
    let customer = store::customer_of(&mut tx, id).await?.ok_or(LeadError::NotFound)?;
    if !customers::is_visible(&mut tx, by, customer).await? {
        return Err(LeadError::NotFound);
    }
    if let Some(Some(operator)) = body.responsible_id
        && !store::is_active_operator(&mut tx, operator).await?
    {
        return Err(BadField::new("responsible_id", "there is no such operator at work").into());
    }
    let change = Change { title: title.as_deref(), stage: body.stage, responsible: body.responsible_id };
    store::update(&mut tx, id, &change).await?;
    let lead = store::load(&mut tx, &[id]).await?.pop().ok_or(LeadError::NotFound)?;
    let mut changes = Changes::default();
    for (_, line) in customers::dialogs_of(&mut tx, customer).await? {
        changes.lead(id, line);
    }
    changes.write(&mut tx, parts.clock.now()).await?;
    tx.commit().await?;
    changes.ring(parts);
    Ok(lead)
}
