//! Limits of channels: so many calls of a connection, so many to a chat, and pauses that the channel asked for.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use openlines_base::{Clock, Time};
use openlines_connectors::{Limits, Rate};
use openlines_protocol::ConnectionId;

/// Chats remembered per connection before those at rest are forgotten.
const CHATS_KEPT: usize = 10_000;
/// Connections remembered before those at rest are forgotten.
const CONNECTIONS_KEPT: usize = 10_000;

type Chats = RateLimiter<String, HashMapStateStore<String>, Steady, NoOpMiddleware<Nanos>>;
type Whole = RateLimiter<NotKeyed, InMemoryState, Steady, NoOpMiddleware<Nanos>>;

/// The hub's clock for governor. Never goes back: a clock set back an hour must not hold messages for an hour.
#[derive(Clone)]
struct Steady {
    clock: Arc<dyn Clock>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    last_ms: i64,
    added_ms: i64,
}

impl Steady {
    fn time(&self) -> Time {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now_ms = self.clock.now().ms();
        seen.added_ms += (seen.last_ms - (now_ms + seen.added_ms)).max(0);
        seen.last_ms = now_ms + seen.added_ms;
        Time::from_ms(seen.last_ms)
    }
}

impl GovernorClock for Steady {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.time().since(Time::from_ms(0)))
    }
}

/// Paces of all connections.
pub(super) struct Paces {
    clock: Steady,
    connections: Mutex<HashMap<ConnectionId, Arc<Pace>>>,
}

/// The pace of one connection.
pub(super) struct Pace {
    clock: Arc<dyn Clock>,
    steady: Steady,
    whole: Whole,
    chats: Chats,
    whole_burst: u32,
    chat_burst: u32,
    /// The channel wants the whole connection to pause until then, by the steady clock.
    held_until: Mutex<Time>,
    /// First come, first served, and one waiter at a time looks at the clock.
    turn: tokio::sync::Mutex<()>,
}

impl Paces {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock: Steady { clock, seen: Arc::default() }, connections: Mutex::default() }
    }

    pub(super) fn of(&self, connection: ConnectionId, limits: &Limits) -> Arc<Pace> {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if connections.len() >= CONNECTIONS_KEPT {
            connections.retain(|_, it| Arc::strong_count(it) > 1);
        }
        let pace = connections.entry(connection).or_insert_with(|| Arc::new(Pace::new(&self.clock, limits)));
        Arc::clone(pace)
    }
}

impl Pace {
    fn new(steady: &Steady, limits: &Limits) -> Self {
        Self {
            clock: Arc::clone(&steady.clock),
            steady: steady.clone(),
            whole: RateLimiter::direct_with_clock(quota(limits.connection_rate), steady.clone()),
            chats: RateLimiter::hashmap_with_clock(quota(limits.chat_rate), steady.clone()),
            whole_burst: limits.connection_rate.burst.max(1),
            chat_burst: limits.chat_rate.burst.max(1),
            held_until: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Waits until a call of this cost may be made to this chat.
    pub(super) async fn wait(&self, chat: &str, cost: u32) {
        let cost_of = |burst: u32| NonZeroU32::new(cost.clamp(1, burst)).unwrap_or(NonZeroU32::MIN);
        let chat = chat.to_owned();
        if self.chats.len() > CHATS_KEPT {
            self.chats.retain_recent();
        }
        while let Ok(Err(not_until)) = self.chats.check_key_n(&chat, cost_of(self.chat_burst)) {
            self.clock.sleep(not_until.wait_time_from(self.steady.now())).await;
        }
        let _turn = self.turn.lock().await;
        loop {
            let held_until = *self.held_until.lock().unwrap_or_else(PoisonError::into_inner);
            let held = held_until.since(self.steady.time());
            if !held.is_zero() {
                self.clock.sleep(held).await;
                continue;
            }
            match self.whole.check_n(cost_of(self.whole_burst)) {
                Ok(Err(not_until)) => self.clock.sleep(not_until.wait_time_from(self.steady.now())).await,
                _ => return,
            }
        }
    }

    /// Whether a call may be made at once; if so, it counts.
    pub(super) fn try_pass(&self, chat: &str) -> bool {
        let held_until = *self.held_until.lock().unwrap_or_else(PoisonError::into_inner);
        held_until <= self.clock.now() && self.chats.check_key(&chat.to_owned()).is_ok() && self.whole.check().is_ok()
    }

    /// The channel wants a pause of the whole connection.
    pub(super) fn hold(&self, pause: Duration) {
        let until = self.steady.time() + pause;
        let mut held_until = self.held_until.lock().unwrap_or_else(PoisonError::into_inner);
        *held_until = until.max(*held_until);
    }
}

fn quota(rate: Rate) -> Quota {
    let period = Duration::from_millis(u64::from(rate.per_ms.max(1))) / rate.calls.max(1);
    let burst = NonZeroU32::new(rate.burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(period.max(Duration::from_nanos(1))).expect("the period is not zero").allow_burst(burst)
}

#[cfg(test)]
mod tests {
    use openlines_base::{HOUR, SECOND};
    use openlines_testkit::TestClock;

    use super::*;

    const LIMITS: Limits = Limits {
        text_max: 1,
        files_max: 1,
        image_max_bytes: 1,
        file_max_bytes: 1,
        delete_within_s: None,
        connection_rate: Rate { calls: 4, per_ms: 1000, burst: 4 },
        chat_rate: Rate { calls: 1, per_ms: 1000, burst: 2 },
    };

    /// How long a call waits on the test's clock.
    async fn waits(clock: &TestClock, pace: &Pace, chat: &str, cost: u32) -> Duration {
        let began_at = clock.now();
        let wait = pace.wait(chat, cost);
        tokio::pin!(wait);
        loop {
            tokio::select! {
                biased;
                () = &mut wait => return clock.now().since(began_at),
                _ = clock.advance_to_next() => {}
            }
        }
    }

    fn pace(clock: &TestClock) -> Arc<Pace> {
        Paces::new(Arc::new(clock.clone())).of(ConnectionId(1), &LIMITS)
    }

    #[tokio::test]
    async fn a_chat_and_the_connection_keep_their_rates_after_their_bursts() {
        let clock = TestClock::new();
        let pace = pace(&clock);
        for (chat, waited) in [("a", 0), ("a", 0), ("a", 1000), ("b", 0), ("b", 0), ("c", 0), ("d", 250), ("e", 250)] {
            assert_eq!(waits(&clock, &pace, chat, 1).await.as_millis(), waited, "{chat}");
        }
    }

    #[tokio::test]
    async fn a_dear_call_counts_more_but_never_waits_for_ever() {
        let clock = TestClock::new();
        let pace = pace(&clock);
        assert_eq!(waits(&clock, &pace, "a", 100).await, Duration::ZERO);
        assert_eq!(waits(&clock, &pace, "a", 100).await, 2 * SECOND);
    }

    #[tokio::test]
    async fn a_pause_holds_all_chats_and_a_clock_set_back_holds_nobody() {
        let clock = TestClock::new();
        let pace = pace(&clock);
        pace.hold(30 * SECOND);
        assert!(!pace.try_pass("b"));
        assert_eq!(waits(&clock, &pace, "a", 1).await, 30 * SECOND);
        assert!(pace.try_pass("b"));
        clock.turn_back(HOUR);
        clock.advance(SECOND).await;
        assert_eq!(waits(&clock, &pace, "a", 1).await, Duration::ZERO);
    }
}
