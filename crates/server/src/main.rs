//! The one binary: `openlines serve | hub | portal | demo | …`. Wiring, settings and the embedded interface; no logic.
//!
//! Start with `cli.rs` for what can be asked of it, then `wiring.rs` for how the parts are put together.

mod assets;
mod cli;
mod commands;
mod config;
mod data;
mod demo;
mod listener;
mod serve;
mod telemetry;
mod web;
mod wiring;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command, UserCommand};
use crate::config::{Config, VARIABLE_PREFIX};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            // The chain in one line each: what failed first, then why.
            let mut text = format!("openlines: {cause}\n");
            for reason in cause.chain().skip(1) {
                text.push_str(&format!("  because: {reason}\n"));
            }
            drop(std::io::stderr().lock().write_all(text.as_bytes()));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let config = Config::load(&cli.overrides, &variables())?;
    match cli.command {
        Command::Config { effective } => return commands::config::run(&config, effective),
        Command::Openapi => return commands::print(&openlines_portal::openapi()),
        _ => {}
    }
    telemetry::start_logs(&config.log)?;
    match cli.command {
        Command::Serve => serve::serve(config).await,
        Command::Hub { add_site } => serve::hub(config, add_site.as_deref()).await,
        Command::Portal => serve::portal(config).await,
        Command::Demo { customers } => serve::demo(config, customers).await,
        Command::Migrate => commands::migrate::run(&config).await,
        Command::User { command: UserCommand::Add { email, name, admin } } => {
            commands::user::add(config, &email, name.as_deref(), admin).await
        }
        Command::Doctor => commands::doctor::run(&config).await,
        Command::Config { .. } | Command::Openapi => Ok(()),
    }
}

/// The process's variables that are ours. Those that are not text cannot be.
fn variables() -> Vec<(String, String)> {
    let ours =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    ours.filter(|(name, _)| name.starts_with(VARIABLE_PREFIX) && !TEST_VARIABLES.contains(&name.as_str())).collect()
}

/// Variables of the test runner that share the prefix.
const TEST_VARIABLES: [&str; 2] = ["OPENLINES_BIN", "OPENLINES_TEST_POSTGRES"];
