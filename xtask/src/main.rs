//! The commands of this workspace: `cargo xtask` lists them.
//!
//! It starts other programs and reads what they say; it links nothing of ours, so that it builds in seconds. Start with
//! [`Task`], then open the module of the command.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program talks to its terminal")]

#[cfg(test)]
mod arrows;
mod bench;
mod check;
mod connector;
mod dev;
mod generate;
mod postgres;
mod shell;
mod system;
mod tally;
mod test;

/// The template of a new connector, compiled against the real trait so that it cannot rot.
#[cfg(test)]
#[path = "../templates/connector/mod.rs"]
mod template;
#[cfg(test)]
pub(crate) use openlines_connectors::*;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Commands of the Open Lines workspace")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run all tests: Rust on both engines, protocol vectors, web, browser. Installs what a fresh Debian machine lacks.
    Test(test::Options),
    /// Everything that needs no running: format, lints, licences, fresh generated files, web types.
    Check(check::Options),
    /// Backend in debug and the interface with hot reload; ctrl-c stops both.
    Dev(dev::Options),
    /// Measure what the design promises; writes target/bench.json.
    Bench(bench::Options),
    /// Write docs/api/openapi.json and the interface's types from the code.
    Gen,
    /// Start a connector: folder, payload folders, skeleton that compiles, line in the registry.
    NewConnector(connector::Options),
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Test(options) => test::run(&options),
        Task::Check(options) => check::run(&options),
        Task::Dev(options) => dev::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Gen => generate::run(),
        Task::NewConnector(options) => connector::run(&options),
    };
    match done {
        Ok(code) => code,
        Err(cause) => {
            eprintln!("error: {cause:#}");
            ExitCode::FAILURE
        }
    }
}
