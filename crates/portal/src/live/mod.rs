//! Realtime: what changed, in commit order, for the operators who may see it.
//!
//! A use case calls [`record`] inside its transaction and rings `Parts::bells.live` after the commit. Only ids are
//! written. One pump per node reads the log, joins changes of one row, loads the rows as they are then and makes each
//! text once; the sockets only choose what their person may see (`rights.rs`). A browser that was away says the number
//! of its last frame and gets the gap, or a `reset` when that is too old. Start with `frame.rs`.

mod access;
mod api;
mod build;
mod frame;
mod heart;
mod log;
mod pump;
mod record;
mod rights;
mod socket;
mod sockets;
#[cfg(test)]
mod tests;
mod viewers;

pub use frame::{ByeReason, ClientFrame, CustomerWord, ServerFrame, TypingWho, Who};
pub use log::head;
pub use record::{Audience, Entity, record, record_all};
pub use sockets::Sockets;

pub(crate) use access::may_see_dialog;
pub(crate) use api::routes;

use crate::Parts;

/// Starts the pump and the heartbeat of this node.
pub(crate) fn start(parts: &Parts) {
    parts.tasks.spawn("live pump", pump::run(parts.clone()));
    parts.tasks.spawn("live heart", heart::run(parts.clone()));
}
