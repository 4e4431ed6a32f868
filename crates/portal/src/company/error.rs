//! What can go wrong with the company.

use openlines_base::{Fault, Kind};
use openlines_store::StoreError;

use crate::check::BadField;
use crate::staff::StaffError;

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum CompanyError {
    /// The first run is over.
    #[error("this portal is set up already; sign in instead")]
    AlreadySetUp,
    /// Wrong input.
    #[error(transparent)]
    Field(#[from] BadField),
    /// About the first admin, or too many tries at the code.
    #[error(transparent)]
    Staff(#[from] StaffError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for CompanyError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}

impl Fault for CompanyError {
    fn kind(&self) -> Kind {
        match self {
            Self::AlreadySetUp => Kind::Conflict,
            Self::Field(cause) => cause.kind(),
            Self::Staff(cause) => cause.kind(),
            Self::Store(cause) => cause.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Field(cause) => cause.field(),
            Self::Staff(cause) => cause.field(),
            _ => None,
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::AlreadySetUp => Some("already_set_up"),
            Self::Staff(cause) => cause.code(),
            _ => None,
        }
    }

    fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::Staff(cause) => cause.retry_after_s(),
            _ => None,
        }
    }
}
