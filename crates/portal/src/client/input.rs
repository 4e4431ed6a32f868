//! What the hub sends us: `POST /hub/events` stores a sealed batch and answers with the sealed receipt;
//! `GET /.well-known/openlines` tells what we speak.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Response};
use axum::routing::{get, post};
use http::header;
use openlines_base::{Fault, Kind};
use openlines_edge::{Json, Problem};
use openlines_protocol::{
    Address, BATCH_EVENTS_MAX, BODY_MAX_BYTES, CONTENT_TYPE, ConnectionId, EVENTS_PATH, Envelope, Letter, OpenError,
    Receipt, Role, SealError, WELL_KNOWN_PATH, WellKnown, seal,
};
use openlines_store::StoreError;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::inbox::{self, NewEvent};
use crate::Parts;

/// Events that a batch may have: more than any hub of ours sends, as foreign ones may count otherwise.
const EVENTS_MAX: usize = BATCH_EVENTS_MAX * 10;

/// Endpoints for the hub. They carry their own proof, so no login and no origin is asked.
pub(crate) fn routes() -> Router<Parts> {
    Router::new()
        .route(EVENTS_PATH, post(events).layer(DefaultBodyLimit::max(BODY_MAX_BYTES)))
        .route(WELL_KNOWN_PATH, get(well_known))
}

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
enum InputError {
    /// No hub is linked.
    #[error("this portal is not linked to a hub yet")]
    NotLinked,
    /// The letter is not for us, or not from our hub.
    #[error(transparent)]
    Letter(#[from] OpenError),
    /// An event has no id, or is of another connection than the batch.
    #[error("event {0} of the batch is not one of its connection, or has no id and sequence")]
    Event(usize),
    /// Too many at once.
    #[error("at most {EVENTS_MAX} events in a batch")]
    TooMany,
    /// The receipt could not be sealed.
    #[error("the receipt could not be sealed")]
    Seal(#[from] SealError),
    /// The database.
    #[error("the database did not do it")]
    Store(#[from] StoreError),
}

impl Fault for InputError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotLinked => Kind::Busy,
            Self::Letter(cause) => cause.kind(),
            Self::Event(_) | Self::TooMany => Kind::BadInput,
            Self::Seal(_) => Kind::Bug,
            Self::Store(cause) => cause.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Letter(cause) => cause.field(),
            _ => None,
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::NotLinked => Some("not_linked"),
            Self::Letter(cause) => cause.code(),
            _ => None,
        }
    }

    fn needs_login(&self) -> bool {
        matches!(self, Self::Letter(cause) if cause.needs_login())
    }
}

/// A batch with its events as they stand in the text: a newer hub's fields and kinds are stored, not lost.
#[derive(Deserialize)]
struct RawBatch {
    connection: ConnectionId,
    events: Vec<Box<RawValue>>,
}

/// What every event of every version has.
#[derive(Deserialize)]
struct Head {
    id: String,
    seq: i64,
    connection: ConnectionId,
    #[serde(default)]
    kind: String,
}

/// Opens, stores, answers. Nothing is thought about here: that is the router's.
async fn events(State(parts): State<Parts>, headers: HeaderMap, body: Bytes) -> Result<Response<Body>, Problem> {
    Ok(take(&parts, &headers, &body).await?)
}

async fn take(parts: &Parts, headers: &HeaderMap, body: &[u8]) -> Result<Response<Body>, InputError> {
    let now = parts.clock.now();
    let linked = parts.link.get().ok_or(InputError::NotLinked)?;
    let envelope = Envelope::from_headers(|name| headers.get(name).and_then(|it| it.to_str().ok()))?;
    if envelope.site() != linked.site {
        return Err(OpenError::WrongSite.into());
    }
    let opened = envelope.open(&linked.keys, Letter::Batch, body, now)?;
    parts.link.admit(&opened, now)?;
    let batch: RawBatch = opened.json()?;
    if batch.events.len() > EVENTS_MAX {
        return Err(InputError::TooMany);
    }
    let mut heads = Vec::with_capacity(batch.events.len());
    for (place, event) in batch.events.iter().enumerate() {
        let head: Head = serde_json::from_str(event.get()).map_err(|_| InputError::Event(place))?;
        if head.connection != batch.connection {
            return Err(InputError::Event(place));
        }
        heads.push(head);
    }
    let rows: Vec<NewEvent<'_>> = heads
        .iter()
        .zip(&batch.events)
        // A ping asks whether we are awake; the receipt is the answer.
        .filter(|(head, _)| head.kind != "ping")
        .map(|(head, event)| NewEvent { id: &head.id, seq: head.seq, body: event.get() })
        .collect();
    if !rows.is_empty() {
        let mut tx = parts.db.tx("take_batch").await?;
        inbox::add(&mut tx, now, batch.connection, &rows).await.map_err(StoreError::from)?;
        tx.commit().await?;
        metrics::counter!("openlines_portal_events_received_total").increment(rows.len() as u64);
        parts.bells.inbox.notify_one();
    }
    let receipt = Receipt { batch: opened.id.clone(), accepted: heads.len(), retry_after_s: None };
    let address = Address { letter: Letter::Receipt, site: linked.site, id: &opened.id };
    let sealed = seal(&linked.keys, &address, &receipt, parts.clock.now(), parts.rng.as_ref())?;
    let mut response = Response::new(Body::from(sealed.body));
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(CONTENT_TYPE));
    for (name, value) in sealed.headers {
        if let Ok(value) = value.parse() {
            out.insert(name, value);
        }
    }
    Ok(response)
}

/// What this portal speaks.
async fn well_known(State(parts): State<Parts>) -> Json<WellKnown> {
    let software = format!("openlines {}", parts.config.version);
    Json(WellKnown::ours(Role::Portal, &software, parts.clock.now()))
}
