//! Customers: the people who write, with all their channel identities.
//!
//! A customer is found by the connection and the channel's id of the person, and nothing is written while the channel
//! tells the same about them. What staff typed stays. It knows nothing of dialogs. Start with `flow.rs`.

mod api;
mod error;
mod flow;
mod model;
mod rules;
mod store;

pub(crate) use api::routes;
pub use error::CustomerError;
pub(crate) use flow::{Known, SavePhone, recognise, save_phone};
pub use model::{Customer, Identity};
pub(crate) use rules::unsigned;
pub use store::load;
pub(crate) use store::{dialogs_of, is_visible, search_words};
