//! The machine: what it is, what its disk does, and who else uses it while we measure.

use std::fs::{self, File};
use std::io::Write as _;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::shell::{command, output, root, start, target};

/// Name of the figure that tells what other programs took of the machine.
pub(super) const FOREIGN: &str = "other programs, % of the machine";
/// Blocks written to time the disk.
const FLUSHES: usize = 200;
/// Bytes of one block.
const BLOCK: [u8; 4096] = [7; 4096];
/// The kernel counts processor time in hundredths of a second.
const TICKS_PER_S: f64 = 100.0;

/// What the figures were measured on.
pub(super) struct Machine {
    commit: String,
    processor: String,
    processors: usize,
    kernel: String,
    file_system: String,
    flush_p50_ms: f64,
    flush_p99_ms: f64,
}

/// Looks at the machine and times its disk.
pub(super) fn describe() -> Result<Machine> {
    let ask = |program: &str, args: &[&str]| {
        output(command(program, root()).args(args)).map_or_else(|_| "unknown".to_owned(), |it| it.trim().to_owned())
    };
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|it| it.strip_prefix("model name")?.split_once(':'));
    let folder = target()?.to_string_lossy().into_owned();
    let file_system = ask("stat", &["--file-system", "--format=%T", &folder]);
    let (flush_p50_ms, flush_p99_ms) = flushes()?;
    Ok(Machine {
        commit: ask("git", &["describe", "--always", "--dirty"]),
        processor: model.map_or("unknown", |it| it.1.trim()).to_owned(),
        processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        kernel: ask("uname", &["-sr"]),
        file_system,
        flush_p50_ms,
        flush_p99_ms,
    })
}

impl Machine {
    /// For people.
    pub(super) fn text(&self) -> String {
        format!(
            "{} processors, {}\n{}, {}; a flush to disk takes {:.2} ms (p99 {:.2})\ncommit {}, release build",
            self.processors,
            self.processor,
            self.kernel,
            self.file_system,
            self.flush_p50_ms,
            self.flush_p99_ms,
            self.commit
        )
    }

    /// For `bench.json`.
    pub(super) fn json(&self) -> Value {
        json!({
            "commit": self.commit, "profile": "release", "processor": self.processor, "processors": self.processors,
            "kernel": self.kernel, "file_system": self.file_system,
            "flush_p50_ms": self.flush_p50_ms, "flush_p99_ms": self.flush_p99_ms,
        })
    }
}

/// Milliseconds that one flush of one block takes, at half and at 99 of 100.
fn flushes() -> Result<(f64, f64)> {
    let path = target()?.join("bench-flush");
    let mut file = File::create(&path).with_context(|| format!("writing {}", path.display()))?;
    let mut times = Vec::with_capacity(FLUSHES);
    for _ in 0..FLUSHES {
        file.write_all(&BLOCK)?;
        let since = start();
        file.sync_data()?;
        times.push(since.elapsed().as_secs_f64() * 1000.0);
    }
    drop(fs::remove_file(&path));
    times.sort_unstable_by(f64::total_cmp);
    Ok((times[FLUSHES / 2], times[FLUSHES * 99 / 100]))
}

/// Processor seconds: of the whole machine, busy and in all.
#[derive(Clone, Copy, Default)]
pub(super) struct Times {
    busy_s: f64,
    all_s: f64,
}

/// What the whole machine did since it started; zeros where the kernel does not tell.
pub(super) fn times() -> Times {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = text.lines().next().unwrap_or_default().split_whitespace().skip(1);
    // user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already.
    let ticks: Vec<f64> = fields.take(8).filter_map(|it| it.parse().ok()).collect();
    let all: f64 = ticks.iter().sum();
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    Times { busy_s: (all - idle) / TICKS_PER_S, all_s: all / TICKS_PER_S }
}

/// Share of the machine that others took between two moments, in percent, when our processes took `ours_s`.
pub(super) fn foreign(before: Times, after: Times, ours_s: f64) -> f64 {
    let all = after.all_s - before.all_s;
    if all <= 0.0 { 0.0 } else { ((after.busy_s - before.busy_s - ours_s) / all * 100.0).max(0.0) }
}

/// A process: processor seconds so far, and the most memory that it held, in MiB.
pub(super) fn process(id: u32) -> (f64, f64) {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // The name in brackets may hold blanks; user and system time are the 12th and 13th fields after it.
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<f64>().ok()).sum();
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|it| it.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<f64>().ok());
    (ticks / TICKS_PER_S, peak.unwrap_or(0.0) / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_get_what_we_did_not_take() {
        let (before, after) = (Times { busy_s: 10.0, all_s: 100.0 }, Times { busy_s: 40.0, all_s: 200.0 });
        for (ours_s, expected) in [(30.0, 0.0), (20.0, 10.0), (31.0, 0.0)] {
            assert!((foreign(before, after, ours_s) - expected).abs() < 1e-9, "{ours_s}");
        }
        assert!(foreign(before, before, 1.0).abs() < 1e-9);
    }
}
