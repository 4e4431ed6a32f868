//! HTTP manners, both ways: the only crate with status numbers and the only one that makes HTTP clients.
//!
//! Inward: [`Problem`] turns any `Fault` into an RFC 9457 answer, [`Json`] names the wrong field of a body.
//! Outward: [`client::Client`] bounds size, time and redirects, and refuses private addresses at connect.

pub mod client;
mod json;
mod problem;

pub use json::{Json, without_nul};
pub use problem::{Problem, ProblemBody};
