//! Refuses a sealed letter that was taken before.
//!
//! What is remembered is the sealing, not the `webhook-id`: an honest sender retries under the same id, but seals each
//! try anew, so the retry has another nonce and tag and passes. Who recorded a letter on the way can only repeat the
//! very bytes, and these are refused. The receiver of a retry dedupes by what is inside: event ids, ids of outgoing acts.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use openlines_base::{MINUTE, Time};

use crate::open::{Mark, Opened};
use crate::{OpenError, SiteId};

/// How long a letter is remembered after its timestamp. Twice the window of 5 minutes, so that a letter stamped by a
/// fast clock is covered, and one of ours that was set back by up to 5 minutes too.
const MEMORY: Duration = Duration::from_secs(10 * 60);
/// Letters remembered per site, under 1 MB: 16 a second for ten minutes.
const SITE_MAX: usize = 10_000;
/// How often what is out of memory is swept away.
const SWEEP_EVERY: Duration = MINUTE;

/// Remembers the letters of the last ten minutes and refuses a second one like it. One per process; ask it after
/// [`crate::Envelope::open`], so that strangers cannot fill it.
///
/// A site that sends more than fits loses the memory of its oldest letters, and from then on letters stamped as early
/// as those are refused as well: no replay passes, and an honest retry has a later stamp. One site cannot push out
/// another's.
#[derive(Debug, Default)]
pub struct ReplayGuard {
    sites: HashMap<SiteId, Window>,
    swept_at: Time,
}

#[derive(Debug, Default)]
struct Window {
    /// By time first, so the oldest is the first.
    seen: BTreeSet<(Time, Mark)>,
    /// Letters stamped up to this moment may have been forgotten.
    forgotten_to: Option<Time>,
}

impl ReplayGuard {
    /// An empty memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes note of an opened letter.
    ///
    /// # Errors
    /// [`OpenError::Replayed`] when it was noted before, or may have been.
    pub fn admit(&mut self, opened: &Opened, now: Time) -> Result<(), OpenError> {
        self.sweep(now);
        self.sites.entry(opened.site).or_default().admit(opened.timestamp, *opened.mark())
    }

    fn sweep(&mut self, now: Time) {
        if now.since(self.swept_at) < SWEEP_EVERY && self.swept_at <= now {
            return;
        }
        self.swept_at = now;
        let horizon = now - MEMORY;
        self.sites.retain(|_, window| {
            window.seen = window.seen.split_off(&(horizon, Mark::default()));
            window.forgotten_to = window.forgotten_to.filter(|it| *it >= horizon);
            !window.seen.is_empty() || window.forgotten_to.is_some()
        });
    }
}

impl Window {
    fn admit(&mut self, timestamp: Time, mark: Mark) -> Result<(), OpenError> {
        if self.forgotten_to.is_some_and(|it| timestamp <= it) || !self.seen.insert((timestamp, mark)) {
            return Err(OpenError::Replayed);
        }
        if self.seen.len() > SITE_MAX {
            self.forgotten_to = self.seen.pop_first().map(|(time, _)| time);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(number: usize) -> Mark {
        let mut mark = Mark::default();
        mark[..8].copy_from_slice(&number.to_be_bytes());
        mark
    }

    #[test]
    fn a_full_memory_refuses_what_it_may_have_forgotten_and_takes_what_is_newer() {
        let mut window = Window::default();
        let stamp = |number: usize| Time::from_s(i64::try_from(number / 100).unwrap());
        for number in 0..SITE_MAX + 250 {
            window.admit(stamp(number), mark(number)).unwrap();
        }
        assert_eq!(window.seen.len(), SITE_MAX);
        for number in [0, 249, 250, SITE_MAX + 249] {
            assert_eq!(window.admit(stamp(number), mark(number)), Err(OpenError::Replayed), "{number}");
        }
        assert_eq!(window.admit(stamp(250), mark(1_000_000)), Err(OpenError::Replayed), "as early as a forgotten one");
        assert_eq!(window.admit(stamp(300), mark(1_000_001)), Ok(()));
    }

    #[test]
    fn a_site_that_fell_silent_takes_no_memory() {
        let mut guard = ReplayGuard::new();
        guard.sites.entry(SiteId(1)).or_default().admit(Time::from_s(1000), mark(1)).unwrap();
        guard.sweep(Time::from_s(1600));
        assert_eq!(guard.sites.len(), 1);
        guard.sweep(Time::from_s(1661));
        assert_eq!(guard.sites.len(), 0);
    }
}
