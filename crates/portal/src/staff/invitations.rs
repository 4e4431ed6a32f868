//! Invitations: a link that makes its holder a colleague, once.

use std::time::Duration;

use openlines_base::{DAY, Secret, Time};
use openlines_store::{Conn, StoreError};
use serde_json::json;

use super::auth::token_hash;
use super::logins::{self, NewLogin};
use super::rules::check_password;
use super::sign_in::{LINK_BYTES, Visitor, page_link};
use super::store::{self, NewOperator};
use super::{Invitation, Role, Signed, StaffError};
use crate::audit::{self, Act};
use crate::check::{self, BadField};
use crate::live::{Audience, Entity, record};
use crate::{InvitationId, LineId, OperatorId, Parts};

/// An invitation ends after so long.
const INVITATION_LIFE: Duration = Duration::from_secs(7 * DAY.as_secs());
/// Open invitations at once.
const OPEN_MAX: i64 = 500;
/// Lines that one invitation promises.
const LINES_MAX: usize = 100;
/// Rows kept in the list: open ones and what was accepted lately.
const LIST_MAX: i64 = 1000;

/// What an invitation promises.
#[derive(Debug)]
pub(crate) struct Promise {
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) role: Role,
    pub(crate) line_ids: Vec<LineId>,
}

/// Makes an invitation and the link that is shown once.
pub(crate) async fn invite(
    parts: &Parts,
    admin: &Signed,
    promise: Promise,
) -> Result<(Invitation, String), StaffError> {
    let filled = |it: &Option<String>| it.as_deref().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned);
    let email = filled(&promise.email).map(|it| check::email("email", &it)).transpose()?.unwrap_or_default();
    let name = filled(&promise.name).map(|it| check::name("name", &it)).transpose()?.unwrap_or_default();
    if promise.line_ids.len() > LINES_MAX {
        return Err(BadField::new("line_ids", format!("at most {LINES_MAX} lines; add the others later")).into());
    }
    let now = parts.clock.now();
    let token = parts.rng.token(LINK_BYTES);
    let mut tx = parts.db.tx("invite").await?;
    check_lines(&mut tx, &promise.line_ids).await?;
    let (taken, open): (i64, i64) = sqlx::query_as(
        "-- staff.before_invite
         SELECT (SELECT COUNT(*) FROM operator WHERE email = $1),
             (SELECT COUNT(*) FROM invitation WHERE kind = 'join' AND accepted_at IS NULL AND expires_at > $2)",
    )
    .bind(&email)
    .bind(now.ms())
    .fetch_one(&mut *tx)
    .await?;
    if taken > 0 {
        return Err(StaffError::EmailTaken);
    }
    if open >= OPEN_MAX {
        return Err(BadField::new("email", "too many open invitations; withdraw some first").into());
    }
    let lines: Vec<i64> = promise.line_ids.iter().map(|it| it.get()).collect();
    let id: i64 = sqlx::query_scalar(
        "-- staff.invite
         INSERT INTO invitation (kind, token_hash, email, name, role, line_ids, created_by, created_at, expires_at)
         VALUES ('join', $1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
    )
    .bind(token_hash(&token))
    .bind(&email)
    .bind(&name)
    .bind(promise.role.word())
    .bind(json!(lines).to_string())
    .bind(admin.operator.get())
    .bind(now.ms())
    .bind((now + INVITATION_LIFE).ms())
    .fetch_one(&mut *tx)
    .await?;
    let act = Act { act: "invitation.make", entity: "invitation", id: Some(id) };
    audit::note(&mut tx, now, Some(admin.operator), act, &json!({"email": email, "role": promise.role})).await?;
    tx.commit().await?;
    let invitation = Invitation {
        id: InvitationId(id),
        email,
        name,
        role: promise.role,
        line_ids: promise.line_ids,
        created_at: now,
        expires_at: now + INVITATION_LIFE,
        accepted_at: None,
    };
    Ok((invitation, page_link(parts, "join", &token)))
}

/// The newest invitations, newest first.
pub(crate) async fn list(conn: &mut Conn) -> Result<Vec<Invitation>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "-- staff.list_invitations
         SELECT id, email, name, role, line_ids, created_at, expires_at, accepted_at
         FROM invitation WHERE kind = 'join' ORDER BY id DESC LIMIT $1",
    )
    .bind(LIST_MAX)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Row::into_invitation).collect())
}

/// Withdraws an invitation, whatever its state.
pub(crate) async fn withdraw(parts: &Parts, admin: &Signed, id: InvitationId) -> Result<(), StaffError> {
    let mut tx = parts.db.tx("withdraw_invitation").await?;
    let done = sqlx::query("-- staff.withdraw\n DELETE FROM invitation WHERE id = $1 AND kind = 'join'")
        .bind(id.get())
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Err(StaffError::NotFound("invitation"));
    }
    let act = Act { act: "invitation.withdraw", entity: "invitation", id: Some(id.get()) };
    audit::note(&mut tx, parts.clock.now(), Some(admin.operator), act, &json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Finds an open invitation by its token.
pub(crate) async fn look(conn: &mut Conn, token: &str, now: Time) -> Result<Invitation, StaffError> {
    let row: Option<Row> = sqlx::query_as(
        "-- staff.look_invitation
         SELECT id, email, name, role, line_ids, created_at, expires_at, accepted_at FROM invitation
         WHERE token_hash = $1 AND kind = 'join' AND accepted_at IS NULL AND expires_at > $2",
    )
    .bind(token_hash(token))
    .bind(now.ms())
    .fetch_optional(conn)
    .await?;
    row.map(Row::into_invitation).ok_or(StaffError::InvitationGone)
}

/// Who comes.
#[derive(Debug)]
pub(crate) struct Newcomer {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) password: Secret<String>,
}

/// Makes the colleague, puts them into the promised lines and signs them in.
pub(crate) async fn accept(
    parts: &Parts,
    token: &str,
    newcomer: &Newcomer,
    visitor: &Visitor,
) -> Result<(OperatorId, NewLogin), StaffError> {
    let now = parts.clock.now();
    let mut read = parts.db.read().await?;
    // Before anything is hashed: only holders of a good link make us work.
    look(&mut read, token, now).await?;
    drop(read);
    let name = check::name("name", &newcomer.name)?;
    let email = check::email("email", &newcomer.email)?;
    check_password("password", newcomer.password.expose(), &email)?;
    let hash = parts.passwords.hash(&newcomer.password, &*parts.rng).await?;

    let mut tx = parts.db.tx("accept_invitation").await?;
    let row: Option<Row> = sqlx::query_as(
        "-- staff.accept_invitation
         UPDATE invitation SET accepted_at = $2
         WHERE token_hash = $1 AND kind = 'join' AND accepted_at IS NULL AND expires_at > $2
         RETURNING id, email, name, role, line_ids, created_at, expires_at, accepted_at",
    )
    .bind(token_hash(token))
    .bind(now.ms())
    .fetch_optional(&mut *tx)
    .await?;
    let invitation = row.map(Row::into_invitation).ok_or(StaffError::InvitationGone)?;
    let new = NewOperator { name: &name, email: &email, password_hash: &hash, role: invitation.role };
    let operator = store::insert_operator(&mut tx, &new, now).await?.ok_or(StaffError::EmailTaken)?;
    store::join_lines(&mut tx, operator, &invitation.line_ids).await?;
    let login = logins::open_login(&mut tx, parts, operator, &visitor.user_agent).await?;
    let act = Act { act: "invitation.accept", entity: "operator", id: Some(operator.get()) };
    audit::note(&mut tx, now, Some(operator), act, &json!({"invitation": invitation.id})).await?;
    record(&mut tx, now, Entity::Operator(operator), Audience::All).await?;
    for line in &invitation.line_ids {
        record(&mut tx, now, Entity::Line(*line), Audience::All).await?;
    }
    tx.commit().await?;
    super::people::ring(parts);
    Ok((operator, login))
}

/// Forgets links that ran out long ago.
pub(crate) async fn sweep(conn: &mut Conn, now: Time) -> Result<(), StoreError> {
    sqlx::query("-- staff.sweep_invitations\n DELETE FROM invitation WHERE expires_at < $1 AND kind = 'sign_in'")
        .bind(now.ms())
        .execute(conn)
        .await?;
    Ok(())
}

async fn check_lines(conn: &mut Conn, lines: &[LineId]) -> Result<(), StaffError> {
    for line in lines {
        let found: Option<i64> = sqlx::query_scalar("SELECT id FROM line WHERE id = $1 AND deleted_at IS NULL")
            .bind(line.get())
            .fetch_optional(&mut *conn)
            .await?;
        if found.is_none() {
            return Err(BadField::new("line_ids", format!("there is no line {line}")).into());
        }
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    email: String,
    name: String,
    role: String,
    line_ids: String,
    created_at: i64,
    expires_at: i64,
    accepted_at: Option<i64>,
}

impl Row {
    fn into_invitation(self) -> Invitation {
        Invitation {
            id: InvitationId(self.id),
            email: self.email,
            name: self.name,
            role: Role::of(&self.role).unwrap_or(Role::Operator),
            line_ids: serde_json::from_str(&self.line_ids).unwrap_or_default(),
            created_at: Time::from_ms(self.created_at),
            expires_at: Time::from_ms(self.expires_at),
            accepted_at: self.accepted_at.map(Time::from_ms),
        }
    }
}
