//! Browsers that are signed in: opening, finding, ending their logins.

use std::time::Duration;

use http::HeaderValue;
use openlines_base::{DAY, Secret, Time};
use openlines_store::{Conn, StoreError};

use super::auth::{LOGIN_COOKIE, token_hash};
use crate::{LoginId, OperatorId, Parts};

/// A login that is not used for so long ends.
const LOGIN_LIFE: Duration = Duration::from_secs(14 * 24 * 3600);
/// Logins of one person at once; a new one ends the one that was used least lately.
const LOGINS_MAX: i64 = 20;
/// Characters of the browser's name that are kept.
const USER_AGENT_MAX: usize = 200;
/// Random bytes of a login's token.
const TOKEN_BYTES: usize = 32;

/// A login just opened; its token is known only now.
#[derive(Debug)]
pub(crate) struct NewLogin {
    pub(crate) token: Secret<String>,
    pub(crate) csrf_token: Secret<String>,
}

impl NewLogin {
    /// The cookie that keeps it. `Secure` as soon as the portal is reached by https.
    pub(crate) fn cookie(&self, parts: &Parts) -> HeaderValue {
        cookie(self.token.expose(), LOGIN_LIFE, parts)
    }
}

/// The cookie that makes a browser forget.
pub(crate) fn gone_cookie(parts: &Parts) -> HeaderValue {
    cookie("", Duration::ZERO, parts)
}

fn cookie(token: &str, life: Duration, parts: &Parts) -> HeaderValue {
    let secure = if parts.public_url.scheme() == "https" { "; Secure" } else { "" };
    let age = life.as_secs();
    let text = format!("{LOGIN_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
    HeaderValue::from_str(&text).expect("a token is of base64url characters")
}

/// Opens a login for a person who has proved who they are.
pub(crate) async fn open_login(
    conn: &mut Conn,
    parts: &Parts,
    operator: OperatorId,
    user_agent: &str,
) -> Result<NewLogin, StoreError> {
    let now = parts.clock.now();
    let login =
        NewLogin { token: parts.rng.token(TOKEN_BYTES).into(), csrf_token: parts.rng.token(TOKEN_BYTES).into() };
    sqlx::query(
        "-- staff.open_login
         INSERT INTO login (operator_id, token_hash, csrf_token, created_at, used_at, expires_at, user_agent)
         VALUES ($1, $2, $3, $4, $4, $5, $6)",
    )
    .bind(operator.get())
    .bind(token_hash(login.token.expose()))
    .bind(login.csrf_token.expose())
    .bind(now.ms())
    .bind((now + LOGIN_LIFE).ms())
    .bind(user_agent.chars().take(USER_AGENT_MAX).collect::<String>())
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "-- staff.drop_oldest_logins
         DELETE FROM login WHERE operator_id = $1 AND id NOT IN
             (SELECT id FROM login WHERE operator_id = $1 ORDER BY used_at DESC, id DESC LIMIT $2)",
    )
    .bind(operator.get())
    .bind(LOGINS_MAX)
    .execute(conn)
    .await?;
    Ok(login)
}

/// Notes that a login is in use and lets it live on. Called when the app starts and while a socket is open, not on
/// each request.
pub(crate) async fn touch_login(conn: &mut Conn, login: LoginId, now: Time) -> Result<(), StoreError> {
    sqlx::query(
        "-- staff.touch_login
         UPDATE login SET used_at = $2, expires_at = $3 WHERE id = $1 AND used_at < $4",
    )
    .bind(login.get())
    .bind(now.ms())
    .bind((now + LOGIN_LIFE).ms())
    .bind((now - DAY / 24).ms())
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends one login.
pub(crate) async fn close_login(conn: &mut Conn, login: LoginId) -> Result<(), StoreError> {
    sqlx::query("-- staff.close_login\n DELETE FROM login WHERE id = $1").bind(login.get()).execute(conn).await?;
    Ok(())
}

/// Ends all logins of a person but one: the password changed, the person left.
pub(crate) async fn close_logins(
    conn: &mut Conn,
    operator: OperatorId,
    but: Option<LoginId>,
) -> Result<(), StoreError> {
    sqlx::query("-- staff.close_logins\n DELETE FROM login WHERE operator_id = $1 AND id <> $2")
        .bind(operator.get())
        .bind(but.map_or(0, LoginId::get))
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets logins that ran out.
pub(crate) async fn sweep_logins(conn: &mut Conn, now: Time) -> Result<(), StoreError> {
    sqlx::query("-- staff.sweep_logins\n DELETE FROM login WHERE expires_at < $1").bind(now.ms()).execute(conn).await?;
    Ok(())
}
