//! The contact centre: which channels there are, which accounts are connected to which line, and how they are.
//!
//! The hub does the work and knows best; here is the portal's picture of it, so that screens work while the hub is
//! away. It never names a channel: forms, icons and limits come from the hub's description. Start with `flow.rs`.

mod api;
mod catalogue;
mod error;
mod flow;
mod model;
mod picture;
mod refresh;
mod store;
mod test_connect;

pub use error::ChannelError;
pub use model::{About, Account, Connection, Stage, State};
pub use picture::Pictures;

pub(crate) use api::routes;
pub(crate) use store::load;

use crate::Parts;

/// Starts asking the hub now and then how the connections are.
pub(crate) fn start(parts: &Parts) {
    parts.tasks.spawn("connections", refresh::run(parts.clone()));
}
