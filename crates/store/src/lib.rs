//! The relational store of hub and portal: SQLite or PostgreSQL behind one type, one SQL text for both.
//!
//! It knows no tables. Domains own their SQL; it owns connections, transactions, group commit and migrations.
//! What both engines must understand: `$1` parameters, `BIGINT` for numbers, times (milliseconds) and flags (0/1),
//! `TEXT` for text and JSON, `ON CONFLICT`, `RETURNING`, CTEs. No `BOOLEAN` columns: SQLite shows them as a type of its
//! own that the common driver cannot carry. Sums are cast back: `CAST(SUM(x) AS BIGINT)`.
//! Start with [`Db::tx`].

mod db;
mod error;
mod migrate;
mod writer;

#[cfg(test)]
mod tests;

pub use db::{Db, Engine, Read, Tx, postgres_url_in};
pub use error::{OpenError, StoreError};
pub use migrate::{Migration, schema_version};

/// A connection that store functions run their statements on: inside a [`Tx`] or a [`Read`].
pub type Conn = sqlx::AnyConnection;
