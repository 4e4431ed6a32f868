//! In progress.

mod law;

pub use law::{LOCK_STEPS_S, Lock, Plan};
