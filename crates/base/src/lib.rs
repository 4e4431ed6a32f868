//! What every other crate leans on: time, chance, ids, secrets, kinds of faults, background tasks.
//!
//! It knows nothing of messages, hubs or portals. Start with [`Clock`]: whoever needs the time takes one.

mod fault;
mod id;
mod rng;
mod secret;
mod tasks;
mod time;

pub use fault::{Fault, Kind};
pub use rng::{Rng, SystemRng};
pub use secret::Secret;
pub use tasks::Tasks;
pub use time::{Clock, DAY, HOUR, MINUTE, SECOND, SystemClock, Time};
