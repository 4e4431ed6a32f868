//! A clock that stands still until a test moves it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use openlines_base::{Clock, Time};
use tokio::sync::{oneshot, watch};

/// Where a new clock stands: a Saturday morning, 2026-11-21 09:00 UTC.
const START: Time = Time::from_s(1_795_251_600);
/// Turns that other tasks get after each wake, so that what a woken task starts to wait for is known before the clock
/// goes on. Enough for a chain of channels and locks; not for a request over a socket, see [`TestClock::advance`].
const TURNS: usize = 64;

/// A clock for tests. Clones share the time.
///
/// Sleepers wait for [`TestClock::advance`], in the order of their deadlines. The time of day can be turned without
/// waking anybody, as an administrator's hand or a time server does: [`TestClock::turn_back`].
#[derive(Clone)]
pub struct TestClock {
    state: Arc<Mutex<State>>,
    sleepers: watch::Sender<usize>,
}

struct State {
    /// What `now` shows when nothing has passed.
    origin: Time,
    /// What has passed. Only grows.
    passed: Duration,
    next_id: u64,
    sleepers: BTreeMap<(Duration, u64), oneshot::Sender<()>>,
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl TestClock {
    /// A clock that shows 2026-11-21 09:00 UTC.
    #[must_use]
    pub fn new() -> Self {
        Self::at(START)
    }

    /// A clock that shows this moment.
    #[must_use]
    pub fn at(origin: Time) -> Self {
        let state = State { origin, passed: Duration::ZERO, next_id: 0, sleepers: BTreeMap::new() };
        Self { state: Arc::new(Mutex::new(state)), sleepers: watch::Sender::new(0) }
    }

    /// Lets time pass and wakes all whose time has come, each at its own moment and in order.
    ///
    /// A task that is woken and sleeps again is woken again within the same call, if it gets that far without waiting
    /// for a socket or another thread (a `#[tokio::test]` has one). Else go in steps: wait for a state, then `advance`.
    pub async fn advance(&self, pause: Duration) {
        let end = self.lock().passed.saturating_add(pause);
        while self.wake_next(end) {
            settle().await;
        }
        self.lock().passed = end;
        settle().await;
    }

    /// Goes to the deadline of the next sleeper and wakes all who wait for it. How long that took, or `None` if nobody
    /// sleeps.
    pub async fn advance_to_next(&self) -> Option<Duration> {
        settle().await;
        let (passed, next) = {
            let state = self.lock();
            (state.passed, state.sleepers.keys().next()?.0)
        };
        let pause = next.saturating_sub(passed);
        self.advance(pause).await;
        Some(pause)
    }

    /// Turns the time of day back. Sleepers sleep as long as before.
    pub fn turn_back(&self, by: Duration) {
        let mut state = self.lock();
        state.origin = state.origin - by;
    }

    /// Turns the time of day forward. Sleepers sleep as long as before.
    pub fn turn_forward(&self, by: Duration) {
        let mut state = self.lock();
        state.origin = state.origin + by;
    }

    /// How many sleep now.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.lock().sleepers.len()
    }

    /// Waits until at least `count` sleep: whoever was to be woken has got that far.
    pub async fn wait_for_sleepers(&self, count: usize) {
        let mut changes = self.sleepers.subscribe();
        // The sender lives as long as this clock, so waiting cannot fail.
        drop(changes.wait_for(|it| *it >= count).await);
    }

    /// Moves to the first deadline not after `end` and wakes who waits for it. False if there is none.
    fn wake_next(&self, end: Duration) -> bool {
        let waker = {
            let mut state = self.lock();
            let Some(entry) = state.sleepers.first_entry().filter(|it| it.key().0 <= end) else { return false };
            let ((deadline, _), waker) = entry.remove_entry();
            state.passed = state.passed.max(deadline);
            waker
        };
        self.tell();
        // The sleeper may have been dropped in the same moment.
        let _was_awaited = waker.send(()).is_ok();
        true
    }

    fn tell(&self) {
        let count = self.lock().sleepers.len();
        self.sleepers.send_replace(count);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the other tasks of this runtime their turns.
async fn settle() {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
}

/// Forgets a sleeper who was dropped before the time, as in `select!`.
struct Bed<'a> {
    clock: &'a TestClock,
    key: (Duration, u64),
}

impl Drop for Bed<'_> {
    fn drop(&mut self) {
        if self.clock.lock().sleepers.remove(&self.key).is_some() {
            self.clock.tell();
        }
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Time {
        let state = self.lock();
        state.origin + state.passed
    }

    async fn sleep(&self, pause: Duration) {
        if pause.is_zero() {
            return tokio::task::yield_now().await;
        }
        let (waker, woken) = oneshot::channel();
        let key = {
            let mut state = self.lock();
            state.next_id += 1;
            let key = (state.passed.saturating_add(pause), state.next_id);
            state.sleepers.insert(key, waker);
            key
        };
        let bed = Bed { clock: self, key };
        self.tell();
        // Nobody drops the waker without waking.
        drop(woken.await);
        drop(bed);
    }
}

#[cfg(test)]
mod tests {
    use openlines_base::{DAY, HOUR, SECOND, Tasks};
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn sleepers_wake_in_the_order_of_their_deadlines_and_each_at_its_moment() {
        let clock = TestClock::new();
        let tasks = Tasks::new();
        let (tell, mut told) = mpsc::unbounded_channel();
        for wait_s in [3_u64, 1, 2, 90_000] {
            let (clock, tell) = (clock.clone(), tell.clone());
            tasks.spawn("sleeper", async move {
                let start = clock.now();
                clock.sleep(Duration::from_secs(wait_s)).await;
                tell.send((wait_s, clock.now().since(start))).expect("the test listens");
            });
        }
        clock.wait_for_sleepers(4).await;
        clock.advance(DAY).await;
        for wait_s in [1_u64, 2, 3] {
            assert_eq!(told.recv().await, Some((wait_s, Duration::from_secs(wait_s))));
        }
        assert_eq!(clock.sleepers(), 1);
        assert_eq!(clock.advance_to_next().await, Some(Duration::from_secs(3600)));
        assert_eq!(told.recv().await, Some((90_000, Duration::from_secs(90_000))));
        assert_eq!(clock.advance_to_next().await, None);
        assert!(tasks.stop(SECOND).await);
    }

    #[tokio::test]
    async fn a_loop_of_sleeps_runs_through_a_day_in_one_call() {
        let clock = TestClock::new();
        let tasks = Tasks::new();
        let inner = clock.clone();
        let work = tasks.spawn("loop", async move {
            for _ in 0..24 {
                inner.sleep(HOUR).await;
            }
            inner.now()
        });
        clock.wait_for_sleepers(1).await;
        let start = clock.now();
        clock.advance(DAY).await;
        assert_eq!(work.await.expect("the loop ends"), start + DAY);
    }

    #[tokio::test]
    async fn turning_the_time_of_day_wakes_nobody_and_a_dropped_sleeper_is_forgotten() {
        let clock = TestClock::new();
        let start = clock.now();
        {
            let sleep = clock.sleep(HOUR);
            tokio::pin!(sleep);
            assert!(futures_util::poll!(&mut sleep).is_pending());
            clock.turn_forward(DAY);
            assert!(futures_util::poll!(&mut sleep).is_pending());
            clock.turn_back(2 * DAY);
            assert_eq!(clock.now(), start - DAY);
            assert_eq!(clock.sleepers(), 1);
        }
        assert_eq!(clock.sleepers(), 0);
    }
}
