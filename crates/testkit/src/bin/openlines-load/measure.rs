//! Times and what they amount to.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// The kernel counts a process's time in hundredths of a second.
const TICKS_PER_S: f64 = 100.0;

/// Microseconds since 1970: the same clock in all processes of the machine.
#[expect(clippy::disallowed_methods, reason = "measures the machine itself")]
pub(crate) fn now_us() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| u64::try_from(it.as_micros()).unwrap_or(u64::MAX))
}

/// Milliseconds at half, at 99 of 100, and at the worst.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(crate) struct Spread {
    p50: f64,
    p99: f64,
    max: f64,
}

impl Spread {
    /// Of times in microseconds.
    pub(crate) fn of(mut times_us: Vec<u64>) -> Self {
        times_us.sort_unstable();
        let Some(last) = times_us.len().checked_sub(1) else { return Self::default() };
        #[expect(clippy::cast_precision_loss, reason = "times of a run are far below 2^52 microseconds")]
        let ms = |percent: usize| times_us[last * percent / 100] as f64 / 1000.0;
        Self { p50: ms(50), p99: ms(99), max: ms(100) }
    }
}

/// Processor seconds that this process took; zero where the kernel does not tell.
pub(crate) fn cpu_s() -> f64 {
    let Ok(text) = fs::read_to_string("/proc/self/stat") else { return 0.0 };
    // The name in brackets may hold blanks; user and system time are the 12th and 13th fields after it.
    let after = text.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_S
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_are_read_off_the_sorted_times() {
        let table = [
            (vec![], (0.0, 0.0, 0.0)),
            (vec![3000], (3.0, 3.0, 3.0)),
            ((0..=100).rev().map(|it| it * 1000).collect(), (50.0, 99.0, 100.0)),
        ];
        for (times, (p50, p99, max)) in table {
            assert_eq!(Spread::of(times), Spread { p50, p99, max });
        }
    }
}
