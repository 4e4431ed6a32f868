//! What a busy line has in memory: the first of its events, in order. The rest stays in the store.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::queue::Queued;

/// Events that one line has in memory.
pub(super) const WINDOW_EVENTS: usize = 400;
/// Bytes of them, beyond the first event.
pub(super) const WINDOW_BYTES: usize = 512 * 1024;
/// Bytes that all lines have in memory together; beyond it events wait in the store alone.
const TOTAL_BYTES: usize = 64 * 1024 * 1024;

/// Bytes that all windows hold.
#[derive(Debug, Default)]
pub(super) struct Budget(AtomicUsize);

/// The first events of a line.
#[derive(Debug)]
pub(super) struct Window {
    events: VecDeque<Queued>,
    bytes: usize,
    /// Number of the last event that is or was here.
    tail: i64,
    /// Highest number that anybody told of.
    told: i64,
    /// The store may have more behind `tail`.
    has_more: bool,
    budget: Arc<Budget>,
}

impl Window {
    /// A window of a line about which nothing is known but that events up to `floor` have left.
    pub(super) fn unread(floor: i64, budget: Arc<Budget>) -> Self {
        Self { events: VecDeque::new(), bytes: 0, tail: floor, told: floor, has_more: true, budget }
    }

    /// A window of a line that was empty up to `floor`.
    pub(super) fn empty(floor: i64, budget: Arc<Budget>) -> Self {
        let mut window = Self::unread(floor, budget);
        window.has_more = false;
        window
    }

    /// Takes an event that was stored just now, if it follows and there is room; else notes that the store has more.
    pub(super) fn offer(&mut self, event: Queued) {
        self.told = self.told.max(event.seq);
        if event.seq <= self.tail {
            return;
        }
        let has_room = self.events.len() < WINDOW_EVENTS && self.bytes + event.body.len() <= WINDOW_BYTES;
        if event.seq == self.tail + 1 && !self.has_more && has_room && self.budget.has_room() {
            self.push(event);
        } else {
            self.has_more = true;
        }
    }

    /// Takes what was read behind [`Window::tail`]. `is_all`: the read found the end.
    pub(super) fn refill(&mut self, events: Vec<Queued>, is_all: bool) {
        for event in events {
            if event.seq > self.tail {
                self.push(event);
            }
        }
        // An event may have been stored after the read and told of before it came back.
        self.has_more = !is_all || self.told > self.tail;
    }

    fn push(&mut self, event: Queued) {
        self.tail = event.seq;
        self.bytes += event.body.len();
        self.budget.0.fetch_add(event.body.len(), Ordering::Relaxed);
        self.events.push_back(event);
    }

    /// Where the next read begins.
    pub(super) fn tail(&self) -> i64 {
        self.tail
    }

    /// Whether a read is needed before a batch can be made.
    pub(super) fn needs_refill(&self) -> bool {
        self.events.is_empty() && self.has_more
    }

    /// Nothing here and nothing in the store.
    pub(super) fn is_drained(&self) -> bool {
        self.events.is_empty() && !self.has_more
    }

    /// The first events within both limits, at least one if there is any.
    pub(super) fn batch(&self, events_max: usize, bytes_max: usize) -> Vec<Queued> {
        let mut bytes = 0;
        let fit = self.events.iter().take(events_max).enumerate().take_while(|(n, it)| {
            bytes += it.body.len();
            *n == 0 || bytes <= bytes_max
        });
        fit.map(|(_, it)| it.clone()).collect()
    }

    /// Forgets events up to this number: they left the queue.
    pub(super) fn consume(&mut self, upto: i64) {
        while self.events.front().is_some_and(|it| it.seq <= upto) {
            if let Some(event) = self.events.pop_front() {
                self.bytes -= event.body.len();
                self.budget.0.fetch_sub(event.body.len(), Ordering::Relaxed);
            }
        }
        self.tail = self.tail.max(upto);
    }

    /// Gives the memory back; the store has it all.
    pub(super) fn release(&mut self) {
        if let Some(first) = self.events.front().map(|it| it.seq) {
            self.tail = first - 1;
            self.events.clear();
            self.budget.0.fetch_sub(self.bytes, Ordering::Relaxed);
            self.bytes = 0;
            self.has_more = true;
        }
    }
}

impl Budget {
    fn has_room(&self) -> bool {
        self.0.load(Ordering::Relaxed) < TOTAL_BYTES
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use openlines_base::Time;

    use super::*;

    fn event(seq: i64) -> Queued {
        Queued { seq, stored_at: Time::default(), body: Bytes::from_static(b"{\"a\":1}") }
    }

    fn seqs(window: &Window) -> Vec<i64> {
        window.batch(100, 1000).iter().map(|it| it.seq).collect()
    }

    #[test]
    fn events_told_out_of_order_are_read_from_the_store() {
        let mut window = Window::empty(4, Arc::default());
        window.offer(event(6));
        assert!(window.needs_refill());
        window.offer(event(5));
        window.refill(vec![event(5), event(6)], true);
        assert_eq!(seqs(&window), [5, 6]);
        window.offer(event(6));
        assert_eq!(seqs(&window), [5, 6], "told late, known already");
    }

    #[test]
    fn an_event_stored_after_the_read_and_told_before_it_is_not_forgotten() {
        let mut window = Window::unread(0, Arc::default());
        window.offer(event(2));
        window.refill(vec![event(1)], true);
        window.consume(1);
        assert!(window.needs_refill());
        window.refill(vec![event(2)], true);
        window.consume(2);
        assert!(window.is_drained());
    }

    #[test]
    fn a_batch_keeps_both_limits_and_one_event_always_fits() {
        let mut window = Window::empty(0, Arc::default());
        (1..=5).for_each(|seq| window.offer(event(seq)));
        assert_eq!(window.batch(3, 1000).len(), 3);
        assert_eq!(window.batch(100, 14).len(), 2);
        assert_eq!(window.batch(100, 1).len(), 1);
    }

    #[test]
    fn a_window_is_bounded_and_gives_its_memory_back() {
        let budget = Arc::new(Budget::default());
        let mut window = Window::empty(0, Arc::clone(&budget));
        (1..=1000).for_each(|seq| window.offer(event(seq)));
        assert_eq!(window.batch(10_000, usize::MAX).len(), WINDOW_EVENTS);
        window.release();
        assert_eq!((budget.0.load(Ordering::Relaxed), window.tail()), (0, 0));
        assert!(window.needs_refill());
    }
}
