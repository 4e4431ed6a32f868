//! The sockets of this node.

/// All open sockets of this node.
#[derive(Debug, Default)]
pub struct Sockets {}
