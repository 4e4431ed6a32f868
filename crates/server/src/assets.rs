//! The operator interface out of the binary: compressed variants, strong caching, a strict content policy.

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use openlines_base::{Rng as _, SystemRng};
use openlines_edge::Problem;
use rust_embed::{EmbeddedFile, RustEmbed};

/// Files of the interface; in a debug build they are read from the disk, so a change needs no new build of ours.
#[derive(RustEmbed)]
#[folder = "$OL_UI_EMBED"]
struct Files;

/// Where the page expects the nonce of its style tags.
const NONCE_PLACE: &str = "__NONCE__";
/// Nothing inline but the two style tags that carry the nonce, nothing from other hosts but pictures of customers.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-__NONCE__'; style-src-attr 'unsafe-inline'; \
     img-src 'self' blob: data: https:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Answers everything that is no API: a file if there is one, the page for addresses of screens, 404 for a missing file.
pub(crate) async fn serve(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    // A program, or a tab of a newer or older build, must see that there is no such endpoint, not a page.
    if path == "api" || path.starts_with("api/") {
        return Problem::not_found("address").into_response();
    }
    match Files::get(path) {
        Some(file) if !path.is_empty() && path != "index.html" => asset(path, &file, request.headers()),
        // A stale tab that asks for a chunk of an older build must see that it is gone, not a page.
        None if path.rsplit('/').next().is_some_and(|name| name.contains('.')) => StatusCode::NOT_FOUND.into_response(),
        _ => page(),
    }
}

fn asset(path: &str, file: &EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex(&file.metadata.sha256_hash()));
    let mut headers = HeaderMap::new();
    let caching = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    put(&mut headers, header::CACHE_CONTROL, caching);
    put(&mut headers, header::ETAG, &tag);
    put(&mut headers, header::VARY, "accept-encoding");
    put(&mut headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if asked.get(header::IF_NONE_MATCH).is_some_and(|it| it.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    put(&mut headers, header::CONTENT_TYPE, file.metadata.mimetype());
    for (encoding, ending) in [("br", ".br"), ("gzip", ".gz")] {
        if accepts(asked, encoding)
            && let Some(smaller) = Files::get(&format!("{path}{ending}"))
        {
            put(&mut headers, header::CONTENT_ENCODING, encoding);
            return (headers, Body::from(smaller.data.into_owned())).into_response();
        }
    }
    (headers, Body::from(file.data.clone().into_owned())).into_response()
}

fn page() -> Response {
    let Some(file) = Files::get("index.html") else { return StatusCode::NOT_FOUND.into_response() };
    let nonce = SystemRng.token(16);
    let text = String::from_utf8_lossy(&file.data).replace(NONCE_PLACE, &nonce);
    let mut headers = HeaderMap::new();
    put(&mut headers, header::CONTENT_TYPE, "text/html; charset=utf-8");
    put(&mut headers, header::CACHE_CONTROL, "no-cache");
    put(&mut headers, header::CONTENT_SECURITY_POLICY, &POLICY.replace(NONCE_PLACE, &nonce));
    put(&mut headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(&mut headers, header::REFERRER_POLICY, "same-origin");
    put(&mut headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    put(&mut headers, HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(self)");
    (headers, text).into_response()
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn accepts(asked: &HeaderMap, encoding: &str) -> bool {
    let list = asked.get(header::ACCEPT_ENCODING).and_then(|it| it.to_str().ok()).unwrap_or_default();
    list.split(',').any(|it| {
        let (name, quality) = it.split_once(';').unwrap_or((it, ""));
        name.trim().eq_ignore_ascii_case(encoding) && !matches!(quality.trim(), "q=0" | "q=0.0")
    })
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(path: &str) -> Response {
        serve(Request::get(path).header("accept-encoding", "gzip").body(Body::empty()).expect("a request")).await
    }

    #[tokio::test]
    async fn screens_get_the_page_and_missing_files_are_missing() {
        for screen in ["/", "/inbox", "/lines/5/queue"] {
            let response = get(screen).await;
            assert_eq!(response.status(), StatusCode::OK, "{screen}");
            let policy = response.headers()["content-security-policy"].to_str().expect("text").to_owned();
            assert!(!policy.contains(NONCE_PLACE) && policy.contains("'nonce-"), "{policy}");
        }
        for endpoint in ["/api", "/api/gone", "/api/dialogs/5/gone"] {
            assert_eq!(get(endpoint).await.status(), StatusCode::NOT_FOUND, "{endpoint}");
        }
        assert_eq!(get("/assets/gone-1234.js").await.status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn each_page_has_a_nonce_of_its_own() {
        let (one, two) = (get("/").await, get("/").await);
        assert_ne!(one.headers()["content-security-policy"], two.headers()["content-security-policy"]);
    }
}
