//! Connections: made, changed, tested, removed by portals; one living connection per account, whoever came last.
//!
//! [`flow`] holds the use cases, [`fields`] checks what an admin typed, [`store`] all SQL, [`announcer`] carries what
//! must follow a change to the queue, [`health`] asks channels now and then whether all is well.

mod announcer;
mod fields;
mod flow;
mod health;
mod states;
pub(crate) mod store;

pub(crate) use announcer::Announcer;
pub(crate) use flow::{Connections, Parts as ConnectionParts};
pub(crate) use health::Health;
pub(crate) use states::States;
