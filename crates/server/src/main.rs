//! The one binary: `openlines serve | hub | portal | demo | …`. Wiring, settings and the embedded interface; no logic.
//!
//! Start with `cli.rs` for what can be asked of it, then `wiring.rs` for how the parts are put together.

mod assets;
mod cli;
mod commands;
mod config;
mod data;
mod telemetry;

fn main() {}
