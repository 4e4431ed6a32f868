//! The fake Telegram by remote control: JSON over HTTP, for tests in other languages.
//!
//! What a Rust test does by calling [`FakeTelegram`], [`FakeBot`] and [`Customer`](crate::telegram::Customer) directly,
//! others do here. The program `fake-telegram` serves it beside the Bot API, on a port of its own.
//!
//! | request | what it does |
//! |---|---|
//! | `POST /bots` `{title}` | makes a bot; `default` names the one that is there from the start |
//! | `GET /bots/{bot}` | its number, token, user name, webhook and how many updates wait |
//! | `POST /bots/{bot}/token` `{change}` | `revoke`, `restore` or `renew` |
//! | `POST /bots/{bot}/faults` | calls go wrong, see [`fault`]; `DELETE` makes all well again |
//! | `GET /bots/{bot}/calls?method=` | the calls of the Bot API |
//! | `POST /bots/{bot}/taken` | waits until the bot has taken all updates |
//! | `POST /bots/{bot}/crowd` `{customers, messages}` | many customers write at once |
//! | `PUT /bots/{bot}/customers/{name}` | how the account looks |
//! | `POST /bots/{bot}/customers/{name}/acts` `{act, …}` | the customer does something, see [`act`] |
//! | `GET /bots/{bot}/customers/{name}/sent?count=` | what the bot sent, in order, once there are so many |
//! | `GET /bots/{bot}/customers/{name}/sent/{message}/file` | the bytes of a file |
//! | `GET /problems` | what was wrong so far; `DELETE` forgives it |
//! | `POST /finish` | the problems, and the end |

pub mod act;
pub mod fault;
mod show;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use http::{StatusCode, header};
use openlines_base::Tasks;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::telegram::{FakeBot, FakeTelegram};
use act::Act;
use fault::FaultPlan;

/// Seconds that a request waits for a state: less than the fake's own patience, so that the caller gets an answer.
const WAIT_MAX_S: u64 = 25;
/// Customers of one crowd, and messages of each.
const CROWD_MAX: usize = 20_000;

/// The control of one fake.
pub struct Control {
    telegram: FakeTelegram,
    bots: Mutex<BTreeMap<i64, FakeBot>>,
    finished: Tasks,
}

impl Control {
    /// Takes the fake over.
    #[must_use]
    pub fn new(telegram: FakeTelegram) -> Arc<Self> {
        let bots = BTreeMap::from([(telegram.bot().id(), telegram.bot().clone())]);
        Arc::new(Self { telegram, bots: Mutex::new(bots), finished: Tasks::new() })
    }

    /// The fake under control.
    #[must_use]
    pub const fn telegram(&self) -> &FakeTelegram {
        &self.telegram
    }

    /// Answers requests until somebody asks for the end.
    ///
    /// # Errors
    /// If the socket fails.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) -> std::io::Result<()> {
        let end = self.finished.token();
        axum::serve(listener, router(Arc::clone(&self))).with_graceful_shutdown(end.cancelled_owned()).await?;
        self.telegram.stop().await;
        Ok(())
    }

    /// Asks [`Control::serve`] to end.
    pub fn end(&self) {
        self.finished.token().cancel();
    }

    fn bot(&self, name: &str) -> Result<FakeBot, Refused> {
        if name == "default" {
            return Ok(self.telegram.bot().clone());
        }
        let bots = self.bots.lock().unwrap_or_else(PoisonError::into_inner);
        let found = name.parse().ok().and_then(|id: i64| bots.get(&id).cloned());
        found.ok_or_else(|| Refused::missing(format!("there is no bot {name}: name its number, or `default`")))
    }
}

type Answer = Result<Json<Value>, Refused>;
type Whole = State<Arc<Control>>;

fn router(control: Arc<Control>) -> Router {
    Router::new()
        .route("/bots", post(new_bot))
        .route("/bots/{bot}", get(show_bot))
        .route("/bots/{bot}/token", post(change_token))
        .route("/bots/{bot}/faults", post(plan_fault).delete(heal))
        .route("/bots/{bot}/calls", get(calls))
        .route("/bots/{bot}/taken", post(until_taken))
        .route("/bots/{bot}/crowd", post(crowd))
        .route("/bots/{bot}/customers/{name}", put(looks))
        .route("/bots/{bot}/customers/{name}/acts", post(acts))
        .route("/bots/{bot}/customers/{name}/sent", get(sent))
        .route("/bots/{bot}/customers/{name}/sent/{message}/file", get(sent_file))
        .route("/problems", get(problems).delete(forgive))
        .route("/finish", post(finish))
        .fallback(async || Refused::missing("no such request".to_owned()))
        .with_state(control)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewBot {
    title: String,
}

async fn new_bot(State(control): Whole, Body(new): Body<NewBot>) -> Answer {
    let bot = control.telegram.new_bot(&new.title);
    let shown = show::bot(&bot);
    control.bots.lock().unwrap_or_else(PoisonError::into_inner).insert(bot.id(), bot);
    Ok(Json(shown))
}

async fn show_bot(State(control): Whole, Path(bot): Path<String>) -> Answer {
    Ok(Json(show::bot(&control.bot(&bot)?)))
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum TokenChange {
    Revoke,
    Restore,
    Renew,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeToken {
    change: TokenChange,
}

async fn change_token(State(control): Whole, Path(bot): Path<String>, Body(ask): Body<ChangeToken>) -> Answer {
    let bot = control.bot(&bot)?;
    match ask.change {
        TokenChange::Revoke => bot.revoke(),
        TokenChange::Restore => bot.restore(),
        TokenChange::Renew => drop(bot.renew_token()),
    }
    Ok(Json(show::bot(&bot)))
}

async fn plan_fault(State(control): Whole, Path(bot): Path<String>, Body(plan): Body<FaultPlan>) -> Answer {
    plan.put_on(&control.bot(&bot)?)?;
    Ok(Json(json!({})))
}

async fn heal(State(control): Whole, Path(bot): Path<String>) -> Answer {
    control.bot(&bot)?.heal();
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct CallFilter {
    method: Option<String>,
}

async fn calls(State(control): Whole, Path(bot): Path<String>, Query(filter): Query<CallFilter>) -> Answer {
    let bot = control.bot(&bot)?;
    let calls = filter.method.map_or_else(|| bot.calls(), |it| bot.calls_of(&it));
    Ok(Json(json!({ "calls": calls.iter().map(show::call).collect::<Vec<_>>() })))
}

async fn until_taken(State(control): Whole, Path(bot): Path<String>) -> Answer {
    let bot = control.bot(&bot)?;
    within("the bot has taken all updates", bot.until_all_taken()).await?;
    Ok(Json(show::bot(&bot)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Crowd {
    customers: usize,
    #[serde(default = "one")]
    messages: usize,
    #[serde(default)]
    prefix: String,
}

const fn one() -> usize {
    1
}

async fn crowd(State(control): Whole, Path(bot): Path<String>, Body(crowd): Body<Crowd>) -> Answer {
    if crowd.customers.saturating_mul(crowd.messages) > CROWD_MAX {
        return Err(Refused::bad(format!("customers: at most {CROWD_MAX} messages at once")));
    }
    let bot = control.bot(&bot)?;
    let prefix = if crowd.prefix.is_empty() { "Customer" } else { &crowd.prefix };
    let people: Vec<_> = (1..=crowd.customers).map(|it| bot.customer(&format!("{prefix} {it:05}"))).collect();
    for message in 1..=crowd.messages {
        for customer in &people {
            // Whether it arrives is asked with `taken`.
            drop(customer.writes(&format!("{message}")));
        }
    }
    Ok(Json(show::bot(&bot)))
}

async fn looks(
    State(control): Whole,
    Path((bot, name)): Path<(String, String)>,
    Body(looks): Body<act::Looks>,
) -> Answer {
    let customer = control.bot(&bot)?.customer(&name);
    looks.put_on(&customer)?;
    Ok(Json(json!({ "id": customer.id() })))
}

async fn acts(State(control): Whole, Path((bot, name)): Path<(String, String)>, Body(act): Body<Act>) -> Answer {
    let done = act.by(&control.bot(&bot)?.customer(&name))?;
    let done: Vec<_> = done.iter().map(|it| json!({ "message": it.message_id(), "update": it.update_id() })).collect();
    Ok(Json(json!({ "written": done })))
}

#[derive(Deserialize)]
struct SentFilter {
    #[serde(default)]
    count: usize,
}

async fn sent(
    State(control): Whole,
    Path((bot, name)): Path<(String, String)>,
    Query(filter): Query<SentFilter>,
) -> Answer {
    let customer = control.bot(&bot)?.customer(&name);
    let what = format!("{name} has {} messages", filter.count);
    let sent = within(&what, customer.until_received(filter.count)).await?;
    let shown: Vec<_> = sent.iter().map(show::sent).collect();
    Ok(Json(json!({ "sent": shown, "typings": customer.typings() })))
}

async fn sent_file(
    State(control): Whole,
    Path((bot, name, message)): Path<(String, String, i64)>,
) -> Result<Response, Refused> {
    let sent = control.bot(&bot)?.customer(&name).all();
    let file = sent.into_iter().find(|it| it.message_id == message).and_then(|it| it.file);
    let file = file.ok_or_else(|| Refused::missing(format!("message {message} to {name} brought no file")))?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], file.bytes).into_response())
}

async fn problems(State(control): Whole) -> Answer {
    Ok(Json(json!({ "problems": control.telegram.problems() })))
}

async fn forgive(State(control): Whole) -> Answer {
    control.telegram.forgive();
    Ok(Json(json!({})))
}

async fn finish(State(control): Whole) -> Answer {
    let problems = control.telegram.problems();
    control.end();
    Ok(Json(json!({ "problems": problems })))
}

/// The result, or 408 with what was waited for.
async fn within<T>(what: &str, wait: impl Future<Output = T>) -> Result<T, Refused> {
    let done = tokio::time::timeout(Duration::from_secs(WAIT_MAX_S), wait).await;
    done.map_err(|_| Refused(StatusCode::REQUEST_TIMEOUT, format!("waited {WAIT_MAX_S} s in vain until {what}")))
}

/// A request that cannot be done, and why, in words.
#[derive(Debug)]
pub(crate) struct Refused(StatusCode, String);

impl Refused {
    fn bad(words: String) -> Self {
        Self(StatusCode::BAD_REQUEST, words)
    }

    fn missing(words: String) -> Self {
        Self(StatusCode::NOT_FOUND, words)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

/// A JSON body; what is wrong with one is told in words.
struct Body<T>(T);

impl<S: Send + Sync, T> FromRequest<S> for Body<T>
where
    Json<T>: FromRequest<S, Rejection = JsonRejection>,
{
    type Rejection = Refused;

    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Self, Refused> {
        let body = Json::<T>::from_request(request, state).await;
        body.map(|Json(it)| Self(it)).map_err(|cause| Refused::bad(cause.body_text()))
    }
}

#[cfg(test)]
mod tests;
