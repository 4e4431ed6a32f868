//! The one entry point for messengers: `/in?line=<hash>`, and `/in/<hash>` for those that lose the query.
//!
//! Size, caller, parse, store durably, 200: nothing slow happens before the answer, no network call, no portal. Hashes
//! that are unknown, displaced or removed look the same. Room for `/in/app/<id>`, where one address serves many
//! connections: it will find its entry by what the payload names and go on in [`take`].

mod ingest;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body as HttpBody;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use http::request;
use http_body_util::LengthLimitError;
use openlines_base::{Clock, Fault, Kind};
use openlines_connectors::{Hook, ParseError};
use openlines_edge::Problem;
use openlines_protocol::ConnectionState;

use crate::directory::{Directory, Entry};
use crate::error::HubError;

pub(crate) use ingest::{Ingest, Parts as IngestParts};

/// Largest body of a webhook, in bytes.
const HOOK_MAX_BYTES: usize = 1024 * 1024;
/// A messenger sends its body within this time.
const HOOK_BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// What the routes need.
#[derive(Clone)]
pub(crate) struct Accept {
    pub(crate) directory: Arc<Directory>,
    pub(crate) ingest: Ingest,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Why a webhook is not taken.
#[derive(Debug, thiserror::Error)]
enum AcceptError {
    #[error("there is no such line")]
    NoSuchLine,
    #[error("the caller did not prove that it is the messenger")]
    Unauthorized,
    #[error("the body is not what this channel sends")]
    Malformed,
    #[error("the body did not come to its end")]
    Unfinished,
    #[error("busy; nothing was kept, please send it again")]
    Busy,
}

impl Fault for AcceptError {
    fn kind(&self) -> Kind {
        match self {
            Self::NoSuchLine => Kind::NotFound,
            Self::Unauthorized => Kind::Forbidden,
            Self::Malformed | Self::Unfinished => Kind::BadInput,
            Self::Busy => Kind::Busy,
        }
    }

    fn retry_after_s(&self) -> Option<u32> {
        matches!(self, Self::Busy).then_some(1)
    }

    fn needs_login(&self) -> bool {
        matches!(self, Self::Unauthorized)
    }
}

/// The routes of messengers.
pub(crate) fn router(accept: Accept) -> Router {
    Router::new()
        .route("/in", get(by_query).post(by_query))
        .route("/in/{hash}", get(by_path).post(by_path))
        .with_state(accept)
}

async fn by_query(State(accept): State<Accept>, request: Request) -> Result<Response, Problem> {
    let query = request.uri().query().unwrap_or_default();
    let hash = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "line").map(|(_, hash)| hash);
    let hash = hash.map(std::borrow::Cow::into_owned).unwrap_or_default();
    accept.answer(&hash, request).await
}

async fn by_path(
    State(accept): State<Accept>,
    Path(hash): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    accept.answer(&hash, request).await
}

impl Accept {
    async fn answer(&self, hash: &str, request: Request) -> Result<Response, Problem> {
        let (head, body) = request.into_parts();
        let body = self.read(body).await?;
        let (outcome, answer) = match self.take(hash, head, body).await {
            Ok(answer) => ("taken", Ok(answer)),
            Err(cause) => (word(&cause), Err(cause)),
        };
        metrics::counter!("openlines_hub_ingest_total", "outcome" => outcome).increment(1);
        Ok(answer?)
    }

    /// Reads the body within its limits of size and time.
    async fn read(&self, body: HttpBody) -> Result<Bytes, Problem> {
        let count = |outcome: &'static str| {
            metrics::counter!("openlines_hub_ingest_total", "outcome" => outcome).increment(1);
        };
        let read = tokio::select! {
            read = axum::body::to_bytes(body, HOOK_MAX_BYTES) => read,
            () = self.clock.sleep(HOOK_BODY_TIMEOUT) => {
                count("unfinished");
                return Err(AcceptError::Unfinished.into());
            }
        };
        read.map_err(|cause| {
            let is_too_big = std::error::Error::source(&cause).is_some_and(|it| it.is::<LengthLimitError>());
            count(if is_too_big { "too_big" } else { "unfinished" });
            if is_too_big { Problem::too_big(HOOK_MAX_BYTES) } else { AcceptError::Unfinished.into() }
        })
    }

    async fn take(&self, hash: &str, head: request::Parts, body: Bytes) -> Result<Response, AcceptError> {
        let busy = |cause: HubError| {
            tracing::warn!(error = %cause, "A webhook was sent back: the store is away");
            AcceptError::Busy
        };
        let entry = self.directory.by_hash(hash).await.map_err(busy)?.ok_or(AcceptError::NoSuchLine)?;
        let connector = entry.connector.ok_or(AcceptError::NoSuchLine)?;
        let hook = Hook {
            method: head.method,
            headers: head.headers,
            query: head.uri.query().unwrap_or_default().to_owned(),
            body,
            received_at: self.clock.now(),
        };
        let parsed = connector.parse(&entry.connection, &hook).map_err(|cause| refuse(&entry, &cause))?;
        for what in parsed.ignored {
            metrics::counter!("openlines_hub_ignored_total", "channel" => entry.record.channel.clone(), "what" => what)
                .increment(1);
        }
        if entry.record.state == ConnectionState::Draft && !parsed.events.is_empty() {
            // The channel was quicker than our own commit; it comes again in a second.
            return Err(AcceptError::Busy);
        }
        match self.ingest.store(&entry, parsed.events).await {
            Ok(_) => {}
            // Displaced in this very moment.
            Err(HubError::Queue(crate::queue::QueueError::Closed)) => return Err(AcceptError::NoSuchLine),
            Err(cause) => return Err(busy(cause)),
        }
        self.ingest.follow_up(parsed.calls);
        Ok(parsed.answer.body.into_response())
    }
}

fn refuse(entry: &Entry, cause: &ParseError) -> AcceptError {
    match cause {
        ParseError::Unauthorized => {
            tracing::debug!(connection.id = %entry.record.id, "A webhook without proof of its sender");
            AcceptError::Unauthorized
        }
        ParseError::Malformed(_) => {
            tracing::warn!(connection.id = %entry.record.id, channel = entry.record.channel,
                "A webhook that is not what this channel sends");
            AcceptError::Malformed
        }
    }
}

fn word(cause: &AcceptError) -> &'static str {
    match cause {
        AcceptError::NoSuchLine => "no_such_line",
        AcceptError::Unauthorized => "unauthorized",
        AcceptError::Malformed => "malformed",
        AcceptError::Unfinished => "unfinished",
        AcceptError::Busy => "busy",
    }
}
