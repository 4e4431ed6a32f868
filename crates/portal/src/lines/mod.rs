//! Open lines: who is in the queue, how dialogs are given out, what is said automatically.
//!
//! It decides nothing about a dialog: that is `routing`. Start with `model.rs`, then `rules.rs` for texts with
//! variables.

mod api;
mod flow;
mod model;
mod rules;
mod store;

pub(crate) use api::routes;
pub use flow::{LineChange, LineError};
pub use model::{AutoText, GreetingWhen, Line, LineTexts, Mode, Texts};
pub(crate) use rules::{Names, automatic_text, is_for_session};
pub use store::load;
pub(crate) use store::{Settings, settings};
