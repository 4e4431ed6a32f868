//! Types of the lines domain.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::staff::Language;
use crate::{LineId, OperatorId};

/// An open line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Line {
    /// Number.
    pub id: LineId,
    /// Grows with each change.
    pub version: i64,
    /// Name for staff, and `{line_name}` in texts.
    pub name: String,
    /// How dialogs are given out.
    pub mode: Mode,
    /// Seconds to accept before the next one is asked. 30 to 43200.
    pub accept_time_s: i64,
    /// Open dialogs of one operator at once, 1 to 100; 0 for no limit.
    pub capacity: i64,
    /// Give dialogs only to those who are available and online.
    pub check_presence: bool,
    /// Seconds within which a customer should be answered.
    pub target_wait_s: i64,
    /// The queue, in its order.
    pub operator_ids: Vec<OperatorId>,
    /// Said when a session begins.
    pub greeting: AutoText,
    /// Said when a session ends.
    pub closing: AutoText,
    /// Language of automatic texts when the customer's is not known.
    pub language: Language,
    /// How many of the queue are available and online now.
    pub on_line: i64,
    /// Dialogs that wait for somebody.
    pub waiting: i64,
}

/// How a line gives out dialogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// To whoever waited longest for a new dialog.
    Evenly,
    /// To the first free one in the queue's order.
    Strictly,
    /// To everyone; the first to accept has it.
    All,
}

impl Mode {
    /// The word in tables and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Evenly => "evenly",
            Self::Strictly => "strictly",
            Self::All => "all",
        }
    }

    /// Reads a word of a table; what we never wrote counts as `evenly`.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "strictly" => Self::Strictly,
            "all" => Self::All,
            _ => Self::Evenly,
        }
    }
}

/// A text that is sent by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AutoText {
    /// Whether it is sent.
    pub enabled: bool,
    /// At the beginning of which sessions; the closing text has no such choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<GreetingWhen>,
    /// The words, with `{customer_name} {operator_name} {line_name} {company_name}`.
    pub texts: Texts,
}

/// When a greeting is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GreetingWhen {
    /// At the beginning of each session.
    #[default]
    Each,
    /// Only when the customer writes for the first time.
    First,
}

/// A text per language; empty for none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Texts {
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

/// All automatic texts of a line, as its row keeps them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineTexts {
    /// Said when a session begins.
    pub greeting: AutoText,
    /// Said when a session ends.
    pub closing: AutoText,
}
