//! What a signed-in person's screen starts with.

use openlines_store::{Conn, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Operator, Settings, Signed, StaffError, store};
use crate::Parts;
use crate::company::{self, Company};

/// Oneself, the company and what is still to be set up.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Me {
    /// Oneself.
    pub operator: Operator,
    /// Goes into the header `x-csrf-token` of everything but GET.
    pub csrf_token: String,
    /// Where one works.
    pub company: Company,
    /// How one likes the screen.
    pub settings: Settings,
    /// Steps of the first run.
    pub checklist: Checklist,
    /// Version of the server.
    pub server_version: String,
    /// The sample company runs.
    pub demo: bool,
}

/// Steps of the first run that are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Checklist {
    /// There is a line.
    pub line: bool,
    /// A channel is connected.
    pub channel: bool,
    /// A colleague was invited or is here.
    pub invited: bool,
    /// An admin wants to see it no more.
    pub dismissed: bool,
}

/// Gathers it all.
pub(crate) async fn load(conn: &mut Conn, parts: &Parts, signed: &Signed) -> Result<Me, StaffError> {
    let operator = store::load_operator(conn, signed.operator).await?.ok_or(StaffError::NotFound("operator"))?;
    let (settings, _) = store::private_of(conn, signed.operator).await?.ok_or(StaffError::NotFound("operator"))?;
    Ok(Me {
        operator,
        csrf_token: signed.csrf_token.expose().clone(),
        company: company::load(conn).await?.ok_or(StaffError::NotFound("company"))?,
        settings,
        checklist: checklist(conn).await?,
        server_version: parts.config.version.clone(),
        demo: parts.config.demo,
    })
}

async fn checklist(conn: &mut Conn) -> Result<Checklist, StoreError> {
    let (line, channel, invited, dismissed): (i64, i64, i64, i64) = sqlx::query_as(
        "-- staff.checklist
         SELECT (SELECT COUNT(*) FROM line WHERE deleted_at IS NULL),
             (SELECT COUNT(*) FROM connection WHERE state NOT IN ('draft', 'removed')),
             (SELECT COUNT(*) FROM invitation WHERE kind = 'join') + (SELECT COUNT(*) - 1 FROM operator),
             (SELECT COALESCE(MAX(checklist_dismissed), 0) FROM company)",
    )
    .fetch_one(conn)
    .await?;
    Ok(Checklist { line: line > 0, channel: channel > 0, invited: invited > 0, dismissed: dismissed != 0 })
}
