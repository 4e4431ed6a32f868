//! Reading dialogs.

use axum::extract::State;
use openlines_edge::{Json, Problem};
use openlines_store::Conn;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::crm::{self, Lead};
use crate::customers::{self, Customer};
use crate::dialogs::flow::visible;
use crate::dialogs::store::{self, Counts, Filter, Sort, View};
use crate::dialogs::{Actor, Dialog, DialogError, SessionRow, load_rows};
use crate::staff::Signed;
use crate::{DialogId, LineId, OperatorId, Parts, Path, Query};

/// Dialogs of a page when the caller names no number.
const LIMIT: i64 = 50;
/// Dialogs of a page at most.
const LIMIT_MAX: i64 = 500;

pub(super) fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asking {
    /// Which dialogs; mine if absent.
    #[param(inline)]
    view: Option<View>,
    /// Only of this line.
    line: Option<LineId>,
    /// Only of this channel.
    channel: Option<String>,
    /// Only of this operator.
    operator: Option<OperatorId>,
    /// Only those that wait for an answer.
    unanswered: Option<bool>,
    /// `waiting` (default of the view `waiting`): longest unanswered first. `activity`: last activity first.
    #[param(inline)]
    sort: Option<Sort>,
    /// 1 to 500.
    limit: Option<i64>,
    /// `meta.next` of the page before.
    cursor: Option<String>,
}

/// A page of dialogs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DialogList {
    dialogs: Vec<Dialog>,
    meta: DialogListMeta,
}

/// What goes with a page of dialogs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DialogListMeta {
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
    /// How many dialogs each view has, whatever the filters.
    counts: Counts,
    /// Realtime number up to which changes are in this answer.
    seq: i64,
}

/// Lists dialogs of a view.
#[utoipa::path(get, path = "/api/dialogs", tag = "dialogs", params(Asking), responses((status = 200, body = DialogList)))]
async fn list(
    signed: Signed,
    State(parts): State<Parts>,
    Query(asking): Query<Asking>,
) -> Result<Json<DialogList>, Problem> {
    let viewer = Actor::of(&signed);
    let view = asking.view.unwrap_or_default();
    let sort = asking.sort.unwrap_or(if view == View::Waiting { Sort::Waiting } else { Sort::Activity });
    let after = match &asking.cursor {
        Some(cursor) => Some(read_cursor(cursor).ok_or_else(|| Problem::bad_field("cursor", "not a cursor of ours"))?),
        None => None,
    };
    let filter = Filter {
        viewer,
        view,
        line: asking.line,
        channel: asking.channel,
        operator: asking.operator,
        unanswered: asking.unanswered.unwrap_or(false),
        sort,
        after,
        limit: asking.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX),
    };
    let mut read = parts.db.read().await?;
    Ok(Json(read_page(&mut read, &filter).await?))
}

async fn read_page(conn: &mut Conn, filter: &Filter) -> Result<DialogList, DialogError> {
    // Read first: what changes after it comes again over the socket, what changed before is in the rows.
    let seq = seq(conn).await?;
    let page = store::page(conn, filter).await?;
    let dialogs = load_rows(conn, &page.ids).await?;
    let counts = store::counts(conn, filter.viewer).await?;
    let next = page.next.map(|(key, id)| format!("{key}_{id}"));
    Ok(DialogList { dialogs, meta: DialogListMeta { next, counts, seq } })
}

fn read_cursor(cursor: &str) -> Option<(i64, i64)> {
    let (key, id) = cursor.split_once('_')?;
    Some((key.parse().ok()?, id.parse().ok()?))
}

/// The realtime number up to which everything is committed.
pub(super) async fn seq(conn: &mut Conn) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("-- dialogs.seq\n SELECT value FROM counter WHERE name = 'live_event'").fetch_one(conn).await
}

/// A dialog with all that is shown beside it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DialogDetail {
    dialog: Dialog,
    customer: Customer,
    /// The newest sessions, newest first.
    sessions: Vec<SessionRow>,
    lead: Option<Lead>,
    drafts: Drafts,
    meta: SeqMeta,
}

/// What the person began to write here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Drafts {
    reply: String,
    note: String,
}

/// Realtime number up to which changes are in an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeqMeta {
    seq: i64,
}

/// One dialog with its customer, sessions, lead and drafts.
#[utoipa::path(get, path = "/api/dialogs/{id}", tag = "dialogs", params(("id" = i64, Path)),
    responses((status = 200, body = DialogDetail)))]
async fn show(
    signed: Signed,
    State(parts): State<Parts>,
    Path(id): Path<DialogId>,
) -> Result<Json<DialogDetail>, Problem> {
    let mut read = parts.db.read().await?;
    Ok(Json(read_detail(&mut read, Actor::of(&signed), id).await?))
}

async fn read_detail(conn: &mut Conn, by: Actor, id: DialogId) -> Result<DialogDetail, DialogError> {
    visible(conn, by, id).await?;
    let seq = seq(conn).await?;
    let dialog = load_rows(conn, &[id]).await?.pop().ok_or(DialogError::NotFound("dialog"))?;
    let customer = customers::load(conn, &[dialog.customer.id]).await?.pop();
    let customer = customer.ok_or(DialogError::NotFound("customer"))?;
    let lead = match dialog.lead_id {
        Some(lead) => crm::load(conn, &[lead]).await?.pop(),
        None => None,
    };
    let sessions = store::sessions_of(conn, id).await?;
    let (reply, note) = store::drafts(conn, by.operator, id).await?;
    Ok(DialogDetail { dialog, customer, sessions, lead, drafts: Drafts { reply, note }, meta: SeqMeta { seq } })
}
