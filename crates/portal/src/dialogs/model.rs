//! Dialogs, sessions and messages as screens see them.

use openlines_base::Time;
use openlines_protocol::{ConnectionId, FailureReason, FileKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{CustomerId, DialogId, FileId, LeadId, LineId, MessageId, OperatorId, SessionId};

macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// The word in tables and JSON.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads a word of a table.
            #[must_use]
            pub fn of(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

/// The chat of a customer with a line, as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Dialog {
    /// Number.
    pub id: DialogId,
    /// Grows with each change.
    pub version: i64,
    /// The channel's code.
    pub channel: String,
    /// Through which connection.
    #[schema(value_type = i64)]
    pub connection_id: ConnectionId,
    /// In which line it is now.
    pub line_id: LineId,
    /// The post or group; absent for a private chat.
    pub chat: Option<DialogChat>,
    /// The customer has not blocked us.
    pub reachable: bool,
    /// With whom.
    pub customer: DialogCustomer,
    /// The newest session.
    pub session: DialogSession,
    /// The newest message of people; automatic texts and system lines do not count.
    pub last_message: Option<LastMessage>,
    /// When something was last written.
    #[schema(value_type = String, format = DateTime)]
    pub last_activity_at: Time,
    /// First customer message that is not answered yet.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub waiting_since: Option<Time>,
    /// Customer messages that the holder has not read.
    pub unread_count: i64,
    /// The customer's lead.
    pub lead_id: Option<LeadId>,
}

/// A post or group.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DialogChat {
    /// Title.
    pub name: String,
    /// Link.
    pub url: Option<String>,
}

/// The customer, as lists show them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DialogCustomer {
    /// Number.
    pub id: CustomerId,
    /// Name.
    pub name: String,
    /// Address of the photo.
    pub picture: Option<String>,
    /// IETF language tag.
    pub language: Option<String>,
}

/// The newest session of a dialog.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DialogSession {
    /// Number of the row.
    pub id: SessionId,
    /// Number for people, counted through the whole company.
    pub number: i64,
    /// State.
    pub state: SessionState,
    /// Who serves or served.
    pub operator_id: Option<OperatorId>,
    /// Who may accept now.
    pub offered_to: Vec<OperatorId>,
    /// Since when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub offered_at: Option<Time>,
    /// Until when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub offer_expires_at: Option<Time>,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Time,
    /// When somebody took it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub accepted_at: Option<Time>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Time>,
    /// Who ended it.
    pub closed_by: Option<OperatorId>,
    /// It had ended before and was opened again.
    pub reopened: bool,
}

/// A session in a dialog's history.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionRow {
    /// Number of the row.
    pub id: SessionId,
    /// Number for people.
    pub number: i64,
    /// State.
    pub state: SessionState,
    /// Who serves or served.
    pub operator_id: Option<OperatorId>,
    /// In which line.
    pub line_id: LineId,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Time,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Time>,
}

/// State of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// Nobody is asked yet.
    Waiting,
    /// Somebody is asked to accept.
    Offered,
    /// Somebody serves.
    Active,
    /// Over.
    Closed,
}
words!(SessionState { Waiting = "waiting", Offered = "offered", Active = "active", Closed = "closed" });

/// The newest message of people in a dialog.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastMessage {
    /// Number.
    pub id: MessageId,
    /// Who wrote.
    pub author: AuthorKind,
    /// Which operator.
    pub operator_id: Option<OperatorId>,
    /// Start of the text without formatting, up to 120 characters.
    pub preview: String,
    /// What it is.
    pub kind: MessageKind,
    /// Files in it.
    pub files: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// How far it got, for what goes out.
    pub delivery: Option<DeliveryState>,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// From the customer.
    Incoming,
    /// To the customer.
    Reply,
    /// Among staff.
    Note,
    /// What happened to the dialog.
    System,
}
words!(MessageKind { Incoming = "incoming", Reply = "reply", Note = "note", System = "system" });

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthorKind {
    /// The customer.
    Customer,
    /// A person of the staff.
    Operator,
    /// The line by itself: greetings, closing texts, system lines.
    System,
    /// A bot.
    Bot,
}
words!(AuthorKind { Customer = "customer", Operator = "operator", System = "system", Bot = "bot" });

/// How far an outgoing message got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Stored here.
    Queued,
    /// The hub has it.
    Sent,
    /// The channel took it.
    Delivered,
    /// The customer read it.
    Read,
    /// The channel refused it.
    Failed,
    /// It may have arrived: a person decides whether to send again.
    Uncertain,
}
words!(DeliveryState {
    Queued = "queued",
    Sent = "sent",
    Delivered = "delivered",
    Read = "read",
    Failed = "failed",
    Uncertain = "uncertain",
});

/// One message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Message {
    /// Number; grows within a dialog.
    pub id: MessageId,
    /// Grows with each change.
    pub version: i64,
    /// In which dialog.
    pub dialog_id: DialogId,
    /// In which session.
    pub session_id: SessionId,
    /// What it is.
    pub kind: MessageKind,
    /// Who wrote.
    pub author: Author,
    /// Unicode with BB code.
    pub text: String,
    /// Files in order.
    pub files: Vec<MessageFile>,
    /// A place on the map.
    #[schema(value_type = Option<super::shapes::Location>)]
    pub location: Option<openlines_protocol::Location>,
    /// A contact card.
    #[schema(value_type = Option<super::shapes::Contact>)]
    pub contact: Option<openlines_protocol::Contact>,
    /// What it answers.
    pub reply_to: Option<MessageReply>,
    /// Where it was forwarded from: `{from, date?}`.
    #[schema(value_type = Option<super::shapes::Forwarded>)]
    pub forwarded: Option<openlines_protocol::Forwarded>,
    /// Rows of buttons.
    pub buttons: Vec<Vec<MessageButton>>,
    /// Emoji that the customer put.
    pub reactions: Vec<String>,
    /// When it was last changed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub edited_at: Option<Time>,
    /// When it was taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deleted_at: Option<Time>,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// The browser's id of it.
    pub client_id: Option<String>,
    /// How far it got, for what goes out.
    pub delivery: Option<Delivery>,
    /// What happened: `code` and its parameters, for `kind` `system`.
    #[schema(value_type = Option<super::shapes::SystemLine>)]
    pub system: Option<serde_json::Value>,
}

/// A button under a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageButton {
    /// What stands on it.
    pub text: String,
    /// The page that it opens; absent for one that answers the channel.
    pub url: Option<String>,
}

/// Who wrote a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Author {
    /// What kind of author.
    pub kind: AuthorKind,
    /// Which operator.
    pub operator_id: Option<OperatorId>,
    /// Name; empty for the system.
    pub name: String,
}

/// What a message answers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageReply {
    /// The message, if we have it.
    pub message_id: Option<MessageId>,
    /// Its author's name; empty if we do not have it.
    pub author: String,
    /// The part quoted, or its start.
    pub preview: String,
}

/// How far an outgoing message got.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Delivery {
    /// State.
    pub state: DeliveryState,
    /// Why it failed.
    #[schema(value_type = Option<String>)]
    pub reason: Option<FailureReason>,
    /// The channel's words.
    pub text: Option<String>,
}

/// A file of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageFile {
    /// Number.
    pub id: FileId,
    /// Name, cleaned.
    pub name: String,
    /// Media type.
    pub mime: String,
    /// Bytes, if known.
    pub size: Option<i64>,
    /// How to show it.
    #[schema(value_type = String)]
    pub kind: FileKind,
    /// Address; absent until it is ready.
    pub url: Option<String>,
    /// `ready`, `loading`, `failed` or `too_big`.
    pub state: String,
    /// Seconds of sound or film.
    pub duration_s: Option<i64>,
    /// Pixels.
    pub width: Option<i64>,
    /// Pixels.
    pub height: Option<i64>,
}
