//! Types of the staff domain.

use openlines_base::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{InvitationId, LineId, OperatorId};

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees all lines, changes settings and people.
    Admin,
    /// Works in the lines that have the person in their queue.
    Operator,
}

/// What an operator says of themselves. Whether a browser is open is told apart, by `online`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Gets new dialogs.
    Available,
    /// Keeps own dialogs, gets nothing new.
    Busy,
    /// Away for a while.
    Break,
    /// Not at work.
    Off,
}

/// A person of the staff, as all colleagues see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Operator {
    /// Id.
    pub id: OperatorId,
    /// Grows with each change.
    pub version: i64,
    /// Name.
    pub name: String,
    /// E-mail address, lower case.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// May sign in and get dialogs.
    pub active: bool,
    /// What they say of themselves.
    pub status: Presence,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub status_since: Time,
    /// A browser of theirs is connected.
    pub online: bool,
    /// Open dialogs at once; 0 = as the line says.
    pub limit: i64,
    /// Lines that have them in their queue.
    pub line_ids: Vec<LineId>,
    /// Dialogs they are in now.
    pub open_count: i64,
    /// Picture.
    pub avatar: Option<String>,
}

/// A person's own settings. All fields have defaults, so an old row still reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Settings {
    /// Language of the screen; null = the browser's.
    pub language: Option<Language>,
    /// Colours.
    pub theme: Theme,
    /// Enter sends; else Ctrl+Enter does.
    pub enter_sends: bool,
    /// Single-letter keys work.
    pub shortcuts: bool,
    /// Sounds are played.
    pub sound: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { language: None, theme: Theme::System, enter_sends: true, shortcuts: true, sound: true }
    }
}

/// Languages of the interface and of automatic texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Russian.
    Ru,
    /// English.
    En,
}

/// Colours of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// An invitation, without its link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Invitation {
    /// Id.
    pub id: InvitationId,
    /// Whom it is meant for; may be empty.
    pub email: String,
    /// Their name; may be empty.
    pub name: String,
    /// What they will be.
    pub role: Role,
    /// Lines that will have them in their queue.
    pub line_ids: Vec<LineId>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Time,
    /// When it was accepted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub accepted_at: Option<Time>,
}

macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),+ }) => {
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
words!(Role { Admin = "admin", Operator = "operator" });
words!(Presence { Available = "available", Busy = "busy", Break = "break", Off = "off" });
words!(Language { Ru = "ru", En = "en" });
