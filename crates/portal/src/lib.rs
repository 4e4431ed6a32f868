//! The portal: one company's workspace. Domains are folders; each owns its tables, rules and endpoints.
//!
//! It never names a channel and meets the hub only in `openlines_protocol`. Start with `routes.rs` for the API on one
//! page, then with `dialogs` for what the product is about.

mod ids;
pub mod live;
mod migrations;
mod parts;

pub use ids::{CustomerId, DialogId, FileId, LeadId, LineId, MessageId, OperatorId, SessionId};
pub use migrations::MIGRATIONS;
pub use parts::{Bells, Parts};
