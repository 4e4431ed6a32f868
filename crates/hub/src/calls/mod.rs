//! `POST /call`: what portals ask the hub for, sealed both ways.
//!
//! Here the envelope is opened, the replay refused, the method found. What a method does is in the part that owns it;
//! what only hands something over is stored and answered at once, so a portal never waits for a messenger. Connectors'
//! own methods will be found here too, behind the known ones.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use openlines_base::{Clock, Fault as _, Rng};
use openlines_edge::{Json, Problem};
use openlines_protocol::{
    Accepted, Address, BODY_MAX_BYTES, CALL_PATH, CONTENT_TYPE, CallAnswer, ConnectionList, ConnectionRef, Envelope,
    Hello, KnownMethods, Letter, OpenError, Opened, OutgoingList, PortalCall, Receipt, ReplayGuard, Role, SaveSettings,
    SealError, SiteId, TestConnect, WELL_KNOWN_PATH, WellKnown, seal,
};
use openlines_store::Db;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::connections::Connections;
use crate::deliver::Dispatcher;
use crate::directory::Directory;
use crate::error::HubError;
use crate::outgoing::{Kind, Outbox};
use crate::sites::{self, NAME_MAX_CHARS, Site};

/// Longest part of an unknown method's name that is repeated.
const METHOD_SHOWN_CHARS: usize = 64;

/// What the routes need.
#[derive(Clone)]
pub(crate) struct Calls(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) db: Db,
    pub(crate) directory: Arc<Directory>,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) connections: Connections,
    pub(crate) outbox: Outbox,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) replays: Mutex<ReplayGuard>,
    /// Name and version, for the other side's admin.
    pub(crate) software: String,
}

/// The routes of portals.
pub(crate) fn router(parts: Parts) -> Router {
    Router::new()
        .route(CALL_PATH, post(call))
        .route(WELL_KNOWN_PATH, get(well_known))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .with_state(Calls(Arc::new(parts)))
}

async fn well_known(State(calls): State<Calls>) -> Json<WellKnown> {
    Json(WellKnown::ours(Role::Hub, &calls.0.software, calls.0.clock.now()))
}

/// Why a call is not even opened.
#[derive(Debug, thiserror::Error)]
enum CallRefusal {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl openlines_base::Fault for CallRefusal {
    fn kind(&self) -> openlines_base::Kind {
        match self {
            Self::Open(cause) => cause.kind(),
            Self::Seal(_) => openlines_base::Kind::Bug,
            Self::Hub(cause) => cause.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        if let Self::Open(cause) = self { cause.field() } else { None }
    }

    fn code(&self) -> Option<&'static str> {
        if let Self::Open(cause) = self { cause.code() } else { None }
    }

    fn needs_login(&self) -> bool {
        matches!(self, Self::Open(cause) if cause.needs_login())
    }

    fn retry_after_s(&self) -> Option<u32> {
        if let Self::Hub(cause) = self { cause.retry_after_s() } else { None }
    }
}

async fn call(State(calls): State<Calls>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    Ok(calls.answer(&headers, &body).await?)
}

impl Calls {
    async fn answer(&self, headers: &HeaderMap, body: &[u8]) -> Result<Response, CallRefusal> {
        let (site, opened) = self.open(headers, body).await?;
        let answer = match self.read_and_run(site.id, &opened).await {
            Ok(result) => CallAnswer::Result(result),
            Err(cause) => CallAnswer::Error(cause.to_call_error()),
        };
        let to = Address { letter: Letter::Answer, site: site.id, id: &opened.id };
        let sealed = seal(&site.keys, &to, &answer, self.0.clock.now(), &*self.0.rng)?;
        let mut response = sealed.body.into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        for (name, value) in sealed.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        Ok(response)
    }

    /// Proves that the site sealed it just now, for the first time.
    async fn open(&self, headers: &HeaderMap, body: &[u8]) -> Result<(Arc<Site>, Opened), CallRefusal> {
        let envelope = Envelope::from_headers(|name| headers.get(name)?.to_str().ok())?;
        // A site that is not there and a wrong key look the same.
        let site = self.0.directory.site(envelope.site()).await?.ok_or(OpenError::BadSignature)?;
        let now = self.0.clock.now();
        let opened = envelope.open(&site.keys, Letter::Call, body, now)?;
        self.0.replays.lock().unwrap_or_else(PoisonError::into_inner).admit(&opened, now)?;
        Ok((site, opened))
    }

    async fn read_and_run(&self, site: SiteId, opened: &Opened) -> Result<Value, HubError> {
        let call: PortalCall = opened.json().map_err(|cause| {
            HubError::wrong(cause.field().unwrap_or("method"), "a call is `{\"method\": …, \"params\": {…}}`")
        })?;
        let method = KnownMethods::ALL.into_iter().find(|it| it.name() == call.method);
        let label = method.map_or("unknown", |it| it.name());
        let done = match method {
            Some(method) => self.run(site, method, call.params).await,
            None => Err(unknown_method(&call.method)),
        };
        let outcome = if done.is_ok() { "done" } else { "refused" };
        metrics::counter!("openlines_hub_calls_total", "method" => label, "outcome" => outcome).increment(1);
        done
    }

    async fn run(&self, site: SiteId, method: KnownMethods, given: Value) -> Result<Value, HubError> {
        let parts = &*self.0;
        match method {
            KnownMethods::SaveSettings => {
                let given: SaveSettings = params(given)?;
                result(&parts.connections.save(site, given).await?)
            }
            KnownMethods::TestConnect => {
                let given: TestConnect = params(given)?;
                result(&parts.connections.test(site, given).await?)
            }
            KnownMethods::RemoveSettings => {
                let given: ConnectionRef = params(given)?;
                parts.connections.remove(site, given.connection).await?;
                Ok(empty())
            }
            KnownMethods::SendMessages => self.hand_over(site, Kind::Send, given).await,
            KnownMethods::UpdateMessages => self.hand_over(site, Kind::Update, given).await,
            KnownMethods::DeleteMessages => self.hand_over(site, Kind::Delete, given).await,
            KnownMethods::SendTyping => self.hand_over(site, Kind::Typing, given).await,
            KnownMethods::SendStatusReading => self.hand_over(site, Kind::Read, given).await,
            KnownMethods::Status => {
                let only = match &given {
                    Value::Object(map) if map.contains_key("connection") => {
                        Some(params::<ConnectionRef>(given)?.connection)
                    }
                    _ => None,
                };
                result(&ConnectionList { connections: parts.connections.list(site, only).await? })
            }
            KnownMethods::Channels => {
                let channels: Vec<_> = parts.directory.connectors().iter().map(|it| it.about()).collect();
                Ok(serde_json::json!({ "channels": channels }))
            }
            KnownMethods::Hello => {
                let given: Hello = params(given)?;
                self.hello(site, &given).await?;
                Ok(empty())
            }
            KnownMethods::Received => {
                let given: Receipt = params(given)?;
                parts.dispatcher.received(site, given).await?;
                Ok(empty())
            }
        }
    }

    async fn hand_over(&self, site: SiteId, kind: Kind, given: Value) -> Result<Value, HubError> {
        let list: OutgoingList = params(given)?;
        result(&Accepted { accepted: self.0.outbox.accept(site, kind, list).await? })
    }

    /// The portal started: its address is where it says, and whatever waited for it goes out.
    async fn hello(&self, site: SiteId, hello: &Hello) -> Result<(), HubError> {
        let address = sites::parse_address(&hello.address, "address")?;
        let software: String = hello.software.chars().take(NAME_MAX_CHARS).collect();
        let mut tx = self.0.db.tx("greet_site").await?;
        sites::greet(&mut tx, site, &address, &software, self.0.clock.now()).await?;
        tx.commit().await?;
        self.0.directory.forget_site(site);
        self.0.dispatcher.lift(site);
        tracing::info!(site.id = %site, "Portal said hello");
        Ok(())
    }
}

fn unknown_method(method: &str) -> HubError {
    let known: Vec<_> = KnownMethods::ALL.into_iter().map(KnownMethods::name).collect();
    HubError::UnknownMethod { method: method.chars().take(METHOD_SHOWN_CHARS).collect(), known: known.join(", ") }
}

/// Reads parameters, naming the one that is wrong and never its value.
fn params<T: DeserializeOwned>(given: Value) -> Result<T, HubError> {
    let given = if given.is_null() { empty() } else { given };
    serde_path_to_error::deserialize(given).map_err(|cause| {
        let text = cause.inner().to_string();
        let path = match cause.path().to_string() {
            path if path == "." => "params".to_owned(),
            path => path,
        };
        match text.strip_prefix("missing field `").and_then(|it| it.split_once('`')) {
            Some((name, _)) if path == "params" => HubError::wrong(name, "missing"),
            Some((name, _)) => HubError::wrong(format!("{path}.{name}"), "missing"),
            None => HubError::wrong(path, "wrong type or value"),
        }
    })
}

fn result<T: Serialize>(value: &T) -> Result<Value, HubError> {
    serde_json::to_value(value).map_err(|_| HubError::Damaged { what: "answer" })
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_wrong_parameter_is_named_and_its_value_not_repeated() {
        for (given, field) in [
            (json!({}), "messages"),
            (json!({"messages": 1}), "messages"),
            (json!({"messages": [{"id": "a", "connection": 1, "chat": {"id": "c"}}]}), "messages[0].action"),
            (json!({"messages": [{"id": 5, "connection": "SECRET"}]}), "messages[0].id"),
            (Value::Null, "messages"),
        ] {
            let Err(HubError::Wrong { field: found, text }) = params::<OutgoingList>(given.clone()) else {
                panic!("{given}: taken");
            };
            assert!(found.starts_with(field.split('.').next().unwrap_or_default()), "{given}: {found}");
            assert!(!text.contains("SECRET"));
        }
    }

    #[test]
    fn an_unknown_method_is_told_the_known_ones() {
        let text = unknown_method(&"x".repeat(1000)).to_string();
        assert!(text.contains("sendMessages") && text.contains("hello") && text.len() < 400, "{text}");
    }
}
