//! What can go wrong with files.

use std::io;

use openlines_base::{Fault, Kind};
use openlines_store::StoreError;

use crate::check::BadField;

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// No such file, or not for this caller.
    #[error("there is no such file, or it is not yours to see")]
    NotFound,
    /// It is not here yet, or could not be fetched.
    #[error("this file is not here: {0}")]
    NotReady(&'static str),
    /// Somebody uploads without ever sending.
    #[error("too many uploads that belong to no message yet; send or wait a day")]
    Quota,
    /// Wrong input.
    #[error(transparent)]
    Field(#[from] BadField),
    /// The disk.
    #[error("the file store refused")]
    Disk(#[from] io::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for FileError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}

impl Fault for FileError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::NotReady(_) | Self::Quota => Kind::Conflict,
            Self::Field(cause) => cause.kind(),
            Self::Disk(cause) if cause.kind() == io::ErrorKind::StorageFull => Kind::Busy,
            Self::Disk(_) => Kind::Bug,
            Self::Store(cause) => cause.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Field(cause) => cause.field(),
            _ => None,
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::NotReady(_) => Some("file_not_ready"),
            Self::Quota => Some("upload_quota"),
            _ => None,
        }
    }
}
