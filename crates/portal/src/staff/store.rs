//! SQL about operators.

use std::collections::HashMap;

use openlines_base::Time;
use openlines_store::{Conn, StoreError};
use sqlx::FromRow;

use super::{Operator, Presence, Role, Settings};
use crate::{LineId, OperatorId};

#[derive(FromRow)]
struct Row {
    id: i64,
    version: i64,
    name: String,
    email: String,
    role: String,
    active: i64,
    status: String,
    status_since: i64,
    online: i64,
    dialog_limit: i64,
    open_count: i64,
}

const COLUMNS: &str = "SELECT o.id, o.version, o.name, o.email, o.role, o.active, o.status, o.status_since, o.online,
    o.dialog_limit, (SELECT COUNT(*) FROM session s WHERE s.operator_id = o.id AND s.state = 'active') AS open_count
    FROM operator o";

/// All people of the staff, by name.
pub(crate) async fn all_operators(conn: &mut Conn) -> Result<Vec<Operator>, StoreError> {
    let sql = format!("-- staff.all_operators\n {COLUMNS} ORDER BY o.name, o.id");
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *conn).await?;
    with_lines(conn, rows).await
}

/// These people; who is gone is left out.
pub(crate) async fn load_operators(conn: &mut Conn, ids: &[OperatorId]) -> Result<Vec<Operator>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|it| it.get()).collect();
    let sql = format!("-- staff.load_operators\n {COLUMNS} WHERE o.id IN ({})", id_list(&ids));
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *conn).await?;
    with_lines(conn, rows).await
}

/// One person.
pub(crate) async fn load_operator(conn: &mut Conn, id: OperatorId) -> Result<Option<Operator>, StoreError> {
    Ok(load_operators(conn, &[id]).await?.pop())
}

async fn with_lines(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Operator>, StoreError> {
    let pairs: Vec<(i64, i64)> = sqlx::query_as(
        "-- staff.lines_of_all
         SELECT q.operator_id, q.line_id FROM line_operator q JOIN line l ON l.id = q.line_id
         WHERE l.deleted_at IS NULL ORDER BY q.line_id",
    )
    .fetch_all(conn)
    .await?;
    let mut lines: HashMap<i64, Vec<LineId>> = HashMap::new();
    for (operator, line) in pairs {
        lines.entry(operator).or_default().push(LineId(line));
    }
    Ok(rows.into_iter().map(|row| row.into_operator(&mut lines)).collect())
}

impl Row {
    fn into_operator(self, lines: &mut HashMap<i64, Vec<LineId>>) -> Operator {
        Operator {
            id: OperatorId(self.id),
            version: self.version,
            name: self.name,
            email: self.email,
            // Words are ours; one that a newer program wrote gives the least power.
            role: Role::of(&self.role).unwrap_or(Role::Operator),
            active: self.active != 0,
            status: Presence::of(&self.status).unwrap_or(Presence::Off),
            status_since: Time::from_ms(self.status_since),
            online: self.online != 0,
            limit: self.dialog_limit,
            line_ids: lines.remove(&self.id).unwrap_or_default(),
            open_count: self.open_count,
            avatar: None,
        }
    }
}

/// Numbers for `IN (…)`: the two engines share no way to bind a list. `NULL` for none, which matches nothing.
pub(super) fn id_list(ids: &[i64]) -> String {
    if ids.is_empty() {
        return "NULL".to_owned();
    }
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

/// A new person.
#[derive(Debug)]
pub(crate) struct NewOperator<'a> {
    pub(crate) name: &'a str,
    pub(crate) email: &'a str,
    pub(crate) password_hash: &'a str,
    pub(crate) role: Role,
}

/// Adds a person; `None` if the address is taken.
pub(crate) async fn insert_operator(
    conn: &mut Conn,
    new: &NewOperator<'_>,
    now: Time,
) -> Result<Option<OperatorId>, StoreError> {
    let id: Option<i64> = sqlx::query_scalar(
        "-- staff.insert_operator
         INSERT INTO operator (name, email, password_hash, role, status_since, created_at)
         VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (email) DO NOTHING RETURNING id",
    )
    .bind(new.name)
    .bind(new.email)
    .bind(new.password_hash)
    .bind(new.role.word())
    .bind(now.ms())
    .fetch_optional(conn)
    .await?;
    Ok(id.map(OperatorId))
}

/// Puts a person at the end of the queues of lines that exist.
pub(crate) async fn join_lines(conn: &mut Conn, operator: OperatorId, lines: &[LineId]) -> Result<(), StoreError> {
    for line in lines {
        sqlx::query(
            "-- staff.join_lines
             INSERT INTO line_operator (line_id, operator_id, position)
             SELECT id, $2, COALESCE((SELECT MAX(position) + 1 FROM line_operator WHERE line_id = $1), 0)
             FROM line WHERE id = $1 AND deleted_at IS NULL
             ON CONFLICT (line_id, operator_id) DO NOTHING",
        )
        .bind(line.get())
        .bind(operator.get())
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Active admins, this one left out.
pub(crate) async fn other_admins(conn: &mut Conn, but: OperatorId) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar(
        "-- staff.other_admins
         SELECT COUNT(*) FROM operator WHERE role = 'admin' AND active = 1 AND id <> $1",
    )
    .bind(but.get())
    .fetch_one(conn)
    .await?;
    Ok(count)
}

/// A person's own settings and password.
pub(crate) async fn private_of(
    conn: &mut Conn,
    operator: OperatorId,
) -> Result<Option<(Settings, String)>, StoreError> {
    let row: Option<(String, String)> =
        sqlx::query_as("-- staff.private_of\n SELECT settings, password_hash FROM operator WHERE id = $1")
            .bind(operator.get())
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|(settings, hash)| (serde_json::from_str(&settings).unwrap_or_default(), hash)))
}

/// Sets the password.
pub(crate) async fn set_password(conn: &mut Conn, operator: OperatorId, hash: &str) -> Result<(), StoreError> {
    sqlx::query("-- staff.set_password\n UPDATE operator SET password_hash = $2 WHERE id = $1")
        .bind(operator.get())
        .bind(hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// Fields of a person that others may change; absent stays.
#[derive(Debug, Default)]
pub(crate) struct OperatorChange<'a> {
    pub(crate) name: Option<&'a str>,
    pub(crate) role: Option<Role>,
    pub(crate) active: Option<bool>,
    pub(crate) limit: Option<i64>,
}

/// Changes a person; false if there is none.
pub(crate) async fn change_operator(
    conn: &mut Conn,
    operator: OperatorId,
    change: &OperatorChange<'_>,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "-- staff.change_operator
         UPDATE operator SET version = version + 1, name = COALESCE($2, name), role = COALESCE($3, role),
             active = COALESCE($4, active), dialog_limit = COALESCE($5, dialog_limit)
         WHERE id = $1",
    )
    .bind(operator.get())
    .bind(change.name)
    .bind(change.role.map(Role::word))
    .bind(change.active.map(i64::from))
    .bind(change.limit)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
