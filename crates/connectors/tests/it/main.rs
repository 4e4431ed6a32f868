//! Every connector against its payload files and against the contract of all connectors.

mod contract;
mod fixture;
mod payloads;
mod telegram;
