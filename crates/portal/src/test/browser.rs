//! A browser: keeps its cookie and CSRF token, sends through the whole router.

use std::sync::Mutex;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::OperatorId;

/// Bytes of an answer that a test reads.
const ANSWER_MAX: usize = 64 * 1024 * 1024;

/// One browser of one person.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) router: Router,
    /// Who is signed in, where the harness did it.
    pub(crate) operator: OperatorId,
    pub(crate) cookie: Mutex<Option<String>>,
    pub(crate) csrf_token: Mutex<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// Fails unless the status is this, showing the body.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    /// `status code field` of an error, for table tests.
    pub(crate) fn problem(&self) -> (u16, String, String) {
        let body = self.json();
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        (self.status.as_u16(), text("code"), text("field"))
    }
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        Self { router, operator: OperatorId(0), cookie: Mutex::default(), csrf_token: Mutex::default() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.json(Request::post(path), body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.json(Request::patch(path), body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.json(Request::put(path), body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Request::delete(path), Body::empty()).await
    }

    async fn json(&self, request: http::request::Builder, body: Value) -> Answer {
        self.send(request.header(header::CONTENT_TYPE, "application/json"), Body::from(body.to_string())).await
    }

    /// Sends with the cookie and the token, and keeps what is set.
    pub(crate) async fn send(&self, mut request: http::request::Builder, body: Body) -> Answer {
        if let Some(cookie) = &*self.cookie.lock().unwrap() {
            request = request.header(header::COOKIE, cookie);
        }
        let token = self.csrf_token.lock().unwrap().clone();
        if !token.is_empty() {
            request = request.header("x-csrf-token", token);
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        for cookie in head.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            *self.cookie.lock().unwrap() = Some(pair).filter(|it| !it.ends_with('='));
        }
        let answer = Answer {
            status: head.status,
            headers: head.headers,
            bytes: to_bytes(body, ANSWER_MAX).await.unwrap().to_vec(),
        };
        if let Some(token) = answer.json()["me"]["csrf_token"].as_str() {
            token.clone_into(&mut self.csrf_token.lock().unwrap());
        }
        answer
    }
}
