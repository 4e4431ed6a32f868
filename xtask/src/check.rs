//! `cargo xtask check`: what can be said about the code without running it.

use std::process::{Command, ExitCode};

use anyhow::Result;
use clap::Args;

use crate::shell::{self, cargo, npm, run as run_command, shown, start, took, which};
use crate::{generate, system};

/// Switches of `check`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only the Rust part: format, lints, dependencies.
    #[arg(long)]
    rust: bool,
    /// Only the interface: lint, types, texts.
    #[arg(long)]
    web: bool,
}

/// Runs all checks, and says at the end which failed.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let all = !(options.rust || options.web);
    let mut checks = Checks::default();
    if all || options.rust {
        checks.run("Format", cargo().args(["fmt", "--all", "--check"]));
        let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        checks.run("Lints", cargo().args(clippy).env("OL_UI", "skip"));
        // Advisories are fetched from a server and change without us: they get a run of their own, not a commit's.
        let deny = ["deny", "check", "bans", "licenses", "sources"];
        checks.run_if_installed("Licences and sources", "cargo-deny", cargo().args(deny));
        checks.run_if_installed("Unused dependencies", "cargo-machete", cargo().arg("machete"));
    }
    if all || options.web {
        system::node()?;
        system::node_modules(&shell::web())?;
        checks.run("Interface: texts, lint, types", npm(&shell::web()).args(["run", "check"]));
    }
    if all {
        checks.record("Generated files are fresh", generate::check);
    }
    Ok(checks.finish())
}

/// What was checked so far.
#[derive(Debug, Default)]
struct Checks {
    lines: Vec<String>,
    failed: usize,
}

impl Checks {
    fn run(&mut self, name: &str, command: &mut Command) {
        println!("\n==> {name}: {}", shown(command));
        self.record(name, || run_command(command));
    }

    fn run_if_installed(&mut self, name: &str, tool: &str, command: &mut Command) {
        if which(tool).is_some() {
            self.run(name, command);
        } else {
            self.lines.push(format!("{name}: not checked, run `cargo install --locked {tool}` once"));
        }
    }

    fn record(&mut self, name: &str, check: impl FnOnce() -> Result<()>) {
        let since = start();
        let word = match check() {
            Ok(()) => "good".to_owned(),
            Err(cause) => {
                self.failed += 1;
                format!("FAILED: {cause:#}")
            }
        };
        self.lines.push(format!("{name}: {word} ({})", took(since)));
    }

    fn finish(self) -> ExitCode {
        println!("\nAll checks:");
        for line in &self.lines {
            println!("  {line}");
        }
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
