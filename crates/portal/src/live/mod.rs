//! Realtime: what changed, in commit order, for the operators who may see it.

mod access;
mod log;
mod record;
mod rights;
mod viewers;

pub(crate) use access::may_see_dialog;
pub use log::head;
pub use record::{Audience, Entity, record, record_all};

/// All open sockets of this node.
#[derive(Debug, Default)]
pub struct Sockets;
