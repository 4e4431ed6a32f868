//! How many requests may be under way: in all, and to one host. Half is kept for lines that do not fail.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places of one kind, in two halves.
#[derive(Debug)]
struct Halves {
    /// For everybody.
    open: Arc<Semaphore>,
    /// For lines without a failed try, that had a receipt before.
    reserved: Arc<Semaphore>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Slots {
    all: Halves,
    hosts: Mutex<HashMap<String, Arc<Halves>>>,
    host_max: usize,
}

/// A place under way; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Slot {
    _all: OwnedSemaphorePermit,
    _host: OwnedSemaphorePermit,
}

impl Halves {
    fn new(count: usize) -> Self {
        let half = (count / 2).max(1);
        Self { open: Arc::new(Semaphore::new(half)), reserved: Arc::new(Semaphore::new(half)) }
    }

    async fn take(&self, is_proven: bool) -> OwnedSemaphorePermit {
        let open = Arc::clone(&self.open).acquire_owned();
        let permit = if is_proven {
            // The reserved half first: the open one is all that the others have.
            if let Ok(permit) = Arc::clone(&self.reserved).try_acquire_owned() {
                return permit;
            }
            tokio::select! {
                permit = Arc::clone(&self.reserved).acquire_owned() => permit,
                permit = open => permit,
            }
        } else {
            open.await
        };
        permit.expect("these semaphores are never closed")
    }

    fn is_idle(&self, count: usize) -> bool {
        let half = (count / 2).max(1);
        self.open.available_permits() == half && self.reserved.available_permits() == half
    }
}

impl Slots {
    pub(super) fn new(all_max: usize, host_max: usize) -> Self {
        Self { all: Halves::new(all_max), hosts: Mutex::default(), host_max }
    }

    /// Waits for a place. The host's first: who waits for a full host must not hold a place that others could use.
    pub(super) async fn take(&self, host: &str, is_proven: bool) -> Slot {
        let halves = self.host(host);
        let host = halves.take(is_proven).await;
        let all = self.all.take(is_proven).await;
        Slot { _all: all, _host: host }
    }

    fn host(&self, host: &str) -> Arc<Halves> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() > 1024 {
            // Hosts that nobody holds or waits for are forgotten.
            hosts.retain(|_, it| Arc::strong_count(it) > 1 || !it.is_idle(self.host_max));
        }
        Arc::clone(hosts.entry(host.to_owned()).or_insert_with(|| Arc::new(Halves::new(self.host_max))))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn failing_lines_cannot_take_the_reserved_half() {
        let slots = Slots::new(4, 100);
        let held = [slots.take("a", false).await, slots.take("b", false).await];
        assert!(slots.take("c", false).now_or_never().is_none());
        let proven = [slots.take("d", true).await, slots.take("e", true).await];
        assert!(slots.take("f", true).now_or_never().is_none());
        drop(held);
        assert!(slots.take("f", true).now_or_never().is_some(), "the open half is for all");
        drop(proven);
    }

    #[tokio::test]
    async fn one_host_takes_no_more_than_its_share() {
        let slots = Slots::new(100, 2);
        let held = slots.take("slow", false).await;
        assert!(slots.take("slow", false).now_or_never().is_none());
        assert!(slots.take("quick", false).now_or_never().is_some());
        drop(held);
        assert!(slots.take("slow", false).now_or_never().is_some());
    }
}
