//! Bodies of the requests between hub and portal. Both directions travel in the same sealed envelope.

use std::collections::BTreeMap;
use std::fmt;

use openlines_base::{Secret, Time};
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
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct PortalCall {
    /// A name of [`KnownMethods`], or a connector's own (`telegram.setCommands`).
    pub method: String,
    /// The method's parameters.
    #[serde(default)]
    pub params: serde_json::Value,
}

/// The method alone: parameters hold tokens and customers' words.
impl fmt::Debug for PortalCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortalCall").field("method", &self.method).finish_non_exhaustive()
    }
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
    /// Make or change a connection: [`SaveSettings`] -> [`ConnectionInfo`].
    SaveSettings,
    /// Check the messenger and that this portal is reachable: [`TestConnect`] -> [`TestReport`].
    TestConnect,
    /// Remove a connection and all of its data: [`ConnectionRef`] -> `{}`.
    RemoveSettings,
    /// Queue messages: [`OutgoingList`] -> [`Accepted`].
    SendMessages,
    /// Queue edits: [`OutgoingList`] -> [`Accepted`].
    UpdateMessages,
    /// Queue deletions: [`OutgoingList`] -> [`Accepted`].
    DeleteMessages,
    /// Show typing: [`OutgoingList`] -> [`Accepted`]; nothing is kept.
    SendTyping,
    /// Show reading: [`OutgoingList`] -> [`Accepted`]; nothing is kept.
    SendStatusReading,
    /// State of this site's connections: `{}` or [`ConnectionRef`] -> [`ConnectionList`].
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

/// Answer of the five methods that take an [`OutgoingList`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Ids of all acts, in the order given; one that the hub had before is among them and is not done again.
    pub accepted: Vec<String>,
}

/// Parameters of `saveSettings`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaveSettings {
    /// The portal's line, in the portal's words; comes back in every event.
    pub line: String,
    /// The channel's code.
    pub channel: String,
    /// The connection to change; absent: make a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    /// Values of the channel's fields by name; switches are `true` or `false` as text. When a connection is changed,
    /// an absent field keeps its value.
    #[serde(default)]
    pub settings: BTreeMap<String, Secret<String>>,
    /// The admin agreed to take the account over after the error `confirm`.
    #[serde(default)]
    pub take_over: bool,
}

/// Parameters of `testConnect`: an existing connection, or settings that are not saved yet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TestConnect {
    /// The connection to test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    /// Without `connection`: the channel's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Without `connection`: values of its fields.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, Secret<String>>,
}

/// Answer of `testConnect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    /// In the order tried.
    pub stages: Vec<TestStage>,
    /// Whose credentials they are, once the channel knew them; of settings that are not saved yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// Who has the account now, as far as the channel or the hub tells: a host, or a line of this portal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<UsedBy>,
}

/// An account at a channel, as people know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub title: String,
    /// Link by which customers find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Who has an account now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsedBy {
    /// Another program; its host.
    Host(String),
    /// A line of the same portal, by the portal's own name of it.
    Line(String),
    /// Another portal of this hub, which is none of this one's business.
    Portal,
}

/// One stage of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestStage {
    /// `messenger` (are the credentials good), `inbound` (will events come), `portal` (did the portal take a ping); a
    /// connector may add its own.
    pub name: String,
    /// How it went.
    pub state: StageState,
    /// What was found, or what is wrong and what to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Milliseconds that it took.
    pub took_ms: u64,
}

/// How a stage went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    /// Good.
    Ok,
    /// Failed.
    Failed,
    /// Not tried, as an earlier one failed.
    Skipped,
}

/// Parameters that name one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRef {
    /// The connection.
    pub connection: ConnectionId,
}

/// Answer of `status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionList {
    /// By rising id.
    pub connections: Vec<ConnectionInfo>,
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
