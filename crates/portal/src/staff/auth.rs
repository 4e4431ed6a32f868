//! Who is asking: the login cookie, the CSRF token, the extractors that every endpoint takes.
//!
//! [`require_login`] lies over the whole API but the few open endpoints, so an endpoint that forgets to ask is closed,
//! not open. It reads the login from the store on each request: a revoked login ends with the next request.

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts as Head;
use http::{HeaderMap, Method, header};
use openlines_base::Secret;
use openlines_edge::Problem;
use openlines_store::{Conn, StoreError};
use ring::digest;
use url::Url;

use super::Role;
use crate::{LoginId, OperatorId, Parts};

/// Name of the login cookie.
pub(crate) const LOGIN_COOKIE: &str = "ol_login";
/// Header that carries the CSRF token.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// A signed-in person. Take it as an argument in every endpoint.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Who.
    pub operator: OperatorId,
    /// As what.
    pub role: Role,
    /// With which browser.
    pub login: LoginId,
    pub(crate) csrf_token: Secret<String>,
}

impl Signed {
    /// Whether all lines and the settings are theirs.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Head, _: &S) -> Result<Self, Problem> {
        head.extensions.get::<Self>().cloned().ok_or_else(Problem::login_needed)
    }
}

/// A signed-in admin; others get 403.
#[derive(Debug, Clone)]
pub struct Admin(pub Signed);

impl<S: Send + Sync> FromRequestParts<S> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Head, state: &S) -> Result<Self, Problem> {
        let signed = Signed::from_request_parts(head, state).await?;
        if signed.is_admin() { Ok(Self(signed)) } else { Err(Problem::forbidden("only an administrator may do this")) }
    }
}

/// Layer over all endpoints that need a login: finds it, and checks the CSRF token where something may change.
pub(crate) async fn require_login(
    State(parts): State<Parts>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let token = login_cookie(request.headers()).ok_or_else(Problem::login_needed)?;
    let mut read = parts.db.read().await?;
    let signed = find_login(&mut read, &token_hash(token), parts.clock.now().ms()).await?;
    drop(read);
    let signed = signed.ok_or_else(Problem::login_needed)?;
    if changes_something(request.method()) {
        // The token is what protects; a page of another site that came by it somehow is refused all the same.
        if !is_same_origin(request.headers(), &parts.public_url) {
            return Err(from_elsewhere());
        }
        let sent = request.headers().get(CSRF_HEADER).map(http::HeaderValue::as_bytes).unwrap_or_default();
        if !signed.csrf_token.matches(sent) {
            return Err(Problem::forbidden(format!(
                "send the header `{CSRF_HEADER}` with the `csrf_token` of /api/me"
            )));
        }
    }
    request.extensions_mut().insert(signed);
    Ok(next.run(request).await)
}

/// Layer over the open endpoints, which have no CSRF token: no other site may call them from a browser.
pub(crate) async fn same_origin_only(
    State(parts): State<Parts>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if changes_something(request.method()) && !is_same_origin(request.headers(), &parts.public_url) {
        return Err(from_elsewhere());
    }
    Ok(next.run(request).await)
}

fn from_elsewhere() -> Problem {
    Problem::forbidden("this was sent from a page of another site")
}

/// Whether the request comes from a page of ours, or from no page at all (a program sends neither header).
pub(crate) fn is_same_origin(headers: &HeaderMap, public_url: &Url) -> bool {
    let text = |name: &str| headers.get(name).map(|it| it.to_str().unwrap_or("junk"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some("same-origin" | "none"), _) | (None, None) => true,
        // Browsers leave `sec-fetch-site` out on plain http, so the origin is what tells there.
        (None, Some(origin)) => {
            let Ok(origin) = Url::parse(origin) else { return false };
            let host = text("host").and_then(|it| Url::parse(&format!("{}://{it}", origin.scheme())).ok());
            origin.origin() == public_url.origin() || host.is_some_and(|it| it.origin() == origin.origin())
        }
        (Some(_), _) => false,
    }
}

/// The token of the login cookie, if any. Of two the first counts.
pub(crate) fn login_cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = all.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|(name, _)| *name == LOGIN_COOKIE).map(|(_, token)| token)
}

/// What is stored of a token: its SHA-256 in hex, so a stolen table opens nothing.
pub(crate) fn token_hash(token: &str) -> String {
    hex(digest::digest(&digest::SHA256, token.as_bytes()).as_ref())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

fn changes_something(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

async fn find_login(conn: &mut Conn, token_hash: &str, now_ms: i64) -> Result<Option<Signed>, StoreError> {
    let row: Option<(i64, i64, String, String)> = sqlx::query_as(
        "-- staff.find_login
         SELECT l.id, o.id, o.role, l.csrf_token FROM login l JOIN operator o ON o.id = l.operator_id
         WHERE l.token_hash = $1 AND l.expires_at > $2 AND o.active = 1",
    )
    .bind(token_hash)
    .bind(now_ms)
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(|(login, operator, role, csrf_token)| {
        let role = Role::of(&role)?;
        Some(Signed { operator: operator.into(), role, login: login.into(), csrf_token: csrf_token.into() })
    }))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_our_own_pages_and_programs_may_call_open_endpoints() {
        let public: Url = "https://desk.example".parse().unwrap();
        let rows = [
            ("a program", vec![], true),
            ("our page", vec![("sec-fetch-site", "same-origin"), ("origin", "https://desk.example")], true),
            ("typed into the address bar", vec![("sec-fetch-site", "none")], true),
            ("another site", vec![("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], false),
            ("a sibling", vec![("sec-fetch-site", "same-site"), ("origin", "https://x.desk.example")], false),
            ("our address without fetch metadata", vec![("origin", "https://desk.example")], true),
            ("inside the network", vec![("origin", "http://10.0.0.5:8080"), ("host", "10.0.0.5:8080")], true),
            ("another port", vec![("origin", "http://10.0.0.5:9090"), ("host", "10.0.0.5:8080")], false),
            ("a sandboxed frame", vec![("origin", "null")], false),
            ("junk", vec![("origin", "\u{e9}")], false),
        ];
        for (name, pairs, expected) in rows {
            let mut headers = HeaderMap::new();
            for (key, value) in pairs {
                headers.insert(key, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            assert_eq!(is_same_origin(&headers, &public), expected, "{name}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=1; ol_login=token; xol_login=no"));
        assert_eq!(login_cookie(&headers), Some("token"));
        headers.insert(header::COOKIE, HeaderValue::from_static("xol_login=no"));
        assert_eq!(login_cookie(&headers), None);
    }
}
