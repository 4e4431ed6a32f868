//! Counts of passed and failed tests, read from what test programs print or write.

use std::ops::AddAssign;

/// How many tests passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Did what they should.
    pub(crate) passed: u64,
    /// Did not; a test that was left out counts here too: nothing is skipped silently.
    pub(crate) failed: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
    }
}

/// Which program's words to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    /// `cargo nextest run`.
    Nextest,
    /// `cargo test`, once per test binary.
    Libtest,
    /// `node --test`, or a script whose last line is `N passed, N failed`.
    Node,
}

/// Reads one line of a program; `None` if it holds no count.
pub(crate) fn line(voice: Voice, line: &str) -> Option<Tally> {
    match voice {
        Voice::Nextest => {
            let counts = line.trim_start().strip_prefix("Summary [")?.split_once("run:")?.1;
            // A flaky pass is a failure: nextest tells it as `3 passed (1 flaky)`.
            let flaky = number_before(counts, "flaky");
            let failed = number_before(counts, "failed") + number_before(counts, "timed out");
            Some(Tally { passed: number_before(counts, "passed") - flaky, failed: failed + flaky })
        }
        Voice::Libtest => {
            let counts = line.strip_prefix("test result: ")?;
            let failed = number_before(counts, "failed") + number_before(counts, "ignored");
            Some(Tally { passed: number_before(counts, "passed"), failed })
        }
        Voice::Node => {
            if let Some((passed, failed)) =
                line.trim().strip_suffix(" failed").and_then(|it| it.split_once(" passed, "))
            {
                return Some(Tally { passed: passed.parse().ok()?, failed: failed.parse().ok()? });
            }
            // `# pass 12` by its TAP reporter, `ℹ pass 12` by its reporter for people.
            let counts = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))?;
            let (word, count) = counts.split_once(' ')?;
            let count = count.parse().ok()?;
            match word {
                "pass" => Some(Tally { passed: count, failed: 0 }),
                "fail" | "cancelled" | "skipped" | "todo" => Some(Tally { passed: 0, failed: count }),
                _ => None,
            }
        }
    }
}

/// Reads the JSON report of vitest.
pub(crate) fn vitest(report: &serde_json::Value) -> Option<Tally> {
    let count = |name: &str| report[name].as_u64();
    let left_out = count("numPendingTests").unwrap_or(0) + count("numTodoTests").unwrap_or(0);
    Some(Tally { passed: count("numPassedTests")?, failed: count("numFailedTests")? + left_out })
}

/// Reads the JSON report of Playwright's test runner.
pub(crate) fn playwright(report: &serde_json::Value) -> Option<Tally> {
    let count = |name: &str| report["stats"][name].as_u64();
    Some(Tally { passed: count("expected")?, failed: count("unexpected")? + count("flaky")? + count("skipped")? })
}

/// The number right before a word: `12` in `… 12 failed …`; 0 if the word is not there.
fn number_before(text: &str, word: &str) -> u64 {
    let Some(at) = text.find(word) else { return 0 };
    let before = text[..at].trim_end();
    let digits = before.rsplit(|it: char| !it.is_ascii_digit()).next().unwrap_or("");
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_every_voice() {
        let table = [
            (Voice::Nextest, "     Summary [   0.5s] 12 tests run: 12 passed, 0 skipped", Some((12, 0))),
            (
                Voice::Nextest,
                "     Summary [  61.0s] 9/40 tests run: 7 passed (1 slow), 2 failed, 31 skipped",
                Some((7, 2)),
            ),
            (Voice::Nextest, "     Summary [   2.0s] 5 tests run: 4 passed (1 flaky), 1 timed out", Some((3, 2))),
            (Voice::Nextest, "        PASS [   0.1s] openlines-base time::tests::adds", None),
            (
                Voice::Libtest,
                "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
                Some((5, 0)),
            ),
            (Voice::Libtest, "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured", Some((5, 3))),
            (Voice::Libtest, "test result_of_a_test ... ok", None),
            (Voice::Node, "# pass 7", Some((7, 0))),
            (Voice::Node, "ℹ fail 2", Some((0, 2))),
            (Voice::Node, "# duration_ms 7", None),
            (Voice::Node, "23 passed, 1 failed", Some((23, 1))),
        ];
        for (voice, text, expected) in table {
            let expected = expected.map(|(passed, failed)| Tally { passed, failed });
            assert_eq!(line(voice, text), expected, "{text}");
        }
    }

    #[test]
    fn a_browser_test_left_out_or_passed_at_the_second_try_has_failed() {
        let report = serde_json::json!({"stats": {"expected": 9, "unexpected": 1, "flaky": 1, "skipped": 2}});
        assert_eq!(playwright(&report), Some(Tally { passed: 9, failed: 4 }));
        assert_eq!(playwright(&serde_json::json!({})), None);
    }

    #[test]
    fn a_web_test_left_out_has_failed() {
        let report =
            serde_json::json!({"numPassedTests": 4, "numFailedTests": 0, "numPendingTests": 1, "numTodoTests": 1});
        assert_eq!(vitest(&report), Some(Tally { passed: 4, failed: 2 }));
    }
}
