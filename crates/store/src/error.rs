//! What can go wrong with the store.

use openlines_base::{Fault, Kind};

/// A statement or a commit failed. Nothing of its transaction is kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or is away.
    #[error("the database refused a statement")]
    Sql(#[from] sqlx::Error),
    /// The group commit that this transaction was part of failed: disk full, I/O error.
    #[error("the commit failed: {0}")]
    Commit(String),
    /// No connection came free in time.
    #[error("the database is busy")]
    Busy,
}

impl StoreError {
    /// Whether a unique index refused it: somebody else was first.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(cause)) if cause.is_unique_violation())
    }
}

impl Fault for StoreError {
    fn kind(&self) -> Kind {
        match self {
            // Away, full, overloaded: the caller may come again and nothing was kept.
            Self::Busy | Self::Commit(_) => Kind::Busy,
            Self::Sql(cause) if is_away(cause) => Kind::Busy,
            Self::Sql(_) => Kind::Bug,
        }
    }
}

fn is_away(cause: &sqlx::Error) -> bool {
    match cause {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        // 40001 serialisation failure, 40P01 deadlock, 53xxx out of resources, 57P0x going down; 5, 10 and 13 are
        // SQLite's busy, I/O error and full.
        sqlx::Error::Database(it) => it.code().is_some_and(|code| {
            matches!(code.as_ref(), "40001" | "40P01" | "5" | "10" | "13" | "261" | "517" | "778" | "4874")
                || code.starts_with("53")
                || code.starts_with("57P")
        }),
        _ => false,
    }
}

/// The store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is none of the two kinds.
    #[error("database: use a file path for SQLite or postgres://user:password@host/name, got a `{0}` address")]
    UnknownScheme(String),
    /// No connection.
    #[error("database: cannot connect; check that it runs and that the address, user and password are right")]
    Connect(#[source] sqlx::Error),
    /// A migration failed; its transaction was rolled back.
    #[error("database: migration {version} ({name}) failed; nothing of it was kept")]
    Migrate {
        /// Its number.
        version: i64,
        /// Its name.
        name: &'static str,
        /// The database's words.
        #[source]
        cause: sqlx::Error,
    },
    /// The database was written by a newer program.
    #[error("database: its schema has version {found}, this program knows {known}; install the newer program again")]
    Newer {
        /// In the database.
        found: i64,
        /// The newest known here.
        known: i64,
    },
    /// An applied migration is not the one that this program has.
    #[error(
        "database: migration {version} differs from the one applied; this program and the database do not belong together"
    )]
    Changed {
        /// Its number.
        version: i64,
    },
}
