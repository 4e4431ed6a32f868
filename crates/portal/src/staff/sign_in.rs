//! Signing in: by password, by a one-time link.

use std::time::Duration;

use openlines_base::{Secret, Time};
use openlines_store::{Conn, StoreError};

use super::StaffError;
use super::auth::token_hash;
use super::logins::{self, NewLogin};
use super::tries::{self, Try};
use crate::request::Address;
use crate::{OperatorId, Parts};

/// A sign-in link ends after so long.
const LINK_LIFE: Duration = Duration::from_secs(24 * 3600);
/// Random bytes of a one-time token.
pub(crate) const LINK_BYTES: usize = 32;

/// The browser that signs in.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) address: Address,
    pub(crate) user_agent: String,
}

/// Signs in by address and password. Unknown and deactivated accounts answer in the same words after the same time.
pub(crate) async fn by_password(
    parts: &Parts,
    email: &str,
    password: &Secret<String>,
    visitor: &Visitor,
) -> Result<(OperatorId, NewLogin), StaffError> {
    // Longer ones can belong to nobody; cut, they still count as tries.
    let email: String = email.trim().to_lowercase().chars().take(crate::check::EMAIL_MAX).collect();
    let this = Try::at(&email, visitor.address.0);
    let mut tx = parts.db.tx("begin_sign_in").await?;
    tries::begin(&mut tx, &this, parts.clock.now()).await?;
    let account = find_account(&mut tx, &email).await?;
    tx.commit().await?;

    let hash = account.as_ref().map(|it| it.1.as_str());
    let right = parts.passwords.matches(password, hash).await?;
    let Some((operator, _)) = account.filter(|_| right) else { return Err(StaffError::WrongCredentials) };

    let mut tx = parts.db.tx("sign_in").await?;
    tries::forgive(&mut tx, &this).await?;
    let login = logins::open_login(&mut tx, parts, operator, &visitor.user_agent).await?;
    tx.commit().await?;
    Ok((operator, login))
}

/// Signs in by a one-time link. The link is spent in the same transaction.
pub(crate) async fn by_link(
    parts: &Parts,
    token: &str,
    visitor: &Visitor,
) -> Result<(OperatorId, NewLogin), StaffError> {
    let mut tx = parts.db.tx("sign_in_by_link").await?;
    let operator = spend_link(&mut tx, token, parts.clock.now()).await?.ok_or(StaffError::LinkGone)?;
    let login = logins::open_login(&mut tx, parts, operator, &visitor.user_agent).await?;
    tx.commit().await?;
    Ok((operator, login))
}

/// Makes a one-time link that signs this person in, for the terminal. The token stands behind `#`, so it reaches no log.
///
/// # Errors
/// No such person, or the database is away.
pub(crate) async fn make_link(parts: &Parts, operator: OperatorId) -> Result<String, StaffError> {
    let token = parts.rng.token(LINK_BYTES);
    let now = parts.clock.now();
    let mut tx = parts.db.tx("make_sign_in_link").await?;
    let made = sqlx::query(
        "-- staff.make_link
         INSERT INTO invitation (kind, token_hash, operator_id, created_at, expires_at)
         SELECT 'sign_in', $2, id, $3, $4 FROM operator WHERE id = $1 AND active = 1",
    )
    .bind(operator.get())
    .bind(token_hash(&token))
    .bind(now.ms())
    .bind((now + LINK_LIFE).ms())
    .execute(&mut *tx)
    .await?;
    if made.rows_affected() == 0 {
        return Err(StaffError::NotFound("active operator"));
    }
    tx.commit().await?;
    Ok(page_link(parts, "sign-in", &token))
}

/// Address of a page that takes a token behind `#`.
pub(crate) fn page_link(parts: &Parts, page: &str, token: &str) -> String {
    format!("{}/{page}#token={token}", parts.public_url.as_str().trim_end_matches('/'))
}

async fn find_account(conn: &mut Conn, email: &str) -> Result<Option<(OperatorId, String)>, StoreError> {
    let row: Option<(i64, String)> = sqlx::query_as(
        "-- staff.find_account
         SELECT id, password_hash FROM operator WHERE email = $1 AND active = 1",
    )
    .bind(email)
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(id, hash)| (OperatorId(id), hash)))
}

async fn spend_link(conn: &mut Conn, token: &str, now: Time) -> Result<Option<OperatorId>, StoreError> {
    let id: Option<i64> = sqlx::query_scalar(
        "-- staff.spend_link
         UPDATE invitation SET accepted_at = $2
         WHERE token_hash = $1 AND kind = 'sign_in' AND accepted_at IS NULL AND expires_at > $2
             AND operator_id IN (SELECT id FROM operator WHERE active = 1)
         RETURNING operator_id",
    )
    .bind(token_hash(token))
    .bind(now.ms())
    .fetch_optional(conn)
    .await?;
    Ok(id.map(OperatorId))
}
