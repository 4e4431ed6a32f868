//! Errors as RFC 9457 answers. Only this file knows status numbers.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use openlines_base::{Fault, Kind, Rng as _, SystemRng};
use serde::Serialize;
use utoipa::ToSchema;

/// An error on its way out. Made from any [`Fault`] by `?`.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    // Boxed: it travels in every `Result` of the API.
    body: Box<ProblemBody>,
}

/// Body of an error answer, `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// Always `about:blank`: the meaning is in `code`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What is wrong and what to do, in English; the screen translates by `code` and `field`.
    pub detail: String,
    /// Stable word that a program can act on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// The request field that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// Support code: the same stands in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Members that only some problems have.
    #[serde(flatten)]
    #[schema(ignore)]
    pub more: BTreeMap<&'static str, serde_json::Value>,
}

impl Problem {
    /// A wrong field of a request.
    #[must_use]
    pub fn bad_field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        let mut problem = Self::plain(StatusCode::BAD_REQUEST, None, detail);
        problem.body.field = Some(field.into());
        problem
    }

    /// A wrong request that is not about one field.
    #[must_use]
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::plain(StatusCode::BAD_REQUEST, None, detail)
    }

    /// Sign in first.
    #[must_use]
    pub fn login_needed() -> Self {
        Self::plain(StatusCode::UNAUTHORIZED, Some("login_needed"), "sign in first")
    }

    /// Known, but may not.
    #[must_use]
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::plain(StatusCode::FORBIDDEN, None, detail)
    }

    /// Not there, or not for this caller.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::plain(StatusCode::NOT_FOUND, None, format!("there is no such {what}, or it is not yours to see"))
    }

    /// More bytes than allowed.
    #[must_use]
    pub fn too_big(limit: usize) -> Self {
        Self::plain(StatusCode::PAYLOAD_TOO_LARGE, Some("too_big"), format!("at most {limit} bytes are taken here"))
    }

    /// With a member of its own beside the common ones: `holder_id` of what somebody else has.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<serde_json::Value>) -> Self {
        self.body.more.insert(name, value.into());
        self
    }

    /// A JSON body with more bytes than its route takes.
    #[must_use]
    pub fn body_too_big() -> Self {
        Self::plain(StatusCode::PAYLOAD_TOO_LARGE, Some("too_big"), "the body is too large; send less at a time")
    }

    /// The HTTP status that it will have.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    fn plain(status: StatusCode, code: Option<&'static str>, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let body = ProblemBody {
            kind: "about:blank",
            title,
            status: status.as_u16(),
            detail: detail.into(),
            code,
            field: None,
            retry_after_s: None,
            id: None,
            more: BTreeMap::new(),
        };
        Self { status, body: Box::new(body) }
    }
}

impl<E: Fault> From<E> for Problem {
    fn from(fault: E) -> Self {
        let status = match fault.kind() {
            Kind::BadInput => StatusCode::BAD_REQUEST,
            Kind::Forbidden if fault.needs_login() => StatusCode::UNAUTHORIZED,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Busy if fault.code() == Some("too_many_tries") => StatusCode::TOO_MANY_REQUESTS,
            Kind::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Bug => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut problem = match fault.kind() {
            Kind::Bug => {
                let id = SystemRng.token(9);
                tracing::error!(support.id = %id, error = %chain(&fault), "Request failed by our fault");
                let mut problem =
                    Self::plain(status, None, "something went wrong here; nothing was changed, please try again");
                problem.body.id = Some(id);
                problem
            }
            _ => Self::plain(status, fault.code(), fault.to_string()),
        };
        problem.body.field = fault.field().map(str::to_owned);
        problem.body.retry_after_s = fault.retry_after_s();
        problem
    }
}

/// The error and its causes in one line, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        text.push_str(": ");
        text.push_str(&it.to_string());
        cause = it.source();
    }
    text
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let text = serde_json::to_string(&self.body).expect("strings and numbers always serialise");
        let mut response = (self.status, text).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait_s) = self.body.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the words of {0:?}")]
    struct Sample(Kind);
    impl Fault for Sample {
        fn kind(&self) -> Kind {
            self.0
        }
        fn field(&self) -> Option<&str> {
            Some("name")
        }
        fn retry_after_s(&self) -> Option<u32> {
            Some(7)
        }
    }

    #[test]
    fn each_kind_has_its_status_and_a_bug_hides_its_words() {
        let rows = [
            (Kind::BadInput, 400),
            (Kind::Forbidden, 403),
            (Kind::NotFound, 404),
            (Kind::Conflict, 409),
            (Kind::Busy, 503),
            (Kind::Bug, 500),
        ];
        for (kind, status) in rows {
            let problem = Problem::from(Sample(kind));
            assert_eq!(problem.status(), status, "{kind:?}");
            assert_eq!(problem.body.detail.contains("the words"), kind != Kind::Bug, "{kind:?}");
            assert_eq!(problem.body.id.is_some(), kind == Kind::Bug, "{kind:?}");
            assert_eq!(problem.body.field.as_deref(), Some("name"));
            let response = problem.into_response();
            assert_eq!(response.headers()["retry-after"], "7");
            assert_eq!(response.headers()["content-type"], "application/problem+json");
        }
    }
}
