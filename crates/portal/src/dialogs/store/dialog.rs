//! The dialog's row: locked first by whoever changes anything in the dialog, written back once.

use openlines_base::Time;
use openlines_protocol::{Chat, ConnectionId};
use openlines_store::Conn;
use sqlx::FromRow;

use crate::dialogs::SessionState;
use crate::sql::fetch_by_ids;
use crate::{CustomerId, DialogId, LineId, MessageId, OperatorId, SessionId};

/// A dialog whose row this transaction holds.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) id: DialogId,
    pub(crate) connection: ConnectionId,
    pub(crate) line: LineId,
    pub(crate) customer: CustomerId,
    pub(crate) chat_id: String,
    pub(crate) reachable: bool,
    pub(crate) unread_count: i64,
    pub(crate) last_message: Option<MessageId>,
    pub(crate) last_activity_at: Time,
    pub(crate) waiting_since: Option<Time>,
    /// Absent only between the making of a dialog and its first session, in one transaction.
    pub(crate) session: Option<SessionId>,
    pub(crate) state: SessionState,
    pub(crate) operator: Option<OperatorId>,
}

impl Held {
    /// Its session. Every dialog has one as soon as its first transaction is done.
    pub(crate) fn session(&self) -> SessionId {
        self.session.expect("a dialog is committed only with a session")
    }
}

#[derive(FromRow)]
struct Row {
    id: i64,
    connection_id: i64,
    line_id: i64,
    customer_id: i64,
    external_chat_id: String,
    reachable: i64,
    unread_count: i64,
    last_message_id: Option<i64>,
    last_activity_at: i64,
    waiting_since: Option<i64>,
    session_id: Option<i64>,
    session_state: String,
    operator_id: Option<i64>,
}

impl From<Row> for Held {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            connection: ConnectionId(row.connection_id),
            line: row.line_id.into(),
            customer: row.customer_id.into(),
            chat_id: row.external_chat_id,
            reachable: row.reachable == 1,
            unread_count: row.unread_count,
            last_message: row.last_message_id.map(MessageId),
            last_activity_at: Time::from_ms(row.last_activity_at),
            waiting_since: row.waiting_since.map(Time::from_ms),
            session: row.session_id.map(SessionId),
            state: SessionState::of(&row.session_state).unwrap_or(SessionState::Closed),
            operator: row.operator_id.map(OperatorId),
        }
    }
}

/// Locks a dialog until the end of the transaction and counts its version up.
///
/// # Errors
/// The database is away.
pub(crate) async fn lock(conn: &mut Conn, id: DialogId) -> Result<Option<Held>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "-- dialogs.lock
         UPDATE dialog SET version = version + 1 WHERE id = $1
         RETURNING id, connection_id, line_id, customer_id, external_chat_id, reachable, unread_count,
             last_message_id, last_activity_at, waiting_since, session_id, session_state, operator_id",
    )
    .bind(id.get())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Held::from))
}

/// Locks the dialog of an external chat.
///
/// # Errors
/// The database is away.
pub(crate) async fn lock_chat(
    conn: &mut Conn,
    connection: ConnectionId,
    chat_id: &str,
) -> Result<Option<Held>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "-- dialogs.lock_chat
         UPDATE dialog SET version = version + 1 WHERE connection_id = $1 AND external_chat_id = $2
         RETURNING id, connection_id, line_id, customer_id, external_chat_id, reachable, unread_count,
             last_message_id, last_activity_at, waiting_since, session_id, session_state, operator_id",
    )
    .bind(connection.get())
    .bind(chat_id)
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Held::from))
}

/// A dialog to be made.
#[derive(Debug)]
pub(crate) struct NewDialog<'a> {
    pub(crate) connection: ConnectionId,
    pub(crate) line: LineId,
    pub(crate) channel: &'a str,
    pub(crate) customer: CustomerId,
    pub(crate) chat: &'a Chat,
}

/// Makes the dialog of an external chat, or locks the one that another transaction made first.
///
/// # Errors
/// The database is away.
pub(crate) async fn insert_dialog(conn: &mut Conn, now: Time, dialog: &NewDialog<'_>) -> Result<Held, sqlx::Error> {
    let row: Row = sqlx::query_as(
        "-- dialogs.insert_dialog
         INSERT INTO dialog (connection_id, line_id, channel, customer_id, external_chat_id, chat_name, chat_url,
             last_activity_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
         ON CONFLICT (connection_id, external_chat_id) DO UPDATE SET version = dialog.version + 1
         RETURNING id, connection_id, line_id, customer_id, external_chat_id, reachable, unread_count,
             last_message_id, last_activity_at, waiting_since, session_id, session_state, operator_id",
    )
    .bind(dialog.connection.get())
    .bind(dialog.line.get())
    .bind(dialog.channel)
    .bind(dialog.customer.get())
    .bind(&dialog.chat.id)
    .bind(&dialog.chat.name)
    .bind(&dialog.chat.url)
    .bind(now.ms())
    .fetch_one(conn)
    .await?;
    Ok(row.into())
}

/// Writes a held dialog back.
///
/// # Errors
/// The database is away.
pub(crate) async fn save(conn: &mut Conn, held: &Held) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- dialogs.save
         UPDATE dialog SET line_id = $2, reachable = $3, unread_count = $4, last_message_id = $5,
             last_activity_at = $6, waiting_since = $7, session_id = $8, session_state = $9, operator_id = $10
         WHERE id = $1",
    )
    .bind(held.id.get())
    .bind(held.line.get())
    .bind(i64::from(held.reachable))
    .bind(held.unread_count)
    .bind(held.last_message.map(MessageId::get))
    .bind(held.last_activity_at.ms())
    .bind(held.waiting_since.map(Time::ms))
    .bind(held.session.map(SessionId::get))
    .bind(held.state.word())
    .bind(held.operator.map(OperatorId::get))
    .execute(conn)
    .await
    .map(drop)
}

/// Gives a dialog another external chat, unless that one has a dialog of its own. True if it was done.
///
/// # Errors
/// The database is away.
pub(crate) async fn move_chat(conn: &mut Conn, held: &Held, to: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "-- dialogs.move_chat
         UPDATE dialog SET external_chat_id = $2 WHERE id = $1
           AND NOT EXISTS (SELECT 1 FROM dialog o WHERE o.connection_id = $3 AND o.external_chat_id = $2)",
    )
    .bind(held.id.get())
    .bind(to)
    .bind(held.connection.get())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether an operator may see a dialog: it is in one of their lines, or they hold it.
///
/// # Errors
/// The database is away.
pub(crate) async fn viewable(
    conn: &mut Conn,
    operator: OperatorId,
    line: LineId,
    holder: Option<OperatorId>,
) -> Result<bool, sqlx::Error> {
    if holder == Some(operator) {
        return Ok(true);
    }
    let found: Option<i64> = sqlx::query_scalar(
        "-- dialogs.viewable
         SELECT operator_id FROM line_operator WHERE operator_id = $1 AND line_id = $2",
    )
    .bind(operator.get())
    .bind(line.get())
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

/// Line and holder of a dialog, for reading without a lock.
pub(crate) async fn unlocked(
    conn: &mut Conn,
    id: DialogId,
) -> Result<Option<(LineId, Option<OperatorId>)>, sqlx::Error> {
    let row: Option<(i64, Option<i64>)> =
        sqlx::query_as("-- dialogs.unlocked\n SELECT line_id, operator_id FROM dialog WHERE id = $1")
            .bind(id.get())
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|(line, operator)| (LineId(line), operator.map(OperatorId))))
}

/// Dialogs that any of these people serve, in the order of locks.
pub(crate) async fn open_ids_of_operators(
    conn: &mut Conn,
    operators: &[OperatorId],
) -> Result<Vec<DialogId>, sqlx::Error> {
    let ids: Vec<i64> = operators.iter().map(|it| it.get()).collect();
    let mut rows: Vec<(i64, i64, String)> = fetch_by_ids(
        conn,
        "-- dialogs.open_ids_of_operators
         SELECT id, connection_id, external_chat_id FROM dialog
         WHERE session_state = 'active' AND operator_id IN ({ids})",
        &ids,
    )
    .await?;
    rows.sort_by(|a, b| (a.1, &a.2).cmp(&(b.1, &b.2)));
    Ok(rows.into_iter().map(|(id, ..)| DialogId(id)).collect())
}

/// Open dialogs of a connection, newest activity first, at most `limit`, in the order of locks.
pub(crate) async fn open_ids_of_connection(
    conn: &mut Conn,
    connection: ConnectionId,
    limit: i64,
) -> Result<Vec<(DialogId, String)>, sqlx::Error> {
    let mut rows: Vec<(i64, String)> = sqlx::query_as(
        "-- dialogs.open_ids_of_connection
         SELECT id, external_chat_id FROM dialog WHERE connection_id = $1 AND session_state <> 'closed'
         ORDER BY last_activity_at DESC LIMIT $2",
    )
    .bind(connection.get())
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(rows.into_iter().map(|(id, chat)| (DialogId(id), chat)).collect())
}
