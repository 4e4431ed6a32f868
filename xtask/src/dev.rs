//! `cargo xtask dev`: the backend in debug and the interface with hot reload, side by side.

use std::process::{Child, Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::shell::{cargo, command, pause, run as run_command, shown, web};
use crate::system;

/// How often we look whether one of the two ended.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Where the interface is served with hot reload.
const ADDRESS: &str = "http://localhost:5173";

/// Switches of `dev`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Run `openlines demo` in place of `serve`: simulated messengers with talking customers.
    #[arg(long)]
    demo: bool,
    /// Passed on to the backend, after `--`: `cargo xtask dev -- --data ./other`.
    #[arg(last = true)]
    backend: Vec<String>,
}

/// Runs both until one ends or ctrl-c comes: the terminal sends it to both, as they are in our group.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    system::node()?;
    system::node_modules(&web())?;
    // Built first, so that the interface does not talk to nobody for minutes.
    run_command(cargo().args(["build", "--package", "openlines-server"]).env("OL_UI", "skip"))?;
    let role = if options.demo { "demo" } else { "serve" };
    let mut backend = cargo();
    backend.args(["run", "--quiet", "--package", "openlines-server", "--", role]).args(&options.backend);
    let backend = Running::start("The backend", backend.env("OL_UI", "skip"))?;
    let interface = Running::start("The interface", &mut command("node_modules/.bin/vite", &web()))?;
    println!("\n==> Open {ADDRESS}. A change of the interface shows at once; for one of the backend start again.\n");
    let mut both = [backend, interface];
    loop {
        for running in &mut both {
            if let Some(code) = running.ended()? {
                return Ok(code);
            }
        }
        pause(LOOK_EVERY);
    }
}

/// A program in the background; dropped, it is stopped.
struct Running {
    name: &'static str,
    child: Child,
}

impl Running {
    fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        println!("==> {}", shown(command));
        let child = command.spawn().with_context(|| format!("starting `{}`", shown(command)))?;
        Ok(Self { name, child })
    }

    fn ended(&mut self) -> Result<Option<ExitCode>> {
        let Some(status) = self.child.try_wait().with_context(|| format!("{}: waiting", self.name))? else {
            return Ok(None);
        };
        println!("{} ended ({status}); stopping the other", self.name);
        Ok(Some(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // Asked, not killed: the backend finishes the work in hand, and both stop what they started themselves.
            let id = self.child.id().to_string();
            drop(Command::new("kill").args(["-TERM", &id]).status());
            drop(self.child.wait());
        }
    }
}
