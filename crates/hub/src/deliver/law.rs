//! The law of locks: when a line that failed is tried again, and when its events are given up. Pure.
//!
//! Tries stand at fixed marks after the first failed one: 0, 10 s, 40 s, … 12 h, 24 h. Because every mark is counted
//! from the first failure, neither a slow try nor jitter ever adds up: the total is 24 hours. What a try will cost is
//! written before it is made, so a hub that is killed in the middle comes back with the lock in place.

use std::time::Duration;

use openlines_base::Time;

const MIN: u32 = 60;
const HOUR: u32 = 60 * MIN;

/// Pause after the 1st, 2nd, … failed attempt, in seconds. 24 hours in all.
pub const LOCK_STEPS_S: [u32; 11] =
    [10, 30, MIN, 3 * MIN, 10 * MIN, 30 * MIN, HOUR, 2 * HOUR, 3 * HOUR, 18_920, 12 * HOUR];
const _: () = assert!(sum(&LOCK_STEPS_S, LOCK_STEPS_S.len()) == 24 * HOUR); // The last alone is 12.
const _: () = assert!(LOCK_STEPS_S[LOCK_STEPS_S.len() - 1] == 12 * HOUR);

/// The last step: after it comes the last try.
const LAST: u32 = 11;
const _: () = assert!(LOCK_STEPS_S.len() == LAST as usize);

/// Jitter adds at most this to one pause, and at most a tenth of it.
const JITTER_MAX: Duration = Duration::from_secs(60);
/// A try that was late (its site was busy) is followed by at least this pause.
const PAUSE_MIN: Duration = Duration::from_secs(LOCK_STEPS_S[0] as u64);
/// A try missed by less, because no hub ran, is simply late.
const MISSED_FREE: Duration = Duration::from_secs(5 * MIN as u64);

/// The growing pause of one line. Kept in the queue store beside its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lock {
    /// Steps used up: 0 means that nothing failed since the last receipt.
    pub attempt: u32,
    /// When the first failed try began. Meaningless while `attempt` is 0.
    pub first_failed_at: Time,
    /// The next try is due then. Meaningless while `attempt` is 0.
    pub locked_until: Time,
}

/// What to write before a try, and what its failure would mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The lock that holds unless a receipt comes.
    pub lock: Lock,
    /// This is the last try: without a receipt all events of the line are dropped.
    pub is_last: bool,
}

impl Lock {
    /// No failure.
    pub const OPEN: Self = Self { attempt: 0, first_failed_at: Time::from_ms(0), locked_until: Time::from_ms(0) };

    /// Whether tries failed since the last receipt.
    #[must_use]
    pub const fn is_failing(self) -> bool {
        self.attempt > 0
    }

    /// Whether a try may be made at `now`.
    #[must_use]
    pub fn is_due(self, now: Time) -> bool {
        !self.is_failing() || self.locked_until <= now
    }

    /// What a try at `now` costs. A try before its time (the portal said hello, a probe came through) uses up no step.
    ///
    /// `chance` gives a number below its argument.
    #[must_use]
    pub fn plan(self, now: Time, chance: impl FnOnce(u64) -> u64) -> Plan {
        let is_reached = self.is_due(now);
        if is_reached && self.attempt >= LAST {
            return Plan { lock: self, is_last: true };
        }
        // A clock that was set back must not make the pause longer than it is in the table.
        let first_failed_at = if self.is_failing() { self.first_failed_at.min(now) } else { now };
        if !is_reached {
            return Plan { lock: Self { first_failed_at, ..self }, is_last: false };
        }
        let attempt = self.attempt + 1;
        let jitter = if attempt < LAST { jitter_max(attempt) } else { Duration::ZERO };
        let mark = first_failed_at + after(attempt) + Duration::from_millis(chance(as_ms(jitter) + 1));
        let lock = Self { attempt, first_failed_at, locked_until: mark.max(now + PAUSE_MIN) };
        Plan { lock, is_last: false }
    }

    /// The lock of a line after no hub ran for a while: time in which nobody could try does not count against it.
    ///
    /// Without this, a hub that starts after a weekend would drop everything before the portal beside it is up.
    #[must_use]
    pub fn resumed(self, now: Time) -> Self {
        let missed = now.since(self.locked_until);
        if !self.is_failing() || missed < MISSED_FREE {
            return self;
        }
        Self { first_failed_at: self.first_failed_at + missed, locked_until: now, ..self }
    }
}

/// From the first failed try to the end of step `attempt`.
fn after(attempt: u32) -> Duration {
    Duration::from_secs(u64::from(sum(&LOCK_STEPS_S, attempt as usize)))
}

fn jitter_max(attempt: u32) -> Duration {
    let step = LOCK_STEPS_S[(attempt - 1) as usize];
    (Duration::from_secs(u64::from(step)) / 10).min(JITTER_MAX)
}

fn as_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

const fn sum(steps: &[u32], count: usize) -> u32 {
    let (mut total, mut n) = (0, 0);
    while n < count {
        total += steps[n];
        n += 1;
    }
    total
}

#[cfg(test)]
mod tests {
    use openlines_base::{DAY, SECOND};
    use proptest::prelude::*;

    use super::*;

    const START: Time = Time::from_s(1_000_000);

    /// Tries at each due moment until the last one; gives the moments in seconds after the first.
    fn moments(jitter: u64) -> Vec<u64> {
        let (mut lock, mut now, mut all) = (Lock::OPEN, START, Vec::new());
        loop {
            all.push(now.since(START).as_secs());
            let plan = lock.plan(now, |bound| jitter.min(bound - 1));
            if plan.is_last {
                return all;
            }
            lock = plan.lock;
            now = lock.locked_until;
        }
    }

    #[test]
    fn the_tries_stand_where_the_law_says() {
        let marks = [0, 10, 40, 100, 280, 880, 2680, 6280, 13_480, 24_280, 43_200, 86_400];
        assert_eq!(moments(0), marks);
    }

    #[test]
    fn jitter_spreads_but_the_total_stays_24_hours() {
        let spread = moments(u64::MAX);
        for (late, mark) in spread.iter().zip(moments(0)) {
            assert!((mark..=mark + 60).contains(late), "{late} is not just after {mark}");
        }
        assert_eq!(spread.last(), Some(&86_400));
        assert_ne!(spread, moments(0));
    }

    #[test]
    fn a_try_before_its_time_uses_up_no_step() {
        let first = Lock::OPEN.plan(START, |_| 0).lock;
        let early = first.plan(START + 5 * SECOND, |_| 0);
        assert_eq!(early, Plan { lock: first, is_last: false });
        let on_time = first.plan(START + 10 * SECOND, |_| 0);
        assert_eq!(on_time.lock.attempt, 2);
    }

    #[test]
    fn a_killed_last_try_is_made_again() {
        let lock = Lock { attempt: LAST, first_failed_at: START, locked_until: START + DAY };
        assert!(!lock.plan(START + DAY - SECOND, |_| 0).is_last);
        let plan = lock.plan(START + DAY, |_| 0);
        assert!(plan.is_last && plan.lock == lock && plan.lock.is_due(START + DAY));
    }

    #[test]
    fn a_weekend_without_a_hub_does_not_count() {
        let lock = Lock { attempt: LAST, first_failed_at: START, locked_until: START + DAY };
        let monday = START + 3 * DAY;
        let resumed = lock.resumed(monday);
        assert_eq!(resumed.locked_until, monday);
        let half = Lock { attempt: 4, first_failed_at: START, locked_until: START + 280 * SECOND };
        let plan = half.resumed(monday).plan(monday, |_| 0);
        assert_eq!(plan.lock.locked_until, monday + 600 * SECOND, "the next step of the table, not the end");
        assert_eq!(half.resumed(START + 300 * SECOND), half, "a quick restart changes nothing");
    }

    #[test]
    fn a_clock_set_back_an_hour_keeps_the_steps() {
        let lock = Lock::OPEN.plan(START, |_| 0).lock;
        let back = START - Duration::from_secs(3600);
        let plan = lock.plan(back, |_| 0);
        assert_eq!(plan.lock.attempt, 1);
        assert_eq!(plan.lock.first_failed_at, back);
    }

    proptest! {
        #[test]
        fn however_late_or_early_the_tries_are_nothing_is_dropped_before_24_hours_and_12_tries(
            waits in prop::collection::vec(0_u64..90_000, 1..200), seed in any::<u64>(),
        ) {
            let (mut lock, mut now, mut tries) = (Lock::OPEN, START, 0);
            for wait in waits {
                tries += 1;
                let plan = lock.plan(now, |bound| seed % bound);
                if plan.is_last {
                    prop_assert!(now.since(START) >= DAY && tries >= 12);
                    return Ok(());
                }
                prop_assert!(plan.lock.locked_until.since(now) <= Duration::from_secs(12 * 3600) + PAUSE_MIN);
                lock = plan.lock;
                now = now + Duration::from_secs(wait);
            }
        }
    }
}
