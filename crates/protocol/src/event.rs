//! Events that the hub delivers to a portal, in order, once after dedupe by `id`.

use openlines_base::Time;
use serde::{Deserialize, Serialize};

use crate::{Chat, ConnectionId, ConnectionState, Message, User};

/// One event of one connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Unique in the hub and the same over all retries: `<connection>-<sequence>`. Receivers dedupe by it.
    pub id: String,
    /// Place in the connection's stream; grows by one from event to event, so a receiver can prove order.
    pub seq: i64,
    /// The connection that it came through.
    pub connection: ConnectionId,
    /// The portal's line, as the portal named it when it connected.
    pub line: String,
    /// The channel's code: `telegram`, `botframework.skype`.
    pub channel: String,
    /// When it happened at the channel, or when the hub took it if the channel does not say.
    pub occurred_at: Time,
    /// What happened.
    #[serde(flatten)]
    pub body: Body,
}

/// What happened, tagged by `kind`. A kind that the receiver does not know is stored and counted, never an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// The customer wrote.
    MessageNew {
        /// Who.
        user: User,
        /// Where.
        chat: Chat,
        /// What.
        message: Message,
    },
    /// The customer changed a message. `message.id` is the old one.
    MessageEdited {
        /// Who.
        user: User,
        /// Where.
        chat: Chat,
        /// The new content, whole.
        message: Message,
    },
    /// The customer took messages back.
    MessageDeleted {
        /// Where.
        chat: Chat,
        /// The channel's ids.
        message_ids: Vec<String>,
    },
    /// The customer is typing; good for five seconds.
    Typing {
        /// Who.
        user: User,
        /// Where.
        chat: Chat,
    },
    /// The customer read our messages.
    Read {
        /// Where.
        chat: Chat,
        /// The last one read, and all before it; absent: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        up_to: Option<String>,
    },
    /// The channel took an operator's message, or an edit of it.
    Delivered {
        /// Where.
        chat: Chat,
        /// The portal's id from [`crate::Outgoing::id`].
        outgoing_id: String,
        /// The channel's ids: several when the text was split or files went one by one.
        message_ids: Vec<String>,
    },
    /// The channel refused an operator's message for good.
    Failed {
        /// Where.
        chat: Chat,
        /// The portal's id from [`crate::Outgoing::id`].
        outgoing_id: String,
        /// A class that the portal acts on.
        reason: FailureReason,
        /// The channel's words, for the operator.
        text: String,
    },
    /// The customer started or unblocked us.
    Subscribed {
        /// Who.
        user: User,
        /// Where.
        chat: Chat,
    },
    /// The customer blocked us: nothing can be sent until `subscribed` or a new message.
    Unsubscribed {
        /// Who.
        user: User,
        /// Where.
        chat: Chat,
    },
    /// The customer put or took back reactions on a message.
    Reaction {
        /// Who.
        user: User,
        /// Where.
        chat: Chat,
        /// The channel's id of the message.
        message_id: String,
        /// Emoji put, or `custom`.
        added: Vec<String>,
        /// Emoji taken back, or `custom`.
        removed: Vec<String>,
    },
    /// The customer pressed a button.
    Callback {
        /// Who.
        user: User,
        /// Where.
        chat: Chat,
        /// The message under which the button stands, if the channel tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
        /// The button's data.
        data: String,
    },
    /// The chat got another id at the channel (a group became a supergroup). The dialog goes on under the new one.
    ChatMoved {
        /// The old place.
        chat: Chat,
        /// The new id.
        to: String,
    },
    /// The connection changed its state: token revoked, working again.
    ConnectionChanged {
        /// The state now.
        state: ConnectionState,
        /// Words for the admin: what is wrong and what to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The connection was taken by another portal or line, or removed by a hub admin. Nothing more comes from it.
    Deactivated {
        /// Whether the one who took it is this same portal (another line of it).
        by_same_site: bool,
        /// The line that took it, only if it is of the same portal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken_by_line: Option<String>,
    },
    /// Events of this connection were dropped after 24 hours without a receipt. Told on the first contact after it.
    Dropped {
        /// How many events.
        count: u64,
        /// When the first of them happened.
        from: Time,
        /// When the last of them happened.
        to: Time,
    },
    /// The hub asks whether the portal is awake. Never stored, never queued.
    Ping,
    /// The channel sent something that the connector does not know. Kept and counted.
    Unknown {
        /// The channel's word for it.
        what: String,
    },
    /// An event kind newer than this crate.
    #[serde(other)]
    Newer,
}

impl Body {
    /// The word in `kind`; `newer` for one that this crate does not know.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::MessageNew { .. } => "message_new",
            Self::MessageEdited { .. } => "message_edited",
            Self::MessageDeleted { .. } => "message_deleted",
            Self::Typing { .. } => "typing",
            Self::Read { .. } => "read",
            Self::Delivered { .. } => "delivered",
            Self::Failed { .. } => "failed",
            Self::Subscribed { .. } => "subscribed",
            Self::Unsubscribed { .. } => "unsubscribed",
            Self::Reaction { .. } => "reaction",
            Self::Callback { .. } => "callback",
            Self::ChatMoved { .. } => "chat_moved",
            Self::ConnectionChanged { .. } => "connection_changed",
            Self::Deactivated { .. } => "deactivated",
            Self::Dropped { .. } => "dropped",
            Self::Ping => "ping",
            Self::Unknown { .. } => "unknown",
            Self::Newer => "newer",
        }
    }
}

/// Why the channel refused a message for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// The customer blocked us or is gone: the dialog cannot be answered.
    Unreachable,
    /// The connection's credentials are no longer good: an admin must reconnect. Sending again may help after it.
    Revoked,
    /// The channel will not take this content.
    Rejected,
    /// Too late: the channel's window for this is over.
    TooLate,
    /// It waited behind failures for 24 hours.
    Expired,
    /// The answer was lost: it may have arrived. A person decides whether to send again.
    Uncertain,
}
