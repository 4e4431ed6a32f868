//! In progress.

mod connections;
mod deliver;
mod directory;
mod error;
mod queue;
mod sites;
mod vault;

pub use deliver::{Courier, CourierAnswer, HttpCourier, LOCK_STEPS_S, Lock, Plan, Probe};
pub use error::HubError;
pub use queue::{PostgresQueue, QueueError, QueueStore, SqliteQueue, Stats};

/// Steps of the schema of [`openlines_store::Db`] that the hub wants.
pub const MIGRATIONS: &[openlines_store::Migration] = &[openlines_store::Migration {
    version: 1,
    name: "start",
    sql: include_str!("../../../migrations/hub/0001_start.sql"),
}];
