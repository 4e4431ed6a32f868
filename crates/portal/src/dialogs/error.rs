//! Why an act in a dialog was not done.

use openlines_base::{Fault, Kind};
use openlines_store::StoreError;

use crate::OperatorId;

/// Why an act in a dialog was not done.
#[derive(Debug, thiserror::Error)]
pub enum DialogError {
    /// It is not there, or not theirs to see.
    #[error("there is no such {0}, or it is not yours to see")]
    NotFound(&'static str),
    /// Somebody else was first.
    #[error("taken by {name}")]
    Taken {
        /// Who has it.
        holder: OperatorId,
        /// Their name.
        name: String,
    },
    /// Only its holder may do this.
    #[error("this dialog is not yours: take it over first")]
    NotYours,
    /// Nobody asked this operator.
    #[error("this dialog is not offered to you now")]
    NotOffered,
    /// The session is over.
    #[error("the session is finished: reopen it first")]
    SessionClosed,
    /// The session is not over.
    #[error("the session is not finished")]
    SessionOpen,
    /// The customer blocked us.
    #[error("the customer has blocked the account: nothing can be sent until they write again")]
    Unreachable,
    /// The account is connected elsewhere or removed.
    #[error("this channel is not connected any more: ask an administrator to reconnect it")]
    ConnectionGone,
    /// The channel has no such power.
    #[error("this channel cannot {0} messages")]
    CannotDo(&'static str),
    /// There is nothing at the channel yet that could be changed.
    #[error("the message has not arrived at the channel yet: wait a moment and try again")]
    NotDeliveredYet,
    /// It did not fail.
    #[error("only a message that failed can be sent again")]
    NotFailed,
    /// A value is wrong.
    #[error("{text}")]
    Field {
        /// Which.
        field: &'static str,
        /// What is wrong and what to do.
        text: String,
    },
    /// The database.
    #[error("the database did not do it")]
    Store(#[from] StoreError),
}

impl DialogError {
    pub(crate) fn field(field: &'static str, text: impl Into<String>) -> Self {
        Self::Field { field, text: text.into() }
    }
}

impl From<sqlx::Error> for DialogError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}

impl Fault for DialogError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound(_) => Kind::NotFound,
            Self::Field { .. } => Kind::BadInput,
            Self::Store(cause) => cause.kind(),
            _ => Kind::Conflict,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Field { field, .. } => Some(field),
            _ => None,
        }
    }

    fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Taken { .. } => "taken",
            Self::NotYours => "not_yours",
            Self::NotOffered => "not_offered",
            Self::SessionClosed => "session_closed",
            Self::SessionOpen => "session_open",
            Self::Unreachable => "unreachable",
            Self::ConnectionGone => "connection_gone",
            Self::CannotDo(_) => "cannot_do",
            Self::NotDeliveredYet => "not_delivered_yet",
            Self::NotFailed => "not_failed",
            Self::NotFound(_) | Self::Field { .. } | Self::Store(_) => return None,
        })
    }
}
