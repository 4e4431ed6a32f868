//! In progress.

pub mod deliver;
pub mod queue;
