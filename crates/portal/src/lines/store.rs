//! SQL of lines and their queues.

use openlines_store::Conn;
use sqlx::FromRow;

use super::{Line, LineTexts, Mode};
use crate::sql::{fetch_by_ids, in_order_of};
use crate::staff::Language;
use crate::{LineId, OperatorId};

/// What distribution and automatic texts need to know of a line.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) language: Language,
    pub(crate) texts: LineTexts,
    pub(crate) company: String,
}

/// Reads a line's settings; `None` for a line that never was.
///
/// # Errors
/// The database is away.
pub(crate) async fn settings(conn: &mut Conn, line: LineId) -> Result<Option<Settings>, sqlx::Error> {
    let row: Option<(String, String, String, Option<String>)> = sqlx::query_as(
        "-- lines.settings
         SELECT l.name, l.language, l.texts, c.name FROM line l LEFT JOIN company c ON c.id = 1 WHERE l.id = $1",
    )
    .bind(line.get())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(name, language, texts, company)| Settings {
        name,
        language: Language::of(&language).unwrap_or(Language::En),
        texts: read_texts(&texts),
        company: company.unwrap_or_default(),
    }))
}

fn read_texts(json: &str) -> LineTexts {
    serde_json::from_str(json).unwrap_or_default()
}

#[derive(FromRow)]
struct Row {
    id: i64,
    version: i64,
    name: String,
    mode: String,
    accept_time_s: i64,
    capacity: i64,
    check_presence: i64,
    target_wait_s: i64,
    language: String,
    texts: String,
    waiting: i64,
}

#[derive(FromRow)]
struct Member {
    line_id: i64,
    operator_id: i64,
    on_line: i64,
}

/// Loads lines in the order asked; unknown and deleted ones are left out.
///
/// # Errors
/// The database is away.
pub async fn load(conn: &mut Conn, ids: &[LineId]) -> Result<Vec<Line>, sqlx::Error> {
    let ids: Vec<i64> = ids.iter().map(|it| it.get()).collect();
    let rows: Vec<Row> = fetch_by_ids(
        conn,
        "-- lines.load
         SELECT l.id, l.version, l.name, l.mode, l.accept_time_s, l.capacity, l.check_presence, l.target_wait_s,
                l.language, l.texts,
                (SELECT COUNT(*) FROM dialog d
                 WHERE d.line_id = l.id AND d.session_state IN ('waiting', 'offered')) AS waiting
         FROM line l WHERE l.deleted_at IS NULL AND l.id IN ({ids})",
        &ids,
    )
    .await?;
    let members: Vec<Member> = fetch_by_ids(
        conn,
        "-- lines.load_queues
         SELECT q.line_id, q.operator_id,
                CASE WHEN o.active = 1 AND o.status = 'available' AND o.online = 1 THEN 1 ELSE 0 END AS on_line
         FROM line_operator q JOIN operator o ON o.id = q.operator_id
         WHERE q.line_id IN ({ids}) ORDER BY q.line_id, q.position, q.operator_id",
        &ids,
    )
    .await?;
    Ok(in_order_of(&ids, rows, |it| it.id).into_iter().map(|row| line(row, &members)).collect())
}

fn line(row: Row, members: &[Member]) -> Line {
    let mut texts = read_texts(&row.texts);
    texts.greeting.when = Some(texts.greeting.when.unwrap_or_default());
    texts.closing.when = None;
    let queue: Vec<&Member> = members.iter().filter(|it| it.line_id == row.id).collect();
    Line {
        id: row.id.into(),
        version: row.version,
        name: row.name,
        mode: Mode::of(&row.mode),
        accept_time_s: row.accept_time_s,
        capacity: row.capacity,
        check_presence: row.check_presence == 1,
        target_wait_s: row.target_wait_s,
        on_line: queue.iter().map(|it| it.on_line).sum(),
        operator_ids: queue.iter().map(|it| OperatorId(it.operator_id)).collect(),
        greeting: texts.greeting,
        closing: texts.closing,
        language: Language::of(&row.language).unwrap_or(Language::En),
        waiting: row.waiting,
    }
}

/// All lines that are not deleted, by name order of creation.
pub(super) async fn all(conn: &mut Conn) -> Result<Vec<LineId>, sqlx::Error> {
    let ids: Vec<i64> = sqlx::query_scalar("-- lines.all\n SELECT id FROM line WHERE deleted_at IS NULL ORDER BY id")
        .fetch_all(conn)
        .await?;
    Ok(ids.into_iter().map(LineId).collect())
}

/// Locks a line against other changes of it. False if it is not there.
pub(super) async fn lock(conn: &mut Conn, line: LineId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "-- lines.lock
         UPDATE line SET version = version + 1 WHERE id = $1 AND deleted_at IS NULL",
    )
    .bind(line.get())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn insert(conn: &mut Conn, now_ms: i64, name: &str, language: &str) -> Result<LineId, sqlx::Error> {
    let id: i64 = sqlx::query_scalar(
        "-- lines.insert
         INSERT INTO line (name, language, created_at) VALUES ($1, $2, $3) RETURNING id",
    )
    .bind(name)
    .bind(language)
    .bind(now_ms)
    .fetch_one(conn)
    .await?;
    Ok(LineId(id))
}

/// Language of the company, for a line that names none.
pub(super) async fn company_language(conn: &mut Conn) -> Result<String, sqlx::Error> {
    let language: Option<String> =
        sqlx::query_scalar("-- lines.company_language\n SELECT language FROM company WHERE id = 1")
            .fetch_optional(conn)
            .await?;
    Ok(language.unwrap_or_else(|| "en".to_owned()))
}

/// Columns to change; `None` leaves one as it is.
#[derive(Debug, Default)]
pub(super) struct Columns<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) mode: Option<&'static str>,
    pub(super) accept_time_s: Option<i64>,
    pub(super) capacity: Option<i64>,
    pub(super) check_presence: Option<i64>,
    pub(super) target_wait_s: Option<i64>,
    pub(super) language: Option<&'static str>,
    pub(super) texts: Option<String>,
}

pub(super) async fn update(conn: &mut Conn, line: LineId, columns: &Columns<'_>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- lines.update
         UPDATE line SET name = COALESCE($2, name), mode = COALESCE($3, mode),
             accept_time_s = COALESCE($4, accept_time_s), capacity = COALESCE($5, capacity),
             check_presence = COALESCE($6, check_presence), target_wait_s = COALESCE($7, target_wait_s),
             language = COALESCE($8, language), texts = COALESCE($9, texts)
         WHERE id = $1",
    )
    .bind(line.get())
    .bind(columns.name)
    .bind(columns.mode)
    .bind(columns.accept_time_s)
    .bind(columns.capacity)
    .bind(columns.check_presence)
    .bind(columns.target_wait_s)
    .bind(columns.language)
    .bind(columns.texts.as_deref())
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn queue(conn: &mut Conn, line: LineId) -> Result<Vec<OperatorId>, sqlx::Error> {
    let ids: Vec<i64> = sqlx::query_scalar(
        "-- lines.queue\n SELECT operator_id FROM line_operator WHERE line_id = $1 ORDER BY position",
    )
    .bind(line.get())
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(OperatorId).collect())
}

/// Which of these people are there.
pub(super) async fn existing(conn: &mut Conn, operators: &[OperatorId]) -> Result<Vec<OperatorId>, sqlx::Error> {
    let ids: Vec<i64> = operators.iter().map(|it| it.get()).collect();
    let found: Vec<(i64,)> =
        fetch_by_ids(conn, "-- lines.existing\n SELECT id FROM operator WHERE id IN ({ids})", &ids).await?;
    Ok(found.into_iter().map(|(id,)| OperatorId(id)).collect())
}

/// Puts an operator at a place of the queue; when they last got a dialog is remembered.
pub(super) async fn place(conn: &mut Conn, line: LineId, operator: OperatorId, at: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "-- lines.place
         INSERT INTO line_operator (line_id, operator_id, position) VALUES ($1, $2, $3)
         ON CONFLICT (line_id, operator_id) DO UPDATE SET position = excluded.position",
    )
    .bind(line.get())
    .bind(operator.get())
    .bind(at)
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn take_out(conn: &mut Conn, line: LineId, operator: OperatorId) -> Result<(), sqlx::Error> {
    sqlx::query("-- lines.take_out\n DELETE FROM line_operator WHERE line_id = $1 AND operator_id = $2")
        .bind(line.get())
        .bind(operator.get())
        .execute(conn)
        .await
        .map(drop)
}

/// Connections and open dialogs that still need the line.
pub(super) async fn users(conn: &mut Conn, line: LineId) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as(
        "-- lines.users
         SELECT (SELECT COUNT(*) FROM connection WHERE line_id = $1 AND state <> 'removed'),
                (SELECT COUNT(*) FROM dialog WHERE line_id = $1 AND session_state IN ('waiting', 'offered', 'active'))",
    )
    .bind(line.get())
    .fetch_one(conn)
    .await
}

pub(super) async fn mark_deleted(conn: &mut Conn, line: LineId, now_ms: i64) -> Result<(), sqlx::Error> {
    sqlx::query("-- lines.mark_deleted\n UPDATE line SET deleted_at = $2 WHERE id = $1")
        .bind(line.get())
        .bind(now_ms)
        .execute(&mut *conn)
        .await?;
    sqlx::query("-- lines.clear_queue\n DELETE FROM line_operator WHERE line_id = $1")
        .bind(line.get())
        .execute(conn)
        .await
        .map(drop)
}
