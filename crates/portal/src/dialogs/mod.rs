//! Dialogs: what the product is about. A dialog is a customer in one external chat; a session in it is one service, from
//! the first message to the finish.
//!
//! `intake` takes what customers do, `flow` what operators do; both lock the dialog's row first, so each dialog has one
//! story. `store` holds all SQL. Who gets a dialog is decided in `routing`; how acts reach the hub is `client`'s.
//! Order of locks, for PostgreSQL: inbox stream or routing pass, dialogs by (connection, external chat), session
//! counter, realtime counter.

mod api;
mod error;
mod flow;
mod intake;
mod model;
mod rules;
mod shapes;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use api::routes;
pub use error::DialogError;
pub use flow::Actor;
pub(crate) use flow::{Changes, return_all_of};
pub(crate) use intake::{Intake, IntakeError};
pub use model::{
    Author, AuthorKind, Delivery, DeliveryState, Dialog, DialogChat, DialogCustomer, DialogSession, LastMessage,
    Message, MessageButton, MessageFile, MessageKind, MessageReply, SessionRow, SessionState,
};
pub(crate) use store::{
    Held, add_passed, expect_file, files_for_hub, insert_system, lock, offered_to, refresh_search, save,
    sessions_of_customer, take_back_offer,
};
pub use store::{load_messages, load_rows};
