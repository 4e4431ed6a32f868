//! Routing: who gets which dialog, and when the next one is asked.
//!
//! `rules.rs` decides: pure, one function over a picture of lines, people and waiting sessions. `picture.rs` reads that
//! picture, `flow.rs` carries the decisions out, `worker.rs` runs when something changed or an offer runs out. There is
//! no tick: between two events nothing is asked.

mod flow;
mod picture;
mod rules;
mod worker;

#[cfg(test)]
mod simulation;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use flow::note_given;

use crate::Parts;

/// Starts giving out dialogs.
pub(crate) fn start(parts: &Parts) {
    parts.tasks.spawn("routing", worker::run(parts.clone()));
}
