//! The portal: one company's workspace. Domains are folders; each owns its tables, rules and endpoints.
//!
//! It never names a channel and meets the hub only in `openlines_protocol`. Start with `routes.rs` for the API on one
//! page, then with `dialogs` for what the product is about.

mod audit;
pub mod channels;
mod check;
pub mod client;
pub mod company;
pub mod crm;
pub mod customers;
pub mod dialogs;
pub mod files;
pub mod hub_port;
mod ids;
pub mod lines;
pub mod live;
mod migrations;
mod parts;
mod request;
mod routes;
mod routing;
mod search;
mod sql;
pub mod staff;
pub mod terminal;

#[cfg(test)]
mod test;

pub use ids::{CustomerId, DialogId, FileId, InvitationId, LeadId, LineId, LoginId, MessageId, OperatorId, SessionId};
pub use migrations::MIGRATIONS;
pub use parts::{Bells, Config, Parts};
pub use request::{Address, Path, Query};
pub use routes::{hub_router, openapi, router};

/// Starts everything that a portal does by itself: events in, acts out, distribution, realtime, files, connections.
///
/// It ends with [`Parts::tasks`]. Read the link to the hub before: [`client::HubLink::load`].
pub fn start(parts: &Parts) {
    client::start(parts);
    routing::start(parts);
    live::start(parts);
    files::start(parts);
    channels::start(parts);
}
