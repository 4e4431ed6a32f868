//! Files of customers behind signed links: tokens of channels never leave the hub, and nothing is kept here.
//!
//! A link is `<hub>/files/<connection>/<reference>?e=<seconds>&s=<signature>`. It does not name the hash, so it stays
//! good when a webhook address changes, and it is no secret beyond the one file.

use std::sync::Arc;

use axum::body::Body as HttpBody;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use openlines_base::{Clock, Fault, Kind, Time};
use openlines_connectors::{Incoming, Net, Refusal};
use openlines_edge::Problem;
use openlines_edge::client::{Client, Outgoing};
use openlines_protocol::{Body, ConnectionId, File, User};
use openlines_store::Db;
use serde::Deserialize;
use sqlx::Row as _;

use crate::directory::Directory;
use crate::error::HubError;
use crate::vault::Vault;

/// A link is good for so long.
const LINK_GOOD_S: i64 = 7 * 24 * 3600;
/// Links are cut to whole hours, so that one file has one link for a while and a receiver may cache it.
const LINK_STEP_S: i64 = 3600;
/// Longest reference that stands in the link itself, in characters of base64; a longer one is kept in the store.
const INLINE_MAX_CHARS: usize = 600;
/// Longest reference at all, in bytes.
const REFERENCE_MAX_BYTES: usize = 8192;
/// Largest file that is streamed through, in bytes.
const FILE_MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Longest download.
const DOWNLOAD_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(900);
/// Mark of a reference that is kept in the store.
const KEPT: char = '~';

/// Makes and serves the links.
#[derive(Clone)]
pub(crate) struct Files(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) db: Db,
    pub(crate) vault: Arc<Vault>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) net: Arc<dyn Net>,
    pub(crate) client: Client,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Files {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Turns all links of the connector's own kind in an event into signed ones.
    pub(crate) async fn sign_body(&self, connection: ConnectionId, body: &mut Body) -> Result<(), HubError> {
        let (user, files): (Option<&mut User>, &mut [File]) = match body {
            Body::MessageNew { user, message, .. } | Body::MessageEdited { user, message, .. } => {
                (Some(user), &mut message.files)
            }
            Body::Typing { user, .. }
            | Body::Subscribed { user, .. }
            | Body::Unsubscribed { user, .. }
            | Body::Reaction { user, .. }
            | Body::Callback { user, .. } => (Some(user), &mut []),
            _ => (None, &mut []),
        };
        let links = user.and_then(|it| it.picture.as_mut()).into_iter();
        for link in links.chain(files.iter_mut().filter_map(|it| it.url.as_mut())) {
            if let Some(reference) = link.strip_prefix(Incoming::HUB_FILE) {
                *link = self.sign(connection, reference).await?;
            }
        }
        Ok(())
    }

    /// The link of one file.
    pub(crate) async fn sign(&self, connection: ConnectionId, reference: &str) -> Result<String, HubError> {
        let now_s = self.0.clock.now().s();
        let expires_s = ((now_s + LINK_GOOD_S) / LINK_STEP_S + 1) * LINK_STEP_S;
        let mut segment = BASE64_URL_SAFE_NO_PAD.encode(reference);
        if segment.len() > INLINE_MAX_CHARS {
            segment = self.keep(connection, reference, Time::from_s(expires_s)).await?;
        }
        let tag = self.0.vault.sign(&words(connection, &segment, expires_s));
        let mut url = self.0.directory.addresses().files_base().clone();
        let path = format!("{}files/{connection}/{segment}", url.path());
        url.set_path(&path);
        let query = format!("e={expires_s}&s={}", BASE64_URL_SAFE_NO_PAD.encode(tag));
        url.set_query(Some(&query));
        Ok(url.into())
    }

    async fn keep(&self, connection: ConnectionId, reference: &str, expires_at: Time) -> Result<String, HubError> {
        if reference.len() > REFERENCE_MAX_BYTES {
            return Err(HubError::Damaged { what: "a file reference is longer than any channel's" });
        }
        let digest = ring::digest::digest(&ring::digest::SHA256, reference.as_bytes());
        let digest = BASE64_URL_SAFE_NO_PAD.encode(digest);
        let mut tx = self.0.db.tx("keep_reference").await?;
        sqlx::query(
            "-- hub.keep_reference
             INSERT INTO file_reference (connection, digest, reference, expires_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (connection, digest) DO UPDATE SET expires_at = EXCLUDED.expires_at",
        )
        .bind(connection.get())
        .bind(&digest)
        .bind(reference)
        .bind(expires_at.ms())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(format!("{KEPT}{digest}"))
    }

    /// The reference behind a segment of a link whose signature was checked.
    async fn reference(&self, connection: ConnectionId, segment: &str) -> Result<Option<String>, HubError> {
        let Some(digest) = segment.strip_prefix(KEPT) else {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(segment).ok();
            return Ok(bytes.and_then(|it| String::from_utf8(it).ok()));
        };
        let mut read = self.0.db.read().await?;
        let row = sqlx::query(
            "-- hub.find_reference
             SELECT reference FROM file_reference WHERE connection = $1 AND digest = $2",
        )
        .bind(connection.get())
        .bind(digest)
        .fetch_optional(&mut *read)
        .await?;
        Ok(row.map(|it| it.get(0)))
    }

    /// Forgets references whose links are no longer good.
    pub(crate) async fn sweep(&self) -> Result<(), HubError> {
        let mut tx = self.0.db.tx("sweep_references").await?;
        sqlx::query("-- hub.sweep_references\n DELETE FROM file_reference WHERE expires_at < $1")
            .bind(self.0.clock.now().ms())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn open(&self, link: &Link, range: Option<&HeaderValue>) -> Result<Response, FileError> {
        let tag = BASE64_URL_SAFE_NO_PAD.decode(&link.signature).map_err(|_| FileError::NoSuch)?;
        let words = words(link.connection, &link.segment, link.expires_s);
        if !self.0.vault.is_signed(&words, &tag) || link.expires_s < self.0.clock.now().s() {
            return Err(FileError::NoSuch);
        }
        let entry = self.0.directory.connection(link.connection).await?.filter(|it| it.takes_events());
        let entry = entry.ok_or(FileError::NoSuch)?;
        let connector = entry.connector.ok_or(FileError::NoSuch)?;
        let reference = self.reference(link.connection, &link.segment).await?.ok_or(FileError::NoSuch)?;
        let source = connector.file(&*self.0.net, &entry.connection, &reference).await?;
        let mut request = Outgoing::new(Method::GET, source.url.expose().as_str(), DOWNLOAD_TIMEOUT);
        if let Some(range) = range {
            request.headers.insert(header::RANGE, range.clone());
        }
        let answer = self.0.client.stream(request).await.map_err(|_| FileError::Away)?;
        if !matches!(answer.status, StatusCode::OK | StatusCode::PARTIAL_CONTENT) {
            return Err(if answer.status.is_client_error() { FileError::NoSuch } else { FileError::Away });
        }
        if answer.length.is_some_and(|it| it > FILE_MAX_BYTES) {
            return Err(FileError::NoSuch);
        }
        let mut headers = HeaderMap::new();
        for name in [header::CONTENT_LENGTH, header::CONTENT_RANGE, header::ACCEPT_RANGES] {
            if let Some(value) = answer.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        // What a stranger sent: to be saved, never to be shown or run in the hub's name.
        for (name, value) in [
            (header::CONTENT_TYPE, "application/octet-stream"),
            (header::CONTENT_DISPOSITION, "attachment"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
            (header::CACHE_CONTROL, "private, max-age=3600"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let status = answer.status;
        Ok((status, headers, HttpBody::from_stream(bounded(answer.bytes()))).into_response())
    }
}

/// Ends with an error when more comes than any file of ours has.
fn bounded<S, E>(bytes: S) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static
where
    S: futures_util::Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    let mut left = FILE_MAX_BYTES;
    bytes.map(move |part| {
        let part = part.map_err(std::io::Error::other)?;
        left = left
            .checked_sub(part.len() as u64)
            .ok_or_else(|| std::io::Error::other("the file is larger than any that is taken"))?;
        Ok(part)
    })
}

fn words(connection: ConnectionId, segment: &str, expires_s: i64) -> String {
    format!("{connection}\n{segment}\n{expires_s}")
}

/// A link as it was asked for.
struct Link {
    connection: ConnectionId,
    segment: String,
    expires_s: i64,
    signature: String,
}

/// Query of a link.
#[derive(Deserialize)]
pub(crate) struct Seal {
    #[serde(default)]
    e: i64,
    #[serde(default)]
    s: String,
}

/// `GET /files/{connection}/{reference}`.
pub(crate) async fn serve(
    State(files): State<Files>,
    Path((connection, segment)): Path<(i64, String)>,
    Query(seal): Query<Seal>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let link = Link { connection: ConnectionId(connection), segment, expires_s: seal.e, signature: seal.s };
    let served = files.open(&link, headers.get(header::RANGE)).await;
    metrics::counter!("openlines_hub_files_total", "outcome" => if served.is_ok() { "served" } else { "refused" })
        .increment(1);
    Ok(served?)
}

/// Why a file is not served.
#[derive(Debug, thiserror::Error)]
enum FileError {
    /// Forged, expired, gone: all look the same.
    #[error("there is no such file, or its link has expired")]
    NoSuch,
    #[error("the channel does not give the file now; try again later")]
    Away,
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl From<Refusal> for FileError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Never { .. } => Self::NoSuch,
            Refusal::Later { .. } | Refusal::Revoked { .. } => Self::Away,
        }
    }
}

impl Fault for FileError {
    fn kind(&self) -> Kind {
        match self {
            Self::NoSuch => Kind::NotFound,
            Self::Away => Kind::Busy,
            Self::Hub(cause) => cause.kind(),
        }
    }

    fn retry_after_s(&self) -> Option<u32> {
        (self.kind() == Kind::Busy).then_some(30)
    }
}
