//! What can go wrong with connections.

use openlines_base::{Fault, Kind};
use openlines_store::StoreError;

use crate::check::BadField;
use crate::hub_port::HubError;

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// No such connection.
    #[error("there is no such connection")]
    NotFound,
    /// The account has none, or nothing that may be shown.
    #[error("this account has no picture")]
    NoPicture,
    /// Wrong input.
    #[error(transparent)]
    Field(#[from] BadField),
    /// The hub said no, or is away.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ChannelError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}

impl Fault for ChannelError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound | Self::NoPicture => Kind::NotFound,
            Self::Field(cause) => cause.kind(),
            Self::Hub(cause) => cause.kind(),
            Self::Store(cause) => cause.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Field(cause) => cause.field(),
            Self::Hub(cause) => cause.field(),
            _ => None,
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Hub(cause) => cause.code(),
            _ => None,
        }
    }

    fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::Hub(cause) => cause.retry_after_s(),
            _ => None,
        }
    }
}
