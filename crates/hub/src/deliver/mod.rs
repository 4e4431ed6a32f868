//! Delivery of the queue to portals, by the law: see [`law`] for the locks, [`state`] for whose turn it is, [`turn`]
//! for one try from its lock to its receipt.
//!
//! One task per site that has something to do, one request in flight in it; none for the others, and no timer for idle
//! lines. All state that matters is in the queue store; what is here can be lost at any instruction.

mod courier;
mod law;
mod slots;
mod state;
mod turn;
mod window;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openlines_base::{Clock, Rng, Tasks, Time};
use openlines_protocol::{ConnectionId, Receipt, SiteId};
use tokio::sync::oneshot;

use crate::directory::Directory;
use crate::error::HubError;
use crate::queue::{Append, Appended, LineId, LineRow, QueueStore, Queued};
use slots::Slots;
use state::{Line, SiteState, Step};
use window::Budget;

pub use courier::{Courier, CourierAnswer, HttpCourier};
pub use law::{LOCK_STEPS_S, Lock, Plan};

/// Requests under way in all.
const IN_FLIGHT_MAX: usize = 512;
/// Requests under way to one host and port.
const HOST_IN_FLIGHT_MAX: usize = 128;
/// Lines read at once at the start.
const START_PAGE: i64 = 1000;
/// How long a site waits when the store, not the portal, is the trouble.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// What a probe of a portal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// It answered with a receipt, so many milliseconds later.
    Awake {
        /// The whole round trip.
        took_ms: u64,
    },
    /// It did not.
    Asleep(
        /// Words about why.
        String,
    ),
}

/// See the module. Clones share it.
#[derive(Clone)]
pub(crate) struct Dispatcher(Arc<Inner>);

pub(crate) struct Parts {
    pub(crate) queue: Arc<dyn QueueStore>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) courier: Arc<dyn Courier>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) tasks: Tasks,
}

struct Inner {
    parts: Parts,
    slots: Slots,
    budget: Arc<Budget>,
    sites: Mutex<HashMap<SiteId, SiteState>>,
    /// Batches answered with 202, by `webhook-id`: their receipt comes by a call.
    awaited: Mutex<HashMap<String, Awaited>>,
}

struct Awaited {
    site: SiteId,
    tell: oneshot::Sender<Receipt>,
}

impl Dispatcher {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            parts,
            slots: Slots::new(IN_FLIGHT_MAX, HOST_IN_FLIGHT_MAX),
            budget: Arc::default(),
            sites: Mutex::default(),
            awaited: Mutex::default(),
        }))
    }

    /// Takes up what the store has. Call once, before events come in.
    pub(crate) async fn start(&self) -> Result<(), HubError> {
        let mut after = ConnectionId(0);
        loop {
            let rows = self.0.parts.queue.lines(after, START_PAGE).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.line.connection;
            let now = self.0.now();
            for row in rows {
                let row = LineRow { lock: row.lock.resumed(now), ..row };
                self.0.with_site(row.line.site, |site| {
                    let line = Line::unread(&row, Arc::clone(&self.0.budget));
                    site.lines.entry(row.line.connection).or_insert(line);
                    site.place(row.line.connection, now, &*self.0.parts.rng);
                });
                self.wake(row.line.site);
            }
        }
    }

    /// Tells of events that were stored just now.
    pub(crate) fn appended(&self, append: Append, appended: &Appended) {
        let events: Vec<Queued> = append
            .events
            .into_iter()
            .zip(&appended.seqs)
            .filter_map(|(event, seq)| Some(Queued { seq: (*seq)?, stored_at: append.now, body: event.body }))
            .collect();
        if events.is_empty() {
            return;
        }
        let (site, connection) = (append.line.site, append.line.connection);
        let now = self.0.now();
        self.0.with_site(site, |state| {
            state.offer(connection, &appended.line, events, &self.0.budget);
            state.place(connection, now, &*self.0.parts.rng);
        });
        self.wake(site);
    }

    /// Reads a line anew: its store row was changed by somebody else than a try.
    pub(crate) async fn reload(&self, line: LineId) -> Result<(), HubError> {
        let row = self.0.parts.queue.line(line).await?;
        let now = self.0.now();
        self.0.with_site(line.site, |site| {
            // A try under way finds out by its epoch.
            if !site.is_busy(line.connection) {
                site.reload(line.connection, row, &self.0.budget);
                site.place(line.connection, now, &*self.0.parts.rng);
            }
        });
        self.wake(line.site);
        Ok(())
    }

    /// The portal is up: all its lines are tried now.
    pub(crate) fn lift(&self, site: SiteId) {
        self.0.with_site(site, SiteState::lift);
        self.wake(site);
    }

    /// Asks the portal for a sign of life, in its turn between batches.
    pub(crate) async fn probe(&self, site: SiteId) -> Probe {
        let (tell, told) = oneshot::channel();
        self.0.with_site(site, |state| {
            state.is_dormant = false;
            state.probe_callers.push(tell);
        });
        self.wake(site);
        told.await.unwrap_or_else(|_| Probe::Asleep("the hub is stopping".to_owned()))
    }

    /// Takes a receipt that came apart from the delivery.
    pub(crate) async fn received(&self, site: SiteId, receipt: Receipt) -> Result<(), HubError> {
        let awaited = {
            let mut awaited = lock(&self.0.awaited);
            match awaited.get(&receipt.batch) {
                Some(it) if it.site == site => awaited.remove(&receipt.batch),
                _ => None,
            }
        };
        let receipt = match awaited {
            Some(awaited) => match awaited.tell.send(receipt) {
                Ok(()) => return Ok(()),
                // Its try gave up in the same moment.
                Err(receipt) => receipt,
            },
            None => receipt,
        };
        let wrong = || HubError::wrong("batch", "not the webhook-id of a batch of this site");
        let (connection, first, last) = turn::parse_batch_id(&receipt.batch).ok_or_else(wrong)?;
        let entry = self.0.parts.directory.connection(connection).await?;
        entry.filter(|it| it.record.site == site).ok_or_else(wrong)?;
        let accepted = i64::try_from(receipt.accepted).unwrap_or(i64::MAX);
        if accepted > last - first + 1 {
            return Err(HubError::wrong("accepted", "more events than the batch had"));
        }
        if accepted > 0 {
            let line = LineId { site, connection };
            self.0.parts.queue.acknowledge(line, first + accepted - 1).await?;
            self.reload(line).await?;
        }
        Ok(())
    }

    /// Wakes the site's task, or starts one.
    fn wake(&self, id: SiteId) {
        let is_new = self.0.with_site(id, |site| {
            site.wake.notify_one();
            !std::mem::replace(&mut site.is_running, true)
        });
        if is_new {
            let inner = Arc::clone(&self.0);
            self.0.parts.tasks.spawn("deliver", async move { inner.run(id).await });
        }
    }
}

impl Inner {
    fn now(&self) -> Time {
        self.parts.clock.now()
    }

    fn with_site<T>(&self, id: SiteId, work: impl FnOnce(&mut SiteState) -> T) -> T {
        work(lock(&self.sites).entry(id).or_insert_with(SiteState::new))
    }

    /// The task of one site. Ends when there is nothing to do.
    async fn run(self: Arc<Self>, id: SiteId) {
        loop {
            let (step, wake) = {
                let mut sites = lock(&self.sites);
                let Some(site) = sites.get_mut(&id) else { return };
                let step = if self.parts.tasks.is_cancelled() { Step::Done } else { site.next(self.now()) };
                site.rests_until = if let Step::Wait(until) = step { Some(until) } else { None };
                let wake = Arc::clone(&site.wake);
                if step == Step::Done {
                    site.is_running = false;
                    // Callers learn that nobody will answer.
                    site.probe_callers.clear();
                    if site.is_empty() {
                        sites.remove(&id);
                    }
                    return;
                }
                (step, wake)
            };
            match step {
                Step::Try(connection) => self.turn(LineId { site: id, connection }).await,
                Step::Probe => self.probe(id).await,
                Step::Wait(until) => {
                    tokio::select! {
                        () = self.parts.clock.sleep_until(until) => {}
                        () = wake.notified() => {}
                        () = self.parts.tasks.cancelled() => {}
                    }
                }
                Step::Done => return,
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
