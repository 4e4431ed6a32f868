//! `cargo xtask test`: everything that proves something, with one count at the end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use clap::Args;

use crate::postgres::Postgres;
use crate::shell::{self, cargo, npm, root, shown, start, target, took, var, watch};
use crate::system;
use crate::tally::{self, Tally, Voice};

/// Where tests find a PostgreSQL in which they may create databases.
const POSTGRES: &str = "OPENLINES_TEST_POSTGRES";

/// Which tests to run; none of the switches means all that runs without a screen: Rust, web, and the release build.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Rust tests and documentation tests, on SQLite and PostgreSQL.
    #[arg(long)]
    rust: bool,
    /// Protocol vectors checked by foreign libraries, and the interface's unit tests.
    #[arg(long)]
    web: bool,
    /// Release build, and browser tests against it.
    #[arg(long)]
    e2e: bool,
}

/// Runs the parts one after the other. A failing part does not hide the next one.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let all = !(options.rust || options.web || options.e2e);
    let (rust, web, e2e) = (all || options.rust, all || options.web, options.e2e);
    if web || e2e {
        system::node()?;
        system::node_modules(&shell::web())?;
    }
    let given = var(POSTGRES);
    let own = if given.is_none() && (rust || e2e) { Some(Postgres::start()?) } else { None };
    let postgres = given.or_else(|| own.as_ref().map(Postgres::url)).unwrap_or_default();

    let mut report = Report::default();
    if rust {
        rust_tests(&mut report, &postgres)?;
    }
    if web {
        web_tests(&mut report)?;
    }
    if all && release_build(&mut report)? {
        report.lines.push("Browser stories are not in this run; for them: cargo xtask test --e2e".to_owned());
    }
    if e2e && release_build(&mut report)? {
        browser_tests(&mut report, &postgres)?;
    }
    drop(own);
    Ok(report.finish())
}

fn rust_tests(report: &mut Report, postgres: &str) -> Result<()> {
    let has_nextest = cargo().args(["nextest", "--version"]).output().is_ok_and(|it| it.status.success());
    let mut command = cargo();
    command.env(POSTGRES, postgres).env("INSTA_UPDATE", "no");
    if has_nextest {
        command.args(["nextest", "run", "--workspace", "--no-fail-fast", "--color=never"]);
        command.args(["--status-level=slow", "--final-status-level=slow", "--failure-output=final"]);
        report.part("Rust tests", &mut command, Voice::Nextest)?;
    } else {
        command.args(["test", "--workspace", "--all-targets", "--no-fail-fast"]);
        report.part("Rust tests", &mut command, Voice::Libtest)?;
    }
    report.part("Documentation tests", cargo().args(["test", "--workspace", "--doc", "--no-fail-fast"]), Voice::Libtest)
}

fn web_tests(report: &mut Report) -> Result<()> {
    let vectors = root().join("crates/protocol/vectors/check");
    if vectors.join("package.json").is_file() {
        system::node_modules(&vectors)?;
        report.part("Protocol vectors, opened by foreign libraries", npm(&vectors).args(["test"]), Voice::Node)?;
    } else {
        report.missing("Protocol vectors, opened by foreign libraries", &vectors);
    }
    let written = report_file("vitest.json")?;
    let mut command = npm(&shell::web());
    command.args(["test", "--", "--reporter=default", "--reporter=json"]);
    command.arg(format!("--outputFile.json={}", written.display()));
    report.part_with_report("Web unit tests", &mut command, &written, tally::vitest)
}

/// The binary that people get, and beside it the fake messenger that browser tests run. False if it failed.
fn release_build(report: &mut Report) -> Result<bool> {
    let mut build = cargo();
    build.args(["build", "--release", "--package", "openlines-server", "--package", "openlines-testkit", "--bins"]);
    report.step("Release build", &mut build)
}

fn browser_tests(report: &mut Report, postgres: &str) -> Result<()> {
    let Some(config) =
        ["e2e/playwright.config.ts", "playwright.config.ts"].into_iter().find(|it| shell::web().join(it).is_file())
    else {
        report.missing("Browser tests", &shell::web().join("e2e/playwright.config.ts"));
        return Ok(());
    };
    let chromium = system::chromium()?;
    let written = report_file("playwright.json")?;
    let mut command = npm(&shell::web());
    command.args(["exec", "--", "playwright", "test", "--config", config, "--reporter=list,json"]);
    command.env("OPENLINES_BIN", target()?.join("release/openlines"));
    command.env("CHROMIUM", chromium).env(POSTGRES, postgres);
    command.env("PLAYWRIGHT_JSON_OUTPUT_FILE", &written).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    report.part_with_report("Browser tests", &mut command, &written, tally::playwright)
}

/// A fresh place for a test program's own report.
fn report_file(name: &str) -> Result<PathBuf> {
    let folder = target()?.join("xtask");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let file = folder.join(name);
    drop(fs::remove_file(&file));
    Ok(file)
}

/// What happened so far.
#[derive(Debug, Default)]
struct Report {
    lines: Vec<String>,
    total: Tally,
}

impl Report {
    /// Runs a test program that prints its counts.
    fn part(&mut self, name: &str, command: &mut Command, voice: Voice) -> Result<()> {
        let seen = Arc::new(Mutex::new(None::<Tally>));
        let counts = Arc::clone(&seen);
        self.measure(
            name,
            command,
            move |line| {
                if let Some(more) = tally::line(voice, line) {
                    *counts.lock().expect("no reader panics").get_or_insert_default() += more;
                }
            },
            move || *seen.lock().expect("no reader panics"),
        )
    }

    /// Runs a test program that writes its counts into a file.
    fn part_with_report(
        &mut self,
        name: &str,
        command: &mut Command,
        written: &Path,
        read: fn(&serde_json::Value) -> Option<Tally>,
    ) -> Result<()> {
        let counts = || read(&serde_json::from_slice(&fs::read(written).ok()?).ok()?);
        self.measure(name, command, |_| (), counts)
    }

    /// Runs a program that succeeds or fails as a whole. True if it did succeed.
    fn step(&mut self, name: &str, command: &mut Command) -> Result<bool> {
        let failed_before = self.total.failed;
        self.measure(name, command, |_| (), || Some(Tally::default()))?;
        Ok(self.total.failed == failed_before)
    }

    fn measure(
        &mut self,
        name: &str,
        command: &mut Command,
        see: impl FnMut(&str) + Send + 'static,
        counts: impl FnOnce() -> Option<Tally>,
    ) -> Result<()> {
        println!("\n==> {name}: {}", shown(command));
        let since = start();
        let succeeded = watch(command, see)?;
        let counts = counts();
        let told = counts.is_some();
        let mut tally = counts.unwrap_or_default();
        if tally.failed == 0 && !(succeeded && told) {
            println!("{name}: it ended without saying how many tests passed; counted as one failure");
            tally.failed = 1;
        }
        self.total += tally;
        let line = format!("{name}: {} passed, {} failed in {}", tally.passed, tally.failed, took(since));
        println!("<== {line}");
        self.lines.push(line);
        Ok(())
    }

    /// A part whose files are not there is a failure that says so.
    fn missing(&mut self, name: &str, place: &Path) {
        let place = place.strip_prefix(root()).unwrap_or(place).display();
        let line = format!("{name}: not run, {place} does not exist; counted as failed");
        println!("\n==> {line}");
        self.lines.push(line);
        self.total.failed += 1;
    }

    fn finish(self) -> ExitCode {
        println!("\nAll parts:");
        for line in &self.lines {
            println!("  {line}");
        }
        println!("\n{} passed, {} failed", self.total.passed, self.total.failed);
        if self.total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
