//! What a portal asks a channel to do in a chat.

use serde::{Deserialize, Serialize};

use crate::{Button, Chat, ConnectionId, FileKind};

/// One act of the portal in one chat. Acts of one chat are done strictly in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The portal's id, unique in the portal and the same over its retries: the hub acts once per id.
    pub id: String,
    /// Through which connection.
    pub connection: ConnectionId,
    /// Where.
    pub chat: Chat,
    /// What.
    #[serde(flatten)]
    pub action: Action,
}

/// What to do, tagged by `action`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Send a message.
    Send {
        /// The message.
        message: OutgoingMessage,
    },
    /// Change a message sent before.
    Edit {
        /// The channel's ids from its `delivered` event.
        message_ids: Vec<String>,
        /// The new text, whole.
        text: String,
    },
    /// Take messages back.
    Delete {
        /// The channel's ids from their `delivered` events.
        message_ids: Vec<String>,
    },
    /// Show that the operator types. Best effort, tried once.
    Typing,
    /// Show that the operator read up to this message. Best effort, tried once.
    Read {
        /// The channel's id of the last message read.
        up_to: String,
    },
}

/// A message to a customer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OutgoingMessage {
    /// Unicode with the same BB code as [`crate::Message::text`]. Any length: long text is split, never cut.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Files by link.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<OutgoingFile>,
    /// The channel's id of the message answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Rows of buttons, where the channel has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Vec<Button>>,
}

/// A file that the channel, or the hub for it, downloads from the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingFile {
    /// Signed link of the portal, good for at least 24 hours.
    pub url: String,
    /// File name.
    pub name: String,
    /// Media type.
    pub mime: String,
    /// Bytes.
    pub size: u64,
    /// How to show it.
    pub kind: FileKind,
}
