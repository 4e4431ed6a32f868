//! Types of the staff domain.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
