//! What the dispatcher has in mind about one site: its busy lines, whose turn it is, when to look again. No I/O.
//!
//! Lines that wait for nothing are not here. Lines that may be tried stand in one of two rows: `good` had a receipt
//! before and no failure since, `doubtful` are the others. After a failed turn the next one is for a good line, so a
//! line that works waits at most one timeout for its neighbours that do not.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use openlines_base::{Rng, Time};
use openlines_protocol::{BATCH_EVENTS_MAX, ConnectionId};
use tokio::sync::{Notify, oneshot};

use super::law::Lock;
use super::window::{Budget, Window};
use crate::queue::{LineRow, Queued};

/// A site with a lock is probed this often.
pub(super) const PROBE_EVERY: Duration = Duration::from_secs(30);
/// Failed tries of one event alone, each with the portal proven awake since the one before, until it is parked. A
/// portal that was awake once and then refuses everything is down, and its events wait.
const POISON_SIGNS: u32 = 2;
/// A clock that goes back by less was only made more exact.
const CLOCK_BACK_MIN: Duration = Duration::from_secs(1);

/// One busy line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) lock: Lock,
    pub(super) epoch: i64,
    pub(super) window: Window,
    /// Holds only a notice, which waits for the next contact.
    pub(super) is_quiet: bool,
    /// Had a receipt before, and no failure since.
    pub(super) is_proven: bool,
    /// Events that a batch may have: shrinks while batches fail as a whole.
    pub(super) size: usize,
    /// Failures of the same batch.
    fails: u32,
    /// Proofs of life of the site when its first event last failed alone.
    proofs_seen: u64,
    /// Failures of the first event alone with a proof of life since the one before.
    signs: u32,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nowhere yet.
    New,
    /// In one of the two rows.
    Row,
    /// A try is under way.
    Busy,
    /// Waits for its lock.
    Locked,
    /// Waits for the next contact with the site.
    Quiet,
}

/// One site that has something to do.
#[derive(Debug)]
pub(super) struct SiteState {
    pub(super) lines: HashMap<ConnectionId, Line>,
    good: VecDeque<ConnectionId>,
    doubtful: VecDeque<ConnectionId>,
    locked: BTreeSet<(Time, ConnectionId)>,
    quiet: BTreeSet<ConnectionId>,
    /// Whose turn comes first.
    is_good_first: bool,
    /// The portal wants to be left alone until then.
    pub(super) paused_until: Option<Time>,
    probe_at: Option<Time>,
    pub(super) probe_callers: Vec<oneshot::Sender<super::Probe>>,
    /// How often the portal proved that it is awake. Counted, not timed: a clock that is set back proves nothing.
    pub(super) proofs: u64,
    /// We do not know where the portal is.
    pub(super) is_dormant: bool,
    pub(super) is_running: bool,
    /// The latest moment seen, to notice a clock that was set back.
    seen_at: Time,
    /// The site's task sleeps until then.
    pub(super) rests_until: Option<Time>,
    pub(super) wake: Arc<Notify>,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Try(ConnectionId),
    Probe,
    /// Look again then, or when woken.
    Wait(Time),
    /// Nothing until woken.
    Done,
}

/// What a failed try leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failed {
    Locked,
    /// The first event fails alone while the portal is awake.
    Poison,
}

impl Line {
    pub(super) fn new(row: &LineRow, window: Window) -> Self {
        Self {
            lock: row.lock,
            epoch: row.epoch,
            window,
            is_quiet: row.is_quiet,
            is_proven: !row.lock.is_failing() && row.floor > 0 && !row.is_quiet,
            size: BATCH_EVENTS_MAX,
            fails: 0,
            proofs_seen: 0,
            signs: 0,
            place: Place::New,
        }
    }

    /// From a row that was read, when nothing else is known.
    pub(super) fn unread(row: &LineRow, budget: Arc<Budget>) -> Self {
        Self::new(row, Window::unread(row.floor, budget))
    }
}

impl SiteState {
    pub(super) fn new() -> Self {
        Self {
            lines: HashMap::new(),
            good: VecDeque::new(),
            doubtful: VecDeque::new(),
            locked: BTreeSet::new(),
            quiet: BTreeSet::new(),
            is_good_first: true,
            paused_until: None,
            probe_at: None,
            probe_callers: Vec::new(),
            proofs: 0,
            is_dormant: false,
            is_running: false,
            seen_at: Time::default(),
            rests_until: None,
            wake: Arc::new(Notify::new()),
        }
    }

    /// Puts a line where it belongs by its state, unless it has its place already.
    pub(super) fn place(&mut self, id: ConnectionId, now: Time, rng: &dyn Rng) {
        self.see(now);
        let Some(line) = self.lines.get_mut(&id) else { return };
        let was_quiet = line.place == Place::Quiet && !line.is_quiet;
        if line.place != Place::New && !was_quiet {
            return;
        }
        if was_quiet {
            self.quiet.remove(&id);
        }
        if line.is_quiet {
            line.place = Place::Quiet;
            self.quiet.insert(id);
        } else if line.lock.is_due(now) {
            line.place = Place::Row;
            if line.is_proven { &mut self.good } else { &mut self.doubtful }.push_back(id);
        } else {
            line.place = Place::Locked;
            self.locked.insert((line.lock.locked_until, id));
            // Spread out, so that sites that failed together are not probed together.
            let half = PROBE_EVERY / 2;
            let spread = Duration::from_millis(rng.below(u64::try_from(half.as_millis()).unwrap_or(0)));
            self.probe_at.get_or_insert(now + half + spread);
        }
    }

    /// An event was stored.
    pub(super) fn offer(&mut self, id: ConnectionId, row: &LineRow, events: Vec<Queued>, budget: &Arc<Budget>) {
        let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
        let line = self.lines.entry(id).or_insert_with(|| {
            // Nothing waited before these: then they are the first. Else the store knows what is.
            let before = row.next_seq - 1 - count;
            let window = if row.pending == count {
                Window::empty(before, Arc::clone(budget))
            } else {
                Window::unread(row.floor, Arc::clone(budget))
            };
            Line::new(row, window)
        });
        line.is_quiet = false;
        events.into_iter().for_each(|event| line.window.offer(event));
    }

    /// What to do at `now`.
    pub(super) fn next(&mut self, now: Time) -> Step {
        self.see(now);
        if self.is_dormant {
            return Step::Done;
        }
        if !self.probe_callers.is_empty() {
            return Step::Probe;
        }
        while let Some((until, id)) = self.locked.first().copied().filter(|(until, _)| *until <= now) {
            self.locked.remove(&(until, id));
            if let Some(line) = self.lines.get_mut(&id) {
                line.place = Place::Row;
                self.doubtful.push_back(id);
            }
        }
        if self.locked.is_empty() && self.doubtful.is_empty() {
            self.probe_at = None;
        }
        if let Some(until) = self.paused_until.filter(|until| *until > now) {
            return Step::Wait(until);
        }
        self.paused_until = None;
        if let Some(id) = self.take_turn() {
            return Step::Try(id);
        }
        if self.probe_at.is_some_and(|at| at <= now) {
            return Step::Probe;
        }
        let locked = self.locked.first().map(|(until, _)| *until);
        locked.into_iter().chain(self.probe_at).min().map_or(Step::Done, Step::Wait)
    }

    /// Notices a clock that was set back.
    fn see(&mut self, now: Time) {
        let back = self.seen_at.since(now);
        if back >= CLOCK_BACK_MIN {
            self.set_back(back);
        }
        self.seen_at = now;
    }

    /// What waits must not wait longer because the clock was set back.
    fn set_back(&mut self, by: Duration) {
        self.paused_until = self.paused_until.map(|it| it - by);
        self.probe_at = self.probe_at.map(|it| it - by);
        self.locked.clear();
        for (id, line) in &mut self.lines {
            line.lock.first_failed_at = line.lock.first_failed_at - by;
            line.lock.locked_until = line.lock.locked_until - by;
            if line.place == Place::Locked {
                self.locked.insert((line.lock.locked_until, *id));
            }
        }
    }

    fn take_turn(&mut self) -> Option<ConnectionId> {
        let rows = if self.is_good_first {
            [&mut self.good, &mut self.doubtful]
        } else {
            [&mut self.doubtful, &mut self.good]
        };
        for row in rows {
            while let Some(id) = row.pop_front() {
                if let Some(line) = self.lines.get_mut(&id).filter(|it| it.place == Place::Row) {
                    line.place = Place::Busy;
                    // In turns, unless a failure says otherwise.
                    self.is_good_first = !line.is_proven;
                    return Some(id);
                }
            }
        }
        None
    }

    /// The portal is awake: nobody waits any longer. The steps of the law stay used up until a receipt.
    pub(super) fn lift(&mut self) {
        self.is_dormant = false;
        self.paused_until = None;
        for (_, id) in std::mem::take(&mut self.locked) {
            if let Some(line) = self.lines.get_mut(&id) {
                line.place = Place::Row;
                self.doubtful.push_back(id);
            }
        }
        self.tell_notices();
    }

    /// The portal answered something: notices of drops that waited for it may go.
    fn tell_notices(&mut self) {
        for id in std::mem::take(&mut self.quiet) {
            if let Some(line) = self.lines.get_mut(&id).filter(|it| it.place == Place::Quiet) {
                line.is_quiet = false;
                line.place = Place::Row;
                self.doubtful.push_back(id);
            }
        }
    }

    /// A receipt for events up to `upto`.
    pub(super) fn received(&mut self, id: ConnectionId, upto: i64, now: Time, rng: &dyn Rng) {
        self.proofs += 1;
        if let Some(line) = self.lines.get_mut(&id) {
            line.lock = Lock::OPEN;
            line.is_proven = true;
            line.fails = 0;
            line.size = (line.size * 2).min(BATCH_EVENTS_MAX);
            line.window.consume(upto);
            self.release(id, now, rng);
        }
        self.tell_notices();
    }

    /// The portal is well but wants a pause; the line keeps what it has.
    pub(super) fn paused(&mut self, id: ConnectionId, until: Time, now: Time, rng: &dyn Rng) {
        self.paused_until = Some(until);
        self.release(id, now, rng);
    }

    /// A try of `count` events failed; `lock` was written before it. `may_shrink`: the portal itself refused.
    pub(super) fn failed(
        &mut self,
        id: ConnectionId,
        lock: Lock,
        count: usize,
        may_shrink: bool,
        now: Time,
        rng: &dyn Rng,
    ) -> Failed {
        self.is_good_first = true;
        let proofs = self.proofs;
        let Some(line) = self.lines.get_mut(&id) else { return Failed::Locked };
        line.lock = lock;
        line.is_proven = false;
        line.window.release();
        if !may_shrink {
            line.fails = 0;
        } else {
            if line.fails == 0 || line.size != count {
                (line.fails, line.signs) = (0, 0);
            } else if proofs > line.proofs_seen {
                line.signs += 1;
            }
            line.proofs_seen = proofs;
            line.fails += 1;
            line.size = count;
            if count > 1 && line.fails > 1 {
                // The same batch twice, in case only the receipt was lost; then ever smaller prefixes.
                line.size = count / 2;
                line.fails = 0;
            } else if count == 1 && line.signs >= POISON_SIGNS {
                return Failed::Poison;
            }
        }
        self.release(id, now, rng);
        Failed::Locked
    }

    /// Ends a try without judging it: the store was away, or the line is somebody else's now.
    pub(super) fn release(&mut self, id: ConnectionId, now: Time, rng: &dyn Rng) {
        let Some(line) = self.lines.get_mut(&id) else { return };
        if line.window.is_drained() {
            self.lines.remove(&id);
            return;
        }
        if line.place == Place::Busy {
            line.place = Place::New;
        }
        self.place(id, now, rng);
    }

    /// Takes a line's state as it is in the store now, and forgets what was thought of it.
    pub(super) fn reload(&mut self, id: ConnectionId, row: Option<LineRow>, budget: &Arc<Budget>) {
        if let Some(old) = self.lines.remove(&id) {
            match old.place {
                Place::Locked => drop(self.locked.remove(&(old.lock.locked_until, id))),
                Place::Quiet => drop(self.quiet.remove(&id)),
                Place::Row => {
                    self.good.retain(|it| *it != id);
                    self.doubtful.retain(|it| *it != id);
                }
                Place::New | Place::Busy => {}
            }
        }
        if let Some(row) = row.filter(|it| it.pending > 0) {
            self.lines.insert(id, Line::unread(&row, Arc::clone(budget)));
        }
    }

    /// Whether a try of this line is under way: then only who makes it may judge.
    pub(super) fn is_busy(&self, id: ConnectionId) -> bool {
        self.lines.get(&id).is_some_and(|it| it.place == Place::Busy)
    }

    /// A probe ended.
    pub(super) fn probed(&mut self, is_awake: bool, now: Time) {
        if is_awake {
            self.proofs += 1;
            self.lift();
        }
        self.probe_at = self.probe_at.map(|_| now + PROBE_EVERY);
    }

    /// Whether nothing would be lost by forgetting this site.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.probe_callers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use openlines_base::SystemRng;
    use openlines_protocol::SiteId;

    use super::*;
    use crate::queue::LineId;

    const NOW: Time = Time::from_s(1_800_000_000);

    fn row(connection: i64, floor: i64, lock: Lock) -> LineRow {
        LineRow {
            line: LineId { site: SiteId(1), connection: ConnectionId(connection) },
            next_seq: floor + 2,
            floor,
            pending: 1,
            lock,
            epoch: 0,
            is_quiet: false,
            is_closed: false,
        }
    }

    fn event(seq: i64) -> Queued {
        Queued { seq, stored_at: NOW, body: Bytes::from_static(b"{}") }
    }

    fn offer(site: &mut SiteState, connection: i64, floor: i64) {
        let row = row(connection, floor, Lock::OPEN);
        site.offer(ConnectionId(connection), &row, vec![event(floor + 1)], &Arc::default());
        site.place(ConnectionId(connection), NOW, &SystemRng);
    }

    fn turns(site: &mut SiteState, count: usize) -> Vec<i64> {
        (0..count)
            .filter_map(|_| match site.next(NOW) {
                Step::Try(id) => Some(id.get()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn lines_take_turns() {
        let mut site = SiteState::new();
        (1..=3).for_each(|it| offer(&mut site, it, 5));
        assert_eq!(turns(&mut site, 9), [1, 2, 3]);
        assert_eq!(site.next(NOW), Step::Done);
    }

    #[test]
    fn after_a_failure_a_line_that_works_comes_before_a_hundred_that_do_not() {
        let mut site = SiteState::new();
        (1..=100).for_each(|it| offer(&mut site, it, 0));
        let Step::Try(first) = site.next(NOW) else { panic!("something is due") };
        offer(&mut site, 500, 9);
        let lock = Lock::OPEN.plan(NOW, |_| 0).lock;
        site.failed(first, lock, 1, false, NOW, &SystemRng);
        assert_eq!(turns(&mut site, 2), [500, 2], "then the others have their turn again");
    }

    #[test]
    fn a_locked_line_waits_and_a_lift_wakes_it_without_forgiving() {
        let mut site = SiteState::new();
        offer(&mut site, 1, 5);
        assert_eq!(turns(&mut site, 1), [1]);
        let lock = Lock::OPEN.plan(NOW, |_| 0).lock;
        assert_eq!(site.failed(ConnectionId(1), lock, 1, false, NOW, &SystemRng), Failed::Locked);
        assert_eq!(site.next(NOW), Step::Wait(lock.locked_until));
        assert_eq!(site.next(lock.locked_until - Duration::from_millis(1)), Step::Wait(lock.locked_until));
        site.lift();
        assert_eq!(site.next(NOW), Step::Try(ConnectionId(1)));
        assert_eq!(site.lines[&ConnectionId(1)].lock.attempt, 1);
    }

    #[test]
    fn a_site_with_a_lock_is_probed_every_30_seconds() {
        let mut site = SiteState::new();
        offer(&mut site, 1, 5);
        turns(&mut site, 1);
        let lock = Lock { attempt: 10, first_failed_at: NOW, locked_until: NOW + Duration::from_secs(40_000) };
        site.failed(ConnectionId(1), lock, 1, false, NOW, &SystemRng);
        let Step::Wait(first) = site.next(NOW) else { panic!("waits for the probe") };
        assert!((15..=30).contains(&first.since(NOW).as_secs()));
        assert_eq!(site.next(first), Step::Probe);
        site.probed(false, first);
        assert_eq!(site.next(first), Step::Wait(first + PROBE_EVERY));
        site.probed(true, first + PROBE_EVERY);
        assert_eq!(site.next(first + PROBE_EVERY), Step::Try(ConnectionId(1)));
    }

    #[test]
    fn a_failing_batch_shrinks_until_one_event_is_left_and_is_poison_only_if_the_portal_is_awake() {
        let mut site = SiteState::new();
        offer(&mut site, 1, 5);
        let id = ConnectionId(1);
        let mut sizes = Vec::new();
        let mut size = 8;
        for _ in 0..20 {
            sizes.push(size);
            let verdict = site.failed(id, Lock::OPEN, size, true, NOW, &SystemRng);
            assert_eq!(verdict, Failed::Locked, "nobody knows that the portal is awake");
            size = site.lines[&id].size;
        }
        assert_eq!(sizes[..8], [8, 8, 4, 4, 2, 2, 1, 1]);
        site.probed(true, NOW + PROBE_EVERY);
        for _ in 0..5 {
            let verdict = site.failed(id, Lock::OPEN, 1, true, NOW, &SystemRng);
            assert_eq!(verdict, Failed::Locked, "it was awake once, and nobody knows whether it still is");
        }
        site.probed(true, NOW + 2 * PROBE_EVERY);
        assert_eq!(site.failed(id, Lock::OPEN, 1, true, NOW, &SystemRng), Failed::Poison);
    }

    #[test]
    fn a_portal_that_cannot_be_reached_does_not_shrink_the_batch() {
        let mut site = SiteState::new();
        offer(&mut site, 1, 5);
        for _ in 0..5 {
            site.failed(ConnectionId(1), Lock::OPEN, 8, false, NOW, &SystemRng);
        }
        assert_eq!(site.lines[&ConnectionId(1)].size, BATCH_EVENTS_MAX);
    }

    #[test]
    fn a_notice_waits_for_any_contact_with_the_site() {
        let mut site = SiteState::new();
        let quiet = LineRow { is_quiet: true, ..row(2, 7, Lock::OPEN) };
        site.lines.insert(ConnectionId(2), Line::unread(&quiet, Arc::default()));
        site.place(ConnectionId(2), NOW, &SystemRng);
        assert_eq!(site.next(NOW), Step::Done);
        offer(&mut site, 1, 5);
        assert_eq!(turns(&mut site, 1), [1]);
        site.received(ConnectionId(1), 6, NOW, &SystemRng);
        assert_eq!(turns(&mut site, 1), [2]);
        assert!(!site.lines.contains_key(&ConnectionId(1)), "an idle line costs nothing");
    }

    #[test]
    fn a_pause_that_the_portal_asked_for_holds_the_whole_site() {
        let mut site = SiteState::new();
        offer(&mut site, 1, 5);
        offer(&mut site, 2, 5);
        turns(&mut site, 1);
        let until = NOW + PROBE_EVERY;
        site.paused(ConnectionId(1), until, NOW, &SystemRng);
        assert_eq!(site.next(NOW), Step::Wait(until));
        assert_eq!(site.next(until), Step::Try(ConnectionId(2)));
    }
}
