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
        sqlx::Error::Database(it) => it.code().is_some_and(|code| is_passing(&code)),
        _ => false,
    }
}

/// Whether a database's code says that the same statement may succeed later.
fn is_passing(code: &str) -> bool {
    // SQLite's numbers are shorter than PostgreSQL's five places. The low byte is the family, above it the detail.
    if code.len() < 5 {
        // 5 busy, 10 I/O error in all its kinds, 13 full.
        return code.parse::<u32>().is_ok_and(|it| matches!(it & 0xff, 5 | 10 | 13));
    }
    // 08xxx the connection, 53xxx out of resources, 57P0x going down, 58xxx the system below; 25006 a standby that
    // takes no writes, 40001 serialisation, 40P01 deadlock, 55P03 a lock not had in time.
    let family = ["08", "53", "57P", "58"].iter().any(|it| code.starts_with(it));
    family || matches!(code, "25006" | "40001" | "40P01" | "55P03")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_is_wrong() {
        let passing = [
            ("5", "busy"),
            ("517", "busy: snapshot"),
            ("10", "I/O error"),
            ("778", "I/O error: write"),
            ("1034", "I/O error: flush"),
            ("1546", "I/O error: truncate"),
            ("4874", "I/O error: shared memory"),
            ("13", "full"),
            ("40001", "serialisation"),
            ("40P01", "deadlock"),
            ("53100", "disk full"),
            ("53300", "too many connections"),
            ("57P01", "going down"),
            ("57P03", "starting"),
            ("08006", "connection broken"),
            ("58030", "I/O error"),
            ("25006", "a standby"),
        ];
        for (code, name) in passing {
            assert!(is_passing(code), "{code} {name}");
        }
        let wrong = [
            ("1", "error"),
            ("19", "constraint"),
            ("2067", "unique"),
            ("11", "corrupt"),
            ("23505", "unique"),
            ("22021", "no such letter; its number ends in SQLite's busy"),
            ("42601", "syntax"),
            ("25P02", "transaction has failed"),
            ("", "none"),
        ];
        for (code, name) in wrong {
            assert!(!is_passing(code), "{code} {name}");
        }
    }
}
