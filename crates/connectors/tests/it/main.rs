//! Every connector against its payload files and against the contract of all connectors.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod contract;
mod fixture;
mod payloads;
mod story;
mod telegram;
mod world;
