//! The hub: the one entry point for all channels, and the durable way from there to the portals and back.
//!
//! Start with [`Hub`]. Then: [`accept`] takes webhooks, [`queue`] keeps events, [`deliver`] brings them to portals by
//! the law, [`calls`] answers portals, [`connections`] binds accounts to lines, [`outgoing`] does what operators want
//! done, [`poll`] asks channels that do not call, [`files`] streams what customers sent. All state is in the two
//! stores: a hub that is killed at any instruction goes on where it was. No channel is named here, and no SQL leaves
//! the `store` modules.

mod accept;
mod calls;
mod connections;
mod deliver;
mod directory;
mod error;
mod files;
mod housekeeping;
mod hub;
mod net;
mod outgoing;
mod poll;
pub mod queue;
mod sites;
mod vault;

pub use deliver::{Courier, CourierAnswer, HttpCourier, LOCK_STEPS_S, Lock, Plan, Probe};
pub use error::HubError;
pub use hub::{Hub, HubParts};
pub use queue::{PostgresQueue, QueueError, QueueStore, SqliteQueue, Stats};
pub use sites::SiteInfo;

/// Steps of the schema that [`HubParts::db`] must have.
pub const MIGRATIONS: &[openlines_store::Migration] = &[openlines_store::Migration {
    version: 1,
    name: "start",
    sql: include_str!("../../../migrations/hub/0001_start.sql"),
}];
