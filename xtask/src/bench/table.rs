//! Figures of several runs as rows: middle, least, most, and the promise.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Bound, Promise};

/// What one run measured, by name. Names say the unit.
pub(super) type Figures = BTreeMap<&'static str, f64>;

/// One figure over all runs.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    name: &'static str,
    median: f64,
    min: f64,
    max: f64,
    /// Words, and whether the middle run kept it.
    promise: Option<(String, bool)>,
}

/// Gathers runs into rows.
pub(super) fn rows(runs: &[Figures], promises: &[Promise]) -> Vec<Row> {
    let Some(first) = runs.first() else { return Vec::new() };
    first.keys().map(|name| row(name, runs, promises)).collect()
}

fn row(name: &'static str, runs: &[Figures], promises: &[Promise]) -> Row {
    let mut values: Vec<f64> = runs.iter().filter_map(|it| it.get(name).copied()).collect();
    values.sort_unstable_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    let median = at(values.len() / 2);
    let promise = promises.iter().find(|it| it.figure == name).map(|it| match it.bound {
        Bound::AtLeast(bound) => (format!("at least {}", shown(bound)), median >= bound),
        Bound::AtMost(bound) => (format!("at most {}", shown(bound)), median <= bound),
    });
    Row { name, median, min: at(0), max: at(values.len().saturating_sub(1)), promise }
}

impl Row {
    /// For `bench.json`.
    pub(super) fn json(&self) -> Value {
        json!({
            "name": self.name, "median": self.median, "min": self.min, "max": self.max,
            "promise": self.promise.as_ref().map(|it| &it.0), "kept": self.promise.as_ref().map(|it| it.1),
        })
    }
}

/// Prints rows under each other.
pub(super) fn print(rows: &[Row]) {
    println!("    {:<34} {:>12} {:>12} {:>12}  promise", "", "median", "min", "max");
    for row in rows {
        let promise = match &row.promise {
            None => String::new(),
            Some((words, true)) => format!("{words}: kept"),
            Some((words, false)) => format!("{words}: NOT KEPT"),
        };
        println!(
            "    {:<34} {:>12} {:>12} {:>12}  {promise}",
            row.name,
            shown(row.median),
            shown(row.min),
            shown(row.max)
        );
    }
}

/// As many digits as mean something.
fn shown(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        it if it < 10.0 => format!("{value:.2}"),
        it if it < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_run_counts_and_keeps_the_promise_or_not() {
        let runs = [3.0, 1.0, 20.0].map(|it| Figures::from([("p99, ms", it)]));
        let promises = [Promise { figure: "p99, ms", bound: Bound::AtMost(2.0) }];
        let expected = Row {
            name: "p99, ms",
            median: 3.0,
            min: 1.0,
            max: 20.0,
            promise: Some(("at most 2.00".to_owned(), false)),
        };
        assert_eq!(rows(&runs, &promises), [expected]);
        assert_eq!(rows(&[], &promises), []);
    }

    #[test]
    fn numbers_are_shown_with_the_digits_that_mean_something() {
        for (value, expected) in [(0.0, "0"), (0.651, "0.65"), (12.34, "12.3"), (14_321.9, "14322")] {
            assert_eq!(shown(value), expected);
        }
    }
}
