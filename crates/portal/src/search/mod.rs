//! Search over messages and people, the same on both engines: our code folds the words, the engine finds prefixes.
//!
//! `fold.rs` is what counts as equal, `dialect.rs` the one place where the engines differ.

mod api;
mod dialect;
mod fold;
mod store;

pub(crate) use api::routes;
pub(crate) use store::{Found, forget, index};
