//! The portal's side of the exchange with the hub.
//!
//! In: `input.rs` stores a batch and answers the receipt; `router.rs` works stored events off, in order per connection.
//! Out: `outbox.rs` keeps what operators did with the messages themselves, `handover.rs` hands it to the hub in order;
//! `output.rs` is the one way to call the hub. `link.rs` knows where the hub is and the key we share.

mod api;
mod handover;
mod hello;
mod inbox;
mod input;
mod link;
pub(crate) mod outbox;
mod output;
mod router;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use link::{HubLink, LinkError, NewLink};
pub use output::Output;

pub(crate) use api::routes;
pub(crate) use input::routes as hub_routes;

use crate::Parts;

/// Starts the work in the background: events in, acts out, greetings to the hub.
pub(crate) fn start(parts: &Parts) {
    parts.tasks.spawn("inbox", router::run(parts.clone()));
    parts.tasks.spawn("outbox", handover::run(parts.clone()));
    parts.tasks.spawn("hello", hello::run(parts.clone()));
}
