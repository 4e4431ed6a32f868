//! Dialogs as screens see them.

use std::collections::HashMap;

use openlines_base::Time;
use openlines_protocol::ConnectionId;
use openlines_store::Conn;
use sqlx::FromRow;

use super::offered_to;
use crate::dialogs::rules::preview;
use crate::dialogs::{
    Actor, AuthorKind, DeliveryState, Dialog, DialogChat, DialogCustomer, DialogSession, LastMessage, MessageKind,
    SessionRow, SessionState,
};
use crate::sql::{fetch_by_ids, in_order_of};
use crate::{CustomerId, DialogId, LeadId, MessageId, OperatorId, SessionId, files};

#[derive(FromRow)]
struct Row {
    id: i64,
    version: i64,
    channel: String,
    connection_id: i64,
    line_id: i64,
    chat_name: Option<String>,
    chat_url: Option<String>,
    reachable: i64,
    customer_id: i64,
    customer_name: String,
    customer_language: Option<String>,
    picture_id: Option<i64>,
    picture_name: Option<String>,
    session_id: i64,
    number: i64,
    state: String,
    operator_id: Option<i64>,
    offered_at: Option<i64>,
    offer_expires_at: Option<i64>,
    opened_at: i64,
    accepted_at: Option<i64>,
    closed_at: Option<i64>,
    closed_by: Option<i64>,
    reopened: i64,
    message_id: Option<i64>,
    message_author: Option<String>,
    message_operator: Option<i64>,
    message_start: Option<String>,
    message_kind: Option<String>,
    message_at: Option<i64>,
    message_delivery: Option<String>,
    message_files: i64,
    last_activity_at: i64,
    waiting_since: Option<i64>,
    unread_count: i64,
    lead_id: Option<i64>,
}

/// Loads dialogs in the order asked; unknown ids are left out.
///
/// # Errors
/// The database is away.
pub async fn load_rows(conn: &mut Conn, ids: &[DialogId]) -> Result<Vec<Dialog>, sqlx::Error> {
    let ids: Vec<i64> = ids.iter().map(|it| it.get()).collect();
    let rows: Vec<Row> = fetch_by_ids(
        conn,
        "-- dialogs.load_rows
         SELECT d.id, d.version, d.channel, d.connection_id, d.line_id, d.chat_name, d.chat_url, d.reachable,
                c.id AS customer_id, c.name AS customer_name, c.language AS customer_language,
                f.id AS picture_id, f.name AS picture_name,
                s.id AS session_id, s.number, s.state, s.operator_id, s.offered_at, s.offer_expires_at, s.opened_at,
                s.accepted_at, s.closed_at, s.closed_by, s.reopened,
                m.id AS message_id, m.author_kind AS message_author, m.operator_id AS message_operator,
                CASE WHEN m.deleted_at IS NULL THEN SUBSTR(m.text, 1, 1000) ELSE '' END AS message_start,
                m.kind AS message_kind, m.at AS message_at, m.delivery AS message_delivery,
                (SELECT COUNT(*) FROM file mf WHERE mf.message_id = d.last_message_id) AS message_files,
                d.last_activity_at, d.waiting_since, d.unread_count, l.id AS lead_id
         FROM dialog d
         JOIN customer c ON c.id = d.customer_id
         JOIN session s ON s.id = d.session_id
         LEFT JOIN file f ON f.id = c.picture_file_id AND f.state = 'ready'
         LEFT JOIN message m ON m.id = d.last_message_id
         LEFT JOIN lead l ON l.customer_id = d.customer_id
         WHERE d.id IN ({ids})",
        &ids,
    )
    .await?;
    let offered: Vec<SessionId> =
        rows.iter().filter(|it| it.state == SessionState::Offered.word()).map(|it| SessionId(it.session_id)).collect();
    let mut offers: HashMap<SessionId, Vec<OperatorId>> = HashMap::new();
    for (session, operator) in offered_to(conn, &offered).await? {
        offers.entry(session).or_default().push(operator);
    }
    let rows = in_order_of(&ids, rows, |it| it.id);
    Ok(rows.into_iter().map(|row| dialog(row, &mut offers)).collect())
}

fn dialog(row: Row, offers: &mut HashMap<SessionId, Vec<OperatorId>>) -> Dialog {
    let session_id = SessionId(row.session_id);
    let last_message = row.message_id.map(|id| LastMessage {
        id: MessageId(id),
        author: row.message_author.as_deref().and_then(AuthorKind::of).unwrap_or(AuthorKind::System),
        operator_id: row.message_operator.map(OperatorId),
        preview: preview(row.message_start.as_deref().unwrap_or_default()),
        kind: row.message_kind.as_deref().and_then(MessageKind::of).unwrap_or(MessageKind::System),
        files: row.message_files,
        at: Time::from_ms(row.message_at.unwrap_or_default()),
        delivery: row.message_delivery.as_deref().and_then(DeliveryState::of),
    });
    Dialog {
        id: row.id.into(),
        version: row.version,
        channel: row.channel,
        connection_id: ConnectionId(row.connection_id),
        line_id: row.line_id.into(),
        chat: row.chat_name.map(|name| DialogChat { name, url: row.chat_url }),
        reachable: row.reachable == 1,
        customer: DialogCustomer {
            id: row.customer_id.into(),
            name: row.customer_name,
            picture: row.picture_id.zip(row.picture_name).map(|(id, name)| files::address(id.into(), &name)),
            language: row.customer_language,
        },
        session: DialogSession {
            id: session_id,
            number: row.number,
            state: SessionState::of(&row.state).unwrap_or(SessionState::Closed),
            operator_id: row.operator_id.map(OperatorId),
            offered_to: offers.remove(&session_id).unwrap_or_default(),
            offered_at: row.offered_at.map(Time::from_ms),
            offer_expires_at: row.offer_expires_at.map(Time::from_ms),
            opened_at: Time::from_ms(row.opened_at),
            accepted_at: row.accepted_at.map(Time::from_ms),
            closed_at: row.closed_at.map(Time::from_ms),
            closed_by: row.closed_by.map(OperatorId),
            reopened: row.reopened == 1,
        },
        last_message,
        last_activity_at: Time::from_ms(row.last_activity_at),
        waiting_since: row.waiting_since.map(Time::from_ms),
        unread_count: row.unread_count,
        lead_id: row.lead_id.map(LeadId),
    }
}

#[derive(FromRow)]
struct SessionLine {
    id: i64,
    number: i64,
    state: String,
    operator_id: Option<i64>,
    line_id: i64,
    opened_at: i64,
    closed_at: Option<i64>,
}

/// Sessions shown in a dialog's history at most.
const SESSIONS_MAX: i64 = 100;

/// The newest sessions of a dialog, newest first.
pub(crate) async fn sessions_of(conn: &mut Conn, dialog: DialogId) -> Result<Vec<SessionRow>, sqlx::Error> {
    let rows: Vec<SessionLine> = sqlx::query_as(
        "-- dialogs.sessions_of
         SELECT id, number, state, operator_id, line_id, opened_at, closed_at FROM session
         WHERE dialog_id = $1 ORDER BY id DESC LIMIT $2",
    )
    .bind(dialog.get())
    .bind(SESSIONS_MAX)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(SessionRow::from).collect())
}

/// The newest sessions of all dialogs of a customer that this person may see, newest first.
///
/// # Errors
/// The database is away.
pub(crate) async fn sessions_of_customer(
    conn: &mut Conn,
    by: Actor,
    customer: CustomerId,
) -> Result<Vec<SessionRow>, sqlx::Error> {
    let rows: Vec<SessionLine> = sqlx::query_as(
        "-- dialogs.sessions_of_customer
         SELECT s.id, s.number, s.state, s.operator_id, s.line_id, s.opened_at, s.closed_at
         FROM session s JOIN dialog d ON d.id = s.dialog_id
         WHERE d.customer_id = $1
           AND ($2 = 1 OR d.operator_id = $3
                OR d.line_id IN (SELECT line_id FROM line_operator WHERE operator_id = $3))
         ORDER BY s.id DESC LIMIT $4",
    )
    .bind(customer.get())
    .bind(i64::from(by.admin))
    .bind(by.operator.get())
    .bind(SESSIONS_MAX)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(SessionRow::from).collect())
}

impl From<SessionLine> for SessionRow {
    fn from(row: SessionLine) -> Self {
        Self {
            id: row.id.into(),
            number: row.number,
            state: SessionState::of(&row.state).unwrap_or(SessionState::Closed),
            operator_id: row.operator_id.map(OperatorId),
            line_id: row.line_id.into(),
            opened_at: Time::from_ms(row.opened_at),
            closed_at: row.closed_at.map(Time::from_ms),
        }
    }
}
