//! The hub over real sockets, between a fake messenger and a fake portal. One program, so it links once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod calls;
mod hooks;
mod outgoing;
mod stories;
mod world;
