//! A connection as its connector sees it, and what the connector finds out about it.

use std::collections::BTreeMap;

use openlines_base::Secret;
use openlines_protocol::ConnectionId;
use serde::{Deserialize, Serialize};

use crate::{Call, Incoming, Refusal, Texts};

/// One bot, group or account bound to one line. Built by the hub from its store for each use.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The hub's id.
    pub id: ConnectionId,
    /// The unguessable part of the webhook address.
    pub hash: String,
    /// What the admin filled in, checked against [`crate::About::fields`].
    pub settings: BTreeMap<String, Secret<String>>,
    /// What [`crate::Connector::attach`] wanted kept; `null` before it. Encrypted at rest.
    pub memory: serde_json::Value,
    /// Where the channel's API is: the hub's setting `channels.<code>.api_base`, without a slash at the end.
    pub api_base: String,
    /// The webhook address for the channel, or `None` if the hub has no public https address: then poll.
    pub hook_url: Option<String>,
    /// Fresh unguessable 43 characters for a secret of the webhook, made by the hub for each `attach`.
    pub fresh_secret: Secret<String>,
    /// The admin agreed to take the account over from whoever has it at the channel.
    pub take_over: bool,
}

impl Connection {
    /// A setting's value; empty if not filled in.
    #[must_use]
    pub fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", |it| it.expose().as_str())
    }
}

/// What `account` found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Unique in the hub: `telegram:7000000001`.
    pub identity: String,
    /// The account's name for people.
    pub title: String,
    /// Link by which customers find it.
    pub url: Option<String>,
    /// Who else has it at the channel now, as far as the channel tells: a host name.
    pub used_by: Option<String>,
}

/// What `attach` found out.
#[derive(Debug, Clone)]
pub struct Attached {
    /// Unique in the hub: `telegram:7000000001`. A newer connection with it displaces an older one.
    pub identity: String,
    /// The account's name for people.
    pub title: String,
    /// Link by which customers find it.
    pub url: Option<String>,
    /// Reference of the account's picture for [`crate::Connector::file`].
    pub picture: Option<String>,
    /// Kept encrypted and given back in [`Connection::memory`].
    pub memory: serde_json::Value,
    /// How events come in.
    pub inbound: Inbound,
}

/// How events of a connection come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inbound {
    /// The channel calls us.
    Webhook,
    /// We ask the channel.
    Polling,
}

/// Why a connection could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// A setting is wrong.
    #[error("{}", text.en)]
    Field {
        /// Name of the setting.
        name: &'static str,
        /// What is wrong and what to do.
        text: Texts,
    },
    /// The admin has to agree first; then `attach` again with [`Connection::take_over`].
    #[error("the account is in use elsewhere: {used_by}")]
    Confirm {
        /// Who has it now, as far as the channel tells: a host name.
        used_by: String,
    },
    /// The channel said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// What `check` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// All is well.
    Good,
    /// Works, but the channel complains: words for the admin.
    Complains(String),
    /// Somebody else took the account at the channel: never taken back by ourselves.
    Taken(String),
}

/// What `poll` brought.
#[derive(Debug, Default)]
pub struct Polled {
    /// In the channel's order.
    pub events: Vec<Incoming>,
    /// Handed back at the next poll, once `events` are durable.
    pub cursor: Option<String>,
    /// To be sent at once, best effort.
    pub calls: Vec<Call>,
    /// What was left out on purpose, for the counters, as in [`crate::Parsed::ignored`].
    pub ignored: Vec<&'static str>,
}

/// Where a file can be downloaded now.
#[derive(Debug, Clone)]
pub struct FileSource {
    /// Its address; may hold a token, so it never leaves the hub.
    pub url: Secret<String>,
}
