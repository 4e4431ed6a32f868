//! Types of the CRM domain.

use openlines_base::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{LeadId, OperatorId};

/// A possible sale.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Lead {
    /// Number.
    pub id: LeadId,
    /// Grows with each change.
    pub version: i64,
    /// Title; at first the customer's name.
    pub title: String,
    /// How far it is.
    pub stage: Stage,
    /// The channel's code that it came from.
    pub source: String,
    /// Whose it is; at first whoever accepted the dialog.
    pub responsible_id: Option<OperatorId>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
}

/// How far a lead is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody looked at it.
    New,
    /// Somebody works on it.
    InWork,
    /// It became a sale.
    Won,
    /// It did not.
    Lost,
}

impl Stage {
    /// The word in tables and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::InWork => "in_work",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    /// Reads a word of a table; what we never wrote counts as new.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "in_work" => Self::InWork,
            "won" => Self::Won,
            "lost" => Self::Lost,
            _ => Self::New,
        }
    }
}
