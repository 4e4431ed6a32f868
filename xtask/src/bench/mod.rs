//! `cargo xtask bench`: measures what the design promises, on the release binary, over real sockets.
//!
//! Load generator and receivers are processes of their own. Every bench runs three times on fresh data; the middle run
//! counts, the others show how far to believe it. Add one by a row in [`BENCHES`].

mod machine;
mod rig;
mod table;

use std::fs;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;

use crate::shell::{cargo, run as run_command, target};
use rig::Load;
use table::{Figures, Row};

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Names of benches; none means all. `cargo xtask bench --list` tells them.
    names: Vec<String>,
    /// Only tell what there is.
    #[arg(long)]
    list: bool,
    /// A tenth of the work, once: to see that it runs, not to believe it.
    #[arg(long)]
    quick: bool,
}

/// Times that each bench runs.
const RUNS: usize = 3;
/// Share of the machine, in percent, that other programs may take before a run's figures are marked.
const FOREIGN_MAX: f64 = 10.0;

/// A named measurement.
struct Bench {
    name: &'static str,
    what: &'static str,
    load: Load,
    /// What the design promises of these figures.
    promises: &'static [Promise],
}

/// A bound that a figure must keep.
struct Promise {
    figure: &'static str,
    bound: Bound,
}

/// Which side is good.
#[derive(Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

const BENCHES: &[Bench] = &[
    Bench {
        name: "flood",
        what: "hub to portals as fast as it goes: SQLite, 128 senders, 100 lines, 10 portals, 1 KiB",
        load: Load { senders: 128, lines: 100, portals: 10, count: 300_000, size_bytes: 1024, rate: None },
        promises: &[
            Promise { figure: "messages/s, sent to receipt", bound: Bound::AtLeast(8000.0) },
            Promise { figure: "CPU s per 10,000, all processes", bound: Bound::AtMost(1.5) },
            Promise { figure: "lost, jumped over or overtaken", bound: Bound::AtMost(0.0) },
        ],
    },
    Bench {
        name: "latency",
        what: "100 messages a second for a minute: SQLite, 32 senders, 100 lines, 10 portals, 1 KiB",
        load: Load { senders: 32, lines: 100, portals: 10, count: 6000, size_bytes: 1024, rate: Some(100) },
        promises: &[
            Promise { figure: "sent to receipt p50, ms", bound: Bound::AtMost(2.0) },
            Promise { figure: "sent to receipt p99, ms", bound: Bound::AtMost(10.0) },
            Promise { figure: "lost, jumped over or overtaken", bound: Bound::AtMost(0.0) },
        ],
    },
];

/// Builds, measures, prints, writes `target/bench.json`.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    if options.list {
        for bench in BENCHES {
            println!("{:<10} {}", bench.name, bench.what);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = choose(&options.names)?;
    let mut build = cargo();
    build.args(["build", "--release", "--package", "openlines-server", "--package", "openlines-testkit"]);
    run_command(build.args(["--bin", "openlines", "--bin", "openlines-load"]).env("OL_UI", "skip"))?;

    let machine = machine::describe()?;
    println!("\n{}", machine.text());
    let mut results = Vec::new();
    for bench in chosen {
        println!("\n==> {}: {}", bench.name, bench.what);
        let rows = measure(bench, options.quick)?;
        table::print(&rows);
        results.push(json!({ "name": bench.name, "what": bench.what, "figures": rows.iter().map(Row::json).collect::<Vec<_>>() }));
    }
    let file = target()?.join("bench.json");
    let report = json!({ "quick": options.quick, "machine": machine.json(), "benches": results });
    fs::write(&file, serde_json::to_string_pretty(&report)?).with_context(|| format!("writing {}", file.display()))?;
    println!("\nWrote {}", file.display());
    Ok(ExitCode::SUCCESS)
}

fn choose(names: &[String]) -> Result<Vec<&'static Bench>> {
    let known = || BENCHES.iter().map(|it| it.name).collect::<Vec<_>>().join(", ");
    if let Some(wrong) = names.iter().find(|it| BENCHES.iter().all(|bench| bench.name != **it)) {
        bail!("NAMES: there is no bench `{wrong}`; there are: {}", known());
    }
    Ok(BENCHES.iter().filter(|it| names.is_empty() || names.iter().any(|name| name == it.name)).collect())
}

fn measure(bench: &'static Bench, quick: bool) -> Result<Vec<Row>> {
    let (runs, load) = if quick { (1, bench.load.tenth()) } else { (RUNS, bench.load) };
    let mut all: Vec<Figures> = Vec::new();
    for number in 1..=runs {
        let figures = rig::run(&load)?;
        let foreign = figures.get(machine::FOREIGN).copied().unwrap_or(0.0);
        let mark = if foreign > FOREIGN_MAX { "  disturbed: other programs ran, do not believe it" } else { "" };
        println!("    run {number} of {runs}{mark}");
        all.push(figures);
    }
    Ok(table::rows(&all, bench.promises))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_name_tells_the_right_ones() {
        let refused = choose(&["flod".to_owned()]).map(|it| it.len()).expect_err("refused").to_string();
        assert!(refused.contains("flod") && refused.contains("flood, latency"), "{refused}");
        assert_eq!(choose(&[]).expect("all").len(), BENCHES.len());
        assert_eq!(choose(&["latency".to_owned()]).expect("one")[0].name, "latency");
    }
}
