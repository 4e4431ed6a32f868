//! What can go wrong with people.

use openlines_base::{Fault, Kind};
use openlines_store::StoreError;

use super::passwords::Crowded;
use crate::check::BadField;

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    /// Wrong password, unknown or deactivated account: never told apart.
    #[error("wrong e-mail or password")]
    WrongCredentials,
    /// The link is unknown, used, or ran out.
    #[error("this link has been used or has run out; ask for a new one")]
    LinkGone,
    /// Too many failed tries.
    #[error("too many tries; wait {wait_s} seconds")]
    TooManyTries {
        /// Seconds until the next try is looked at.
        wait_s: u32,
    },
    /// The invitation is unknown, accepted, withdrawn or ran out.
    #[error("this invitation is no longer good; ask for a new one")]
    InvitationGone,
    /// Someone has this address already.
    #[error("someone with this e-mail address works here already")]
    EmailTaken,
    /// Nobody would be left to change settings.
    #[error("this is the last active administrator; make somebody else one first")]
    LastAdmin,
    /// Going off duty with open dialogs needs a decision.
    #[error("there are open dialogs: keep them or return them to the queue")]
    OpenDialogs,
    /// No such person, or not for this caller.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Wrong input.
    #[error(transparent)]
    Field(#[from] BadField),
    /// The machine has no room for one more hash.
    #[error(transparent)]
    Crowded(#[from] Crowded),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for StaffError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}

impl Fault for StaffError {
    fn kind(&self) -> Kind {
        match self {
            Self::WrongCredentials | Self::LinkGone => Kind::Forbidden,
            Self::TooManyTries { .. } => Kind::Busy,
            Self::InvitationGone | Self::NotFound(_) => Kind::NotFound,
            Self::EmailTaken | Self::LastAdmin | Self::OpenDialogs => Kind::Conflict,
            Self::Field(cause) => cause.kind(),
            Self::Crowded(cause) => cause.kind(),
            Self::Store(cause) => cause.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::EmailTaken => Some("email"),
            Self::Field(cause) => cause.field(),
            _ => None,
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::WrongCredentials => Some("wrong_credentials"),
            Self::LinkGone => Some("link_gone"),
            Self::TooManyTries { .. } => Some("too_many_tries"),
            Self::InvitationGone => Some("invitation_gone"),
            Self::EmailTaken => Some("email_taken"),
            Self::LastAdmin => Some("last_admin"),
            Self::OpenDialogs => Some("open_dialogs"),
            _ => None,
        }
    }

    fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::TooManyTries { wait_s } => Some(*wait_s),
            Self::Crowded(cause) => cause.retry_after_s(),
            _ => None,
        }
    }

    fn needs_login(&self) -> bool {
        matches!(self, Self::WrongCredentials | Self::LinkGone)
    }
}
