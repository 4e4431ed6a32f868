//! In progress.

pub(crate) mod store;
