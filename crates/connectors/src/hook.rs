//! One webhook, and what became of it.

use bytes::Bytes;
use http::{HeaderMap, Method};
use openlines_base::Time;
use openlines_protocol::Body;

use crate::Call;

/// One request of a messenger, as it came.
#[derive(Debug, Clone)]
pub struct Hook {
    /// GET, HEAD or POST.
    pub method: Method,
    /// All headers.
    pub headers: HeaderMap,
    /// The raw query without `?`.
    pub query: String,
    /// The raw body, within the hub's limit.
    pub body: Bytes,
    /// When the hub got it.
    pub received_at: Time,
}

/// What a webhook held.
#[derive(Debug, Default)]
pub struct Parsed {
    /// All events of it, in order. Stored durably before the answer goes out.
    pub events: Vec<Incoming>,
    /// To be sent at once after storing, best effort.
    pub calls: Vec<Call>,
    /// The answer to the messenger.
    pub answer: HookAnswer,
    /// What was left out on purpose, for the counters: `group_message`, `service_message`.
    pub ignored: Vec<&'static str>,
}

/// One universal event before the hub gave it a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    /// The same over the messenger's redeliveries; unique within the connection. The hub dedupes by it.
    pub external_id: String,
    /// When it happened at the channel; [`Incoming::UNDATED`] if a polled channel does not say: the hub puts its time.
    pub occurred_at: Time,
    /// What happened. File links made by [`Incoming::hub_file`] are signed by the hub when it stores the event.
    pub body: Body,
}

impl Incoming {
    /// A link that the hub turns into a signed, expiring address of its own; `reference` comes back in `file`.
    #[must_use]
    pub fn hub_file(reference: &str) -> String {
        format!("{}{reference}", Self::HUB_FILE)
    }

    /// Stands for "now" where the channel gives no time and the connector, which has no clock, cannot either.
    pub const UNDATED: Time = Time::from_ms(0);

    /// Start of the links made by [`Incoming::hub_file`].
    pub const HUB_FILE: &'static str = "hub-file:";
}

/// The answer to the messenger: 200 unless the channel wants other words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HookAnswer {
    /// Plain text body; mostly empty.
    pub body: String,
}

/// Why a webhook was not taken. The hub answers the same to all but [`ParseError::Malformed`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The caller did not prove that it is the messenger.
    #[error("the caller did not prove that it is the messenger")]
    Unauthorized,
    /// The body is not what this channel sends.
    #[error("malformed webhook: {0}")]
    Malformed(String),
}
