//! Why a customer was not shown or changed.

use openlines_base::{Fault, Kind};
use openlines_store::StoreError;

use crate::check::BadField;

/// Why a customer was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum CustomerError {
    /// Not there, or in none of the person's lines.
    #[error("there is no such customer, or it is not yours to see")]
    NotFound,
    /// A value is wrong.
    #[error(transparent)]
    Field(#[from] BadField),
    /// The database.
    #[error("the database did not do it")]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for CustomerError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}

impl Fault for CustomerError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Field(cause) => cause.kind(),
            Self::Store(cause) => cause.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Field(cause) => cause.field(),
            _ => None,
        }
    }
}
