//! The portal: one company's workspace. Domains are folders; each owns its tables, rules and endpoints.
//!
//! It never names a channel and meets the hub only in `openlines_protocol`. Start with `routes.rs` for the API on one
//! page, then with `dialogs` for what the product is about.

mod audit;
pub mod channels;
mod check;
pub mod company;
pub mod files;
pub mod hub_port;
mod ids;
pub mod live;
mod migrations;
mod parts;
mod request;
mod routes;
mod sql;
pub mod staff;

#[cfg(test)]
mod test;

pub use ids::{CustomerId, DialogId, FileId, InvitationId, LeadId, LineId, LoginId, MessageId, OperatorId, SessionId};
pub use migrations::MIGRATIONS;
pub use parts::{Bells, Config, Parts};
pub use request::{Address, Path, Query};
pub use routes::openapi;
