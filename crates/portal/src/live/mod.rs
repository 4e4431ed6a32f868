//! Realtime: what changed, in commit order, for the operators who may see it.
//!
//! A use case calls [`record`] inside its transaction and rings `Parts::bells.live` after the commit. Only ids are
//! written; the socket loads the rows as they are when it sends, so many changes of one row cost one frame.

mod record;
mod sockets;

pub use record::{Audience, Entity, record};
pub use sockets::Sockets;
