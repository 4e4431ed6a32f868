//! Bodies of the requests between hub and portal. Both directions travel in the same sealed envelope.

use openlines_base::Time;
use serde::{Deserialize, Serialize};

use crate::{ConnectionId, Event, Outgoing};

/// Hub to portal, `POST <portal>/hub/events`: what one connection has waiting, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// All events are of this connection.
    pub connection: ConnectionId,
    /// 1 to 100 events, together at most 256 KiB, by rising `seq`.
    pub events: Vec<Event>,
}

/// The portal's signed answer to a [`Batch`]: "I have the first `accepted` of them, for good".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The `webhook-id` of the batch that this answers.
    pub batch: String,
    /// How many events from the start are durably stored; fewer than all is a partial receipt.
    pub accepted: usize,
    /// The portal wants a pause before the next batch, seconds, 1 to 3600. Not a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
}

/// Portal to hub, `POST <hub>/call`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PortalCall {
    /// A name of [`KnownMethods`], or a connector's own (`telegram.setCommands`).
    pub method: String,
    /// The method's parameters.
    #[serde(default)]
    pub params: serde_json::Value,
}

/// The hub's sealed answer to a [`PortalCall`]: `{"result": …}` or `{"error": {…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallAnswer {
    /// What the method answers; `{}` where it has nothing to tell.
    Result(serde_json::Value),
    /// Why it was not done.
    Error(CallError),
}

/// Why the hub did not do what a [`PortalCall`] asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallError {
    /// A stable word for programs: `unknown_method`, `wrong_params`, `no_such_connection`, `confirm`, `busy`.
    pub code: String,
    /// What is wrong and what to do, in English, for people.
    pub text: String,
    /// The parameter that is wrong: `settings.token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// For `busy`: seconds to wait before the next try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
}

/// Methods that every hub answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KnownMethods {
    /// Make or change a connection: `{line, channel, connection?, settings, take_over?}` -> [`ConnectionInfo`].
    SaveSettings,
    /// Check the messenger and that this portal is reachable: `{connection}` or `{channel, settings}` -> stages.
    TestConnect,
    /// Remove a connection and all of its data: `{connection}`.
    RemoveSettings,
    /// Queue messages: `{messages: [Outgoing]}` -> `{accepted: [id]}`.
    SendMessages,
    /// Queue edits: `{messages: [Outgoing]}`.
    UpdateMessages,
    /// Queue deletions: `{messages: [Outgoing]}`.
    DeleteMessages,
    /// Show typing: `{messages: [Outgoing]}`; nothing is kept.
    SendTyping,
    /// Show reading: `{messages: [Outgoing]}`; nothing is kept.
    SendStatusReading,
    /// State of this site's connections: `{}` or `{connection}` -> `{connections: [ConnectionInfo]}`.
    Status,
    /// What channels this hub has: `{}` -> `{channels: [About]}`.
    Channels,
    /// The portal started and can take events: [`Hello`]. Lifts the locks of this site.
    Hello,
    /// The receipt of a batch that the portal answered with 202 at once: [`Receipt`] -> `{}`.
    Received,
}

impl KnownMethods {
    /// All of them, in the order of the documents.
    pub const ALL: [Self; 12] = [
        Self::SaveSettings,
        Self::TestConnect,
        Self::RemoveSettings,
        Self::SendMessages,
        Self::UpdateMessages,
        Self::DeleteMessages,
        Self::SendTyping,
        Self::SendStatusReading,
        Self::Status,
        Self::Channels,
        Self::Hello,
        Self::Received,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SaveSettings => "saveSettings",
            Self::TestConnect => "testConnect",
            Self::RemoveSettings => "removeSettings",
            Self::SendMessages => "sendMessages",
            Self::UpdateMessages => "updateMessages",
            Self::DeleteMessages => "deleteMessages",
            Self::SendTyping => "sendTyping",
            Self::SendStatusReading => "sendStatusReading",
            Self::Status => "status",
            Self::Channels => "channels",
            Self::Hello => "hello",
            Self::Received => "received",
        }
    }
}

/// Parameters of `hello`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Where the hub shall deliver from now on: `https://portal.example`.
    pub address: String,
    /// Version of the portal's software, for the hub's admin.
    pub software: String,
}

/// Body of `sendMessages`, `updateMessages`, `deleteMessages`, `sendTyping`, `sendStatusReading`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutgoingList {
    /// 1 to 100 acts.
    pub messages: Vec<Outgoing>,
}

/// A connection as the hub sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionInfo {
    /// The hub's id.
    pub id: ConnectionId,
    /// The channel's code.
    pub channel: String,
    /// The portal's line.
    pub line: String,
    /// The account's name for people: `Shop support`.
    pub title: String,
    /// Link by which customers find it, if the channel has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The account's picture, a hub link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// The state now.
    pub state: ConnectionState,
    /// Words for the admin when the state is not `active`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How events come in: `webhook` or `polling`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbound: Option<String>,
    /// When the channel last gave us something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_event_at: Option<Time>,
}

/// State of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// Being set up.
    Draft,
    /// Working.
    Active,
    /// Another portal or line connected the same account: an emergency for this one.
    Displaced,
    /// Credentials broke or the channel is unwell: inbound is still taken, outgoing waits or fails.
    Failing,
    /// Gone.
    Removed,
}
