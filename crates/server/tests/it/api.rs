//! The portal's API as a signed-in person's browser uses it.

use std::time::Duration;

use http::Method;
use openlines_edge::client::{Answer, Client, Outgoing};
use serde_json::{Value, json};

use crate::process::{Process, local_client};

const PATIENCE: Duration = Duration::from_secs(30);
const BODY_MAX: usize = 16 * 1024 * 1024;

/// One browser.
pub(crate) struct Api {
    base: String,
    client: Client,
    cookie: String,
    csrf: String,
}

impl Api {
    /// First run: company and administrator. `code` is what the terminal printed.
    pub(crate) async fn set_up(process: &Process, code: &str) -> Self {
        let body = json!({
            "code": code,
            "company": {"name": "Shop", "time_zone": "Europe/Moscow", "language": "en"},
            "admin": {"name": "Ivan", "email": "ivan@example.org", "password": "correct horse battery"},
        });
        Self::enter(process, "/api/setup", &body).await
    }

    /// Signs in again, in another browser or after a restart.
    pub(crate) async fn sign_in(process: &Process) -> Self {
        Self::enter(process, "/api/login", &json!({"email": "ivan@example.org", "password": "correct horse battery"}))
            .await
    }

    async fn enter(process: &Process, path: &str, body: &Value) -> Self {
        let mut api = Self { base: process.url(), client: local_client(), cookie: String::new(), csrf: String::new() };
        let answer = api.send(Method::POST, path, Some(body)).await.expect("an answer");
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        let cookie = answer.headers.get("set-cookie").expect("a cookie").to_str().expect("text");
        api.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let me = api.get("/api/me").await;
        api.csrf = me["me"]["csrf_token"].as_str().expect("a token").to_owned();
        api
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, openlines_edge::client::ClientError> {
        let mut request = Outgoing::new(method, format!("{}{path}", self.base), PATIENCE);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        request =
            request.header("cookie", &self.cookie).header("x-csrf-token", &self.csrf).header("origin", &self.base);
        self.client.send(request, BODY_MAX).await
    }

    /// Asks and expects success.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.must(Method::GET, path, None).await
    }

    /// Does and expects success.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.must(Method::POST, path, Some(&body)).await
    }

    async fn must(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let answer = self.send(method.clone(), path, body).await.expect("an answer");
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(answer.status.is_success(), "{method} {path}: {} {text}", answer.status);
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") }
    }

    /// All messages of a dialog's customer, oldest first, page by page.
    pub(crate) async fn incoming_texts(&self, dialog: i64) -> Vec<String> {
        let (mut texts, mut after) = (Vec::new(), 0);
        loop {
            let page = self.get(&format!("/api/dialogs/{dialog}/messages?after={after}&limit=200")).await;
            let messages = page["messages"].as_array().expect("a list").clone();
            for message in &messages {
                if message["kind"] == "incoming" {
                    texts.push(message["text"].as_str().unwrap_or_default().to_owned());
                }
                after = message["id"].as_i64().expect("an id");
            }
            if messages.is_empty() || page["meta"]["more_after"] == false {
                return texts;
            }
        }
    }
}
