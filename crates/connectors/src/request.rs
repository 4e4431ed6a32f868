//! Requests to a channel as data: `render` makes them, the hub's network sends them.

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method};
use openlines_base::Secret;

/// One step of an act, with what the connector wants to remember about it for the verdict.
#[derive(Debug, Clone)]
pub struct Call {
    /// The channel's method, for logs and counters: `sendMessage`. Never holds secrets.
    pub label: &'static str,
    /// What to send.
    pub request: Request,
    /// Units of the rate limits that it costs, at least 1; an album of five costs five.
    pub cost: u32,
    /// The connector's own notes: what to do when refused. Not shown anywhere.
    pub notes: serde_json::Value,
}

/// One HTTP request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Mostly POST.
    pub method: Method,
    /// Whole address; may hold a token.
    pub url: Secret<String>,
    /// Headers besides those of the payload.
    pub headers: HeaderMap,
    /// Body.
    pub payload: Payload,
    /// Seconds for the whole exchange.
    pub timeout_s: u32,
}

/// Body of a [`Request`].
#[derive(Debug, Clone)]
pub enum Payload {
    /// None.
    Empty,
    /// JSON.
    Json(serde_json::Value),
    /// `multipart/form-data` with files that the hub streams through from the portal, storing nothing.
    Multipart {
        /// Text fields.
        fields: Vec<(String, String)>,
        /// Files.
        uploads: Vec<Upload>,
    },
}

/// A file to stream through.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Form field.
    pub field: String,
    /// File name for the channel.
    pub name: String,
    /// Media type.
    pub mime: String,
    /// Bytes.
    pub size: u64,
    /// Where the hub gets it: a link of the portal.
    pub source_url: String,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// How the exchange ended.
    pub outcome: Outcome,
}

/// How an exchange ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The channel answered.
    Answered {
        /// HTTP status.
        status: u16,
        /// Headers.
        headers: HeaderMap,
        /// Body, at most 1 MiB.
        body: Bytes,
    },
    /// Nothing reached the channel: no connection, no name, our own address guard. Words without secrets.
    NotSent(String),
    /// The request may have arrived; no answer came.
    Lost(String),
    /// A file to be streamed through could not be read from the portal.
    SourceGone(String),
}

/// The hub's network, for connectors that must ask something themselves.
#[async_trait]
pub trait Net: Send + Sync {
    /// Sends one request. Never panics, never retries, never logs the address.
    async fn send(&self, request: &Request) -> Reply;
}
