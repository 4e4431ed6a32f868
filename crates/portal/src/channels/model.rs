//! Types of the contact centre.

use openlines_base::Time;
use openlines_protocol::{ConnectionId, ConnectionState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::LineId;

/// One bot, group or account that is connected to a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Connection {
    /// The hub's id.
    #[schema(value_type = i64)]
    pub id: ConnectionId,
    /// Grows with each change.
    pub version: i64,
    /// The channel's code.
    pub channel: String,
    /// Where its new dialogs go.
    pub line_id: LineId,
    /// The account's name.
    pub title: String,
    /// Link by which customers find it.
    pub url: Option<String>,
    /// The account's picture, at this server.
    pub picture: Option<String>,
    /// How it is.
    pub state: State,
    /// Words for the admin when it is not well.
    pub reason: Option<String>,
    /// When the state last changed.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Time,
    /// How events come in: `webhook` or `polling`.
    pub inbound: Option<String>,
    /// Newest message of its dialogs.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_message_at: Option<Time>,
    /// Messages in and out since midnight of the company.
    pub messages_today: i64,
}

/// How a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConnectionState)]
pub enum State {
    /// Being set up.
    Draft,
    /// Working.
    Active,
    /// The account was connected elsewhere: an emergency.
    Displaced,
    /// Needs attention; what comes in is still taken.
    Failing,
    /// Gone; its dialogs stay.
    Removed,
    /// Set still by an admin: nothing comes in or goes out, nothing is lost.
    Paused,
}

impl State {
    /// The word in tables and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Displaced => "displaced",
            Self::Failing => "failing",
            Self::Removed => "removed",
            Self::Paused => "paused",
        }
    }

    /// Reads a word of a table.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Draft, Self::Active, Self::Displaced, Self::Failing, Self::Removed, Self::Paused]
            .into_iter()
            .find(|it| it.word() == word)
    }
}

impl From<ConnectionState> for State {
    fn from(state: ConnectionState) -> Self {
        match state {
            ConnectionState::Draft => Self::Draft,
            ConnectionState::Active => Self::Active,
            ConnectionState::Displaced => Self::Displaced,
            ConnectionState::Failing => Self::Failing,
            ConnectionState::Removed => Self::Removed,
        }
    }
}

/// One stage of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CheckStage)]
pub struct Stage {
    /// `messenger`, `inbound`, `portal`; a channel may have its own.
    pub name: String,
    /// Good or not; null when it was not tried, as an earlier one failed.
    pub ok: Option<bool>,
    /// What was found, or what is wrong and what to do.
    pub text: String,
}

/// The account that settings lead to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// Its name.
    pub title: String,
    /// Link by which customers find it.
    #[serde(default)]
    pub url: Option<String>,
    /// Its picture.
    #[serde(default)]
    pub picture: Option<String>,
}

/// What a channel is, as the hub describes it. Forms, icons, limits and help are drawn from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct About {
    /// Stable code.
    pub code: String,
    /// The messenger's own name.
    pub title: String,
    /// Two or three letters for the channel mark.
    pub mark: String,
    /// Colour of the mark: `#rrggbb`.
    pub color: String,
    /// Icon as SVG text. Show it as an image, never as part of the page.
    pub icon: String,
    /// One sentence for the card.
    pub summary: ChannelTexts,
    /// How to get the values of `fields`.
    pub steps: Vec<ChannelTexts>,
    /// What the admin fills in.
    pub fields: Vec<SettingField>,
    /// What the channel can do.
    pub can: Can,
    /// What it allows.
    pub limits: Limits,
}

/// A text of the hub in both languages of the interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelTexts {
    /// English.
    pub en: String,
    /// Russian.
    pub ru: String,
}

/// One setting of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettingField {
    /// Name in `settings`.
    pub name: String,
    /// How it is typed.
    pub kind: SettingKind,
    /// Label.
    pub label: ChannelTexts,
    /// A line under the field.
    pub help: ChannelTexts,
    /// Regular expression that a right value matches whole.
    pub pattern: Option<String>,
    /// Must be filled.
    pub required: bool,
}

/// How a setting is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettingKind {
    /// Plain text.
    Text,
    /// Shown masked, never sent back.
    Secret,
    /// `true` or `false`.
    Switch,
}

/// Powers of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Can {
    /// Change a message sent before.
    pub edit: bool,
    /// Take a message back.
    pub delete: bool,
    /// Show typing to the customer.
    pub typing: bool,
    /// Tell the customer that the operator read.
    pub read: bool,
    /// Answer a certain message.
    pub reply: bool,
    /// Buttons under a message.
    pub buttons: bool,
    /// Files.
    pub files: bool,
    /// Bold, italic and the like.
    pub formatting: bool,
    /// Write to a customer who has not written to us.
    pub write_first: bool,
    /// Tell `delivered`.
    pub delivered: bool,
    /// Tell `read`.
    pub seen: bool,
}

/// Limits of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Limits {
    /// UTF-16 units of text in one message; longer is split.
    pub text_max: u64,
    /// Files in one message.
    pub files_max: u64,
    /// Bytes of a picture.
    pub image_max_bytes: u64,
    /// Bytes of any other file.
    pub file_max_bytes: u64,
    /// Seconds after which a message can no longer be taken back; null: any time.
    pub delete_within_s: Option<u32>,
    /// Calls of one connection in all.
    pub connection_rate: Rate,
    /// Calls to one chat.
    pub chat_rate: Rate,
}

/// So many calls in so many milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rate {
    /// Calls.
    pub calls: u32,
    /// Milliseconds.
    pub per_ms: u32,
    /// Calls at once after silence.
    pub burst: u32,
}
