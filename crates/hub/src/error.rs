//! What can go wrong in the hub, by what the caller can do about it.

use openlines_base::{Fault, Kind, Rng as _, SystemRng};
use openlines_protocol::CallError;
use openlines_store::StoreError;

use crate::queue::QueueError;
use crate::vault::VaultError;

/// Why the hub did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// A parameter is wrong.
    #[error("{text}")]
    Wrong {
        /// Which: `settings.token`.
        field: String,
        /// What is wrong and what to do.
        text: String,
    },
    /// There is no such method.
    #[error("there is no method {method:?}; this hub knows {known}")]
    UnknownMethod {
        /// As it came, shortened.
        method: String,
        /// All names.
        known: String,
    },
    /// No such connection at this site.
    #[error("there is no such connection at this site; ask `status` for those there are")]
    NoSuchConnection {
        /// The parameter that named it.
        field: String,
    },
    /// The account belongs to somebody else now.
    #[error("this connection was displaced: the account is connected elsewhere; connect it again to take it back")]
    Displaced {
        /// The parameter that named it.
        field: String,
    },
    /// The admin has to agree to take the account over.
    #[error("the account is in use elsewhere ({used_by}): call again with `take_over` to take it over")]
    InUse {
        /// Who has it, as far as the channel tells.
        used_by: String,
    },
    /// The channel said no.
    #[error("the channel refuses: {text}")]
    Refused {
        /// Its words.
        text: String,
        /// Whether another try may help.
        is_passing: bool,
    },
    /// The hub's records are away.
    #[error("the store of the hub")]
    Store(#[from] StoreError),
    /// A statement failed.
    #[error("the store of the hub")]
    Sql(#[from] sqlx::Error),
    /// The queue is away.
    #[error("the queue of the hub")]
    Queue(#[from] QueueError),
    /// A secret does not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A stored value is not what we write.
    #[error("a stored value is damaged: {what}")]
    Damaged {
        /// Which.
        what: &'static str,
    },
}

impl HubError {
    pub(crate) fn wrong(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Wrong { field: field.into(), text: text.into() }
    }

    /// The answer to a portal. Our own faults are logged here and told without their text.
    pub(crate) fn to_call_error(&self) -> CallError {
        let text = match self.kind() {
            Kind::Bug => {
                let id = SystemRng.token(9);
                tracing::error!(support.id = %id, error = %self, cause = ?std::error::Error::source(self),
                    "A call failed by our fault");
                format!("something went wrong in the hub; please try again, or tell its admin the number {id}")
            }
            Kind::Busy => "the hub is busy; nothing was changed, please try again".to_owned(),
            _ => self.to_string(),
        };
        CallError {
            code: self.code().unwrap_or("internal").to_owned(),
            text,
            field: self.field().map(str::to_owned),
            retry_after_s: self.retry_after_s(),
        }
    }
}

impl Fault for HubError {
    fn kind(&self) -> Kind {
        match self {
            Self::Wrong { .. } | Self::UnknownMethod { .. } => Kind::BadInput,
            Self::Refused { is_passing: false, .. } => Kind::BadInput,
            Self::NoSuchConnection { .. } => Kind::NotFound,
            Self::InUse { .. } | Self::Displaced { .. } => Kind::Conflict,
            Self::Refused { is_passing: true, .. } => Kind::Conflict,
            Self::Store(cause) => cause.kind(),
            Self::Queue(cause) => cause.kind(),
            Self::Sql(_) | Self::Vault(_) | Self::Damaged { .. } => Kind::Bug,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Wrong { field, .. } | Self::NoSuchConnection { field } | Self::Displaced { field } => Some(field),
            Self::UnknownMethod { .. } => Some("method"),
            _ => None,
        }
    }

    fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Wrong { .. } => "wrong_params",
            Self::UnknownMethod { .. } => "unknown_method",
            Self::NoSuchConnection { .. } => "no_such_connection",
            Self::Displaced { .. } => "displaced",
            Self::InUse { .. } => "confirm",
            Self::Refused { .. } => "refused",
            _ if self.kind() == Kind::Busy => "busy",
            _ => return None,
        })
    }

    fn retry_after_s(&self) -> Option<u32> {
        (self.kind() == Kind::Busy).then_some(1)
    }
}
