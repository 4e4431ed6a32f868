//! Files: taking them in, keeping, serving, fetching what customers sent.
//!
//! Bytes lie in a local folder under unguessable names; what a file is called and who may see it stands in the store.
//! Nothing that came from outside is trusted: names are cleaned, types are read from the bytes, all but real pictures,
//! sound and film is handed out as a download, and everything under a sandbox. Start with `serve.rs`, then
//! `download.rs`.

mod api;
mod disk;
mod download;
mod error;
mod kind;
mod link;
mod name;
mod range;
mod rules;
mod serve;
mod sniff;
mod store;
mod sweep;
mod upload;

pub use error::FileError;

pub(crate) use api::{public_routes, routes};
pub(crate) use kind::{kind_of, kind_word};
pub(crate) use link::{address, public_link};
pub(crate) use name::safe_name;
pub(crate) use serve::POLICY;
pub(crate) use sniff::media_type;

use crate::Parts;

/// Starts the download worker and the sweeper.
pub(crate) fn start(parts: &Parts) {
    parts.tasks.spawn("file downloads", download::run(parts.clone()));
    parts.tasks.spawn("file sweeper", sweep::run(parts.clone()));
}
