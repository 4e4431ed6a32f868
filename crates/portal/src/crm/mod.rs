//! CRM, as far as the main job needs it: one lead per customer, made when an unknown person writes.

mod api;
mod model;
mod store;

pub(crate) use api::routes;
pub use model::{Lead, Stage};
pub use store::load;
pub(crate) use store::{NewLead, create, take_responsibility};
