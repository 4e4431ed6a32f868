//! SQL of leads.

use openlines_base::Time;
use openlines_store::Conn;
use sqlx::FromRow;

use super::{Lead, Stage};
use crate::sql::{fetch_by_ids, in_order_of};
use crate::{CustomerId, LeadId, OperatorId};

/// A lead to be made.
#[derive(Debug)]
pub(crate) struct NewLead<'a> {
    pub(crate) customer: CustomerId,
    pub(crate) title: &'a str,
    pub(crate) source: &'a str,
}

/// Makes the customer's lead; `None` if there is one already.
///
/// # Errors
/// The database is away.
pub(crate) async fn create(conn: &mut Conn, now: Time, lead: &NewLead<'_>) -> Result<Option<LeadId>, sqlx::Error> {
    let id: Option<i64> = sqlx::query_scalar(
        "-- crm.create
         INSERT INTO lead (customer_id, title, source, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (customer_id) DO NOTHING RETURNING id",
    )
    .bind(lead.customer.get())
    .bind(lead.title)
    .bind(lead.source)
    .bind(now.ms())
    .fetch_optional(conn)
    .await?;
    Ok(id.map(LeadId))
}

/// Makes the operator responsible for the customer's lead if nobody is. Gives the lead if so.
///
/// # Errors
/// The database is away.
pub(crate) async fn take_responsibility(
    conn: &mut Conn,
    customer: CustomerId,
    operator: OperatorId,
) -> Result<Option<LeadId>, sqlx::Error> {
    let id: Option<i64> = sqlx::query_scalar(
        "-- crm.take_responsibility
         UPDATE lead SET responsible_id = $2, stage = CASE WHEN stage = 'new' THEN 'in_work' ELSE stage END,
             version = version + 1
         WHERE customer_id = $1 AND responsible_id IS NULL RETURNING id",
    )
    .bind(customer.get())
    .bind(operator.get())
    .fetch_optional(conn)
    .await?;
    Ok(id.map(LeadId))
}

/// A change of a lead; `None` leaves a field as it is.
#[derive(Debug, Default)]
pub(super) struct Change<'a> {
    pub(super) title: Option<&'a str>,
    pub(super) stage: Option<Stage>,
    /// `Some(None)` takes the responsible person away.
    pub(super) responsible: Option<Option<OperatorId>>,
}

pub(super) async fn update(conn: &mut Conn, lead: LeadId, change: &Change<'_>) -> Result<(), sqlx::Error> {
    let responsible = change.responsible.flatten().map(OperatorId::get);
    sqlx::query(
        "-- crm.update
         UPDATE lead SET version = version + 1, title = COALESCE($2, title), stage = COALESCE($3, stage),
             responsible_id = CASE WHEN $4 = 1 THEN $5 ELSE responsible_id END
         WHERE id = $1",
    )
    .bind(lead.get())
    .bind(change.title)
    .bind(change.stage.map(Stage::word))
    .bind(i64::from(change.responsible.is_some()))
    .bind(responsible)
    .execute(conn)
    .await
    .map(drop)
}

/// Whose lead it is.
pub(super) async fn customer_of(conn: &mut Conn, lead: LeadId) -> Result<Option<CustomerId>, sqlx::Error> {
    let id: Option<i64> = sqlx::query_scalar("-- crm.customer_of\n SELECT customer_id FROM lead WHERE id = $1")
        .bind(lead.get())
        .fetch_optional(conn)
        .await?;
    Ok(id.map(CustomerId))
}

pub(super) async fn is_active_operator(conn: &mut Conn, operator: OperatorId) -> Result<bool, sqlx::Error> {
    let found: Option<i64> =
        sqlx::query_scalar("-- crm.is_active_operator\n SELECT id FROM operator WHERE id = $1 AND active = 1")
            .bind(operator.get())
            .fetch_optional(conn)
            .await?;
    Ok(found.is_some())
}

#[derive(FromRow)]
struct Row {
    id: i64,
    version: i64,
    title: String,
    stage: String,
    source: String,
    responsible_id: Option<i64>,
    created_at: i64,
}

/// Loads leads in the order asked; unknown ids are left out.
///
/// # Errors
/// The database is away.
pub async fn load(conn: &mut Conn, ids: &[LeadId]) -> Result<Vec<Lead>, sqlx::Error> {
    let ids: Vec<i64> = ids.iter().map(|it| it.get()).collect();
    let rows: Vec<Row> = fetch_by_ids(
        conn,
        "-- crm.load
         SELECT id, version, title, stage, source, responsible_id, created_at FROM lead WHERE id IN ({ids})",
        &ids,
    )
    .await?;
    let rows = in_order_of(&ids, rows, |it| it.id);
    Ok(rows
        .into_iter()
        .map(|row| Lead {
            id: row.id.into(),
            version: row.version,
            title: row.title,
            stage: Stage::of(&row.stage),
            source: row.source,
            responsible_id: row.responsible_id.map(OperatorId),
            created_at: Time::from_ms(row.created_at),
        })
        .collect())
}
