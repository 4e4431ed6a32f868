//! `openlines demo`: a sample company, made through the same API that a browser uses, and customers who talk.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use http::Method;
use openlines_base::SystemClock;
use openlines_edge::client::{Client, Outgoing, Policy};
use openlines_testkit::FakeTelegram;
use openlines_testkit::telegram::Talk;
use serde_json::{Value, json};

/// One request of the set-up.
const PATIENCE: Duration = Duration::from_secs(30);
const ANSWER_MAX: usize = 1024 * 1024;

/// All customers have written once by then: whoever opens the demo sees a busy list soon.
const EVERYBODY_WITHIN: Duration = Duration::from_secs(90);

/// Colleagues of the sample company: they are off duty, so all customers come to whoever opened the demo.
const COLLEAGUES: [(&str, &str); 2] = [("Anna Lebedeva", "anna@demo.example"), ("Boris Klein", "boris@demo.example")];

/// The simulated messenger; customers talk while it lives.
pub(crate) async fn start_messenger() -> FakeTelegram {
    FakeTelegram::start(Arc::new(SystemClock)).await
}

/// Lets so many customers talk, by and by.
pub(crate) fn start_talking(telegram: &FakeTelegram, customers: u16) {
    let talk = Talk { people: usize::from(customers), everybody_within: EVERYBODY_WITHIN, ..Talk::default() };
    telegram.start_talking(&talk);
}

/// Makes company, team, line and channel at a portal that was never set up. The administrator is on the line.
pub(crate) async fn seed(base: &str, setup_code: &str, telegram: &FakeTelegram, password: &str) -> anyhow::Result<()> {
    let mut visitor = Visitor::new(base);
    visitor
        .post(
            "/api/setup",
            &json!({
                "code": setup_code,
                "company": {"name": "Blue Lamp", "time_zone": "Europe/Berlin", "language": "en"},
                "admin": {"name": "Maria Stern", "email": ADMIN_EMAIL, "password": password},
            }),
        )
        .await?;
    visitor.remember_csrf().await?;
    let me = visitor.get("/api/me").await?;
    let my_id = me["me"]["operator"]["id"].clone();
    for (name, email) in COLLEAGUES {
        let made = visitor
            .post("/api/invitations", &json!({"email": email, "name": name, "role": "operator", "line_ids": []}))
            .await?;
        let url = made["url"].as_str().context("an invitation has a link")?;
        let token = url.split("#token=").nth(1).context("the link carries a token")?;
        let body = json!({"token": token, "name": name, "email": email, "password": password});
        Visitor::new(base).post("/api/invitations/accept", &body).await?;
    }
    let people = visitor.get("/api/operators").await?;
    let mut queue = vec![my_id.clone()];
    let others = people["operators"].as_array().into_iter().flatten().map(|it| it["id"].clone());
    queue.extend(others.filter(|it| *it != my_id));
    let line = visitor
        .post(
            "/api/lines",
            &json!({
                "name": "Shop", "operator_ids": queue, "mode": "evenly", "accept_time_s": 120,
                "greeting": {"enabled": true, "when": "first", "texts": {
                    "en": "Hello, {customer_name}! Thank you for writing to Blue Lamp. One of us is with you in a moment.",
                    "ru": "Здравствуйте, {customer_name}! Спасибо, что написали в «Синюю лампу». Сейчас ответим.",
                }},
            }),
        )
        .await?;
    visitor
        .post(
            "/api/connections",
            &json!({
                "line_id": line["line"]["id"], "channel": "telegram",
                "settings": {"token": telegram.token()}, "take_over": false,
            }),
        )
        .await?;
    visitor.post("/api/me/presence", &json!({"status": "available"})).await?;
    visitor.post("/api/me/checklist", &json!({"dismissed": true})).await?;
    Ok(())
}

/// Who the sign-in link is for.
pub(crate) const ADMIN_EMAIL: &str = "maria@demo.example";

/// A browser without a screen.
struct Visitor {
    base: String,
    client: Client,
    cookie: String,
    csrf: String,
}

impl Visitor {
    fn new(base: &str) -> Self {
        let client = Client::new(Policy { allow_private: true, ..Policy::default() });
        Self { base: base.to_owned(), client, cookie: String::new(), csrf: String::new() }
    }

    async fn remember_csrf(&mut self) -> anyhow::Result<()> {
        let me = self.get("/api/me").await?;
        self.csrf = me["me"]["csrf_token"].as_str().context("the answer has a token")?.to_owned();
        Ok(())
    }

    async fn get(&mut self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, None).await
    }

    async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, Some(body)).await
    }

    async fn send(&mut self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let mut request = Outgoing::new(method, format!("{}{path}", self.base), PATIENCE)
            .header("cookie", &self.cookie)
            .header("x-csrf-token", &self.csrf)
            .header("origin", &self.base);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = self.client.send(request, ANSWER_MAX).await?;
        let text = String::from_utf8_lossy(&answer.body);
        ensure!(answer.status.is_success(), "{path} answered {}: {text}", answer.status);
        if let Some(cookie) = answer.headers.get("set-cookie").and_then(|it| it.to_str().ok()) {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
    }
}
