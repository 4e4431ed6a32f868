//! Brings announcements from the records to the queue store: events that follow from a change are written in its
//! transaction and arrive there, once, whenever the hub is killed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use openlines_base::{Clock, Tasks};
use openlines_store::Db;
use tokio::sync::Notify;

use super::store::{self, Announcement};
use crate::deliver::Dispatcher;
use crate::error::HubError;
use crate::queue::{Append, LineId, NewEvent, QueueError, QueueStore, stored};

/// Announcements carried over at once.
const PAGE: i64 = 200;
/// Pause when a store is away.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// See the module. Clones share it.
#[derive(Clone)]
pub(crate) struct Announcer(Arc<Inner>);

struct Inner {
    db: Db,
    queue: Arc<dyn QueueStore>,
    dispatcher: Dispatcher,
    clock: Arc<dyn Clock>,
    wake: Notify,
}

impl Announcer {
    pub(crate) fn new(db: Db, queue: Arc<dyn QueueStore>, dispatcher: Dispatcher, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { db, queue, dispatcher, clock, wake: Notify::new() }))
    }

    /// Something was announced and committed.
    pub(crate) fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// Starts the one task.
    pub(crate) fn start(&self, tasks: &Tasks) {
        let inner = Arc::clone(&self.0);
        let stop = tasks.clone();
        tasks.spawn("announce", async move {
            while !stop.is_cancelled() {
                match inner.carry().await {
                    Ok(true) => {}
                    Ok(false) => {
                        tokio::select! {
                            () = inner.wake.notified() => {}
                            () = stop.cancelled() => {}
                        }
                    }
                    Err(cause) => {
                        tracing::warn!(error = %cause, "Announcements wait for the store");
                        tokio::select! {
                            () = inner.clock.sleep(STORE_PAUSE) => {}
                            () = stop.cancelled() => {}
                        }
                    }
                }
            }
        });
    }
}

impl Inner {
    /// Carries one page over. True if there may be more.
    async fn carry(&self) -> Result<bool, HubError> {
        let mut read = self.db.read().await?;
        let page = store::announcements(&mut read, PAGE).await?;
        drop(read);
        let Some(last) = page.last().map(|it| it.id) else { return Ok(false) };
        let mut lines: BTreeMap<LineId, Vec<Announcement>> = BTreeMap::new();
        for announcement in page {
            let line = LineId { site: announcement.site, connection: announcement.connection };
            lines.entry(line).or_default().push(announcement);
        }
        // Side by side over lines, in order within each.
        let done = join_all(lines.into_iter().map(|(line, all)| self.carry_line(line, all))).await;
        done.into_iter().collect::<Result<(), HubError>>()?;
        let mut tx = self.db.tx("forget_announcements").await?;
        store::forget_announcements(&mut tx, last).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn carry_line(&self, line: LineId, all: Vec<Announcement>) -> Result<(), HubError> {
        let mut events = Vec::new();
        for announcement in all {
            let event = announcement.body.as_ref().map(|body| NewEvent {
                external_id: announcement.external_id.clone(),
                at: announcement.occurred_at,
                body: stored(announcement.occurred_at, body),
            });
            if announcement.closes {
                self.append(line, std::mem::take(&mut events)).await?;
                self.queue.close_line(line, event, self.clock.now()).await?;
                self.dispatcher.reload(line).await?;
            } else {
                events.extend(event);
            }
        }
        self.append(line, events).await
    }

    async fn append(&self, line: LineId, events: Vec<NewEvent>) -> Result<(), HubError> {
        if events.is_empty() {
            return Ok(());
        }
        let append = Append { line, events, now: self.clock.now() };
        match self.queue.append(append.clone()).await {
            Ok(appended) => self.dispatcher.appended(append, &appended),
            // Its connection was displaced or removed meanwhile: nobody waits for this any more.
            Err(QueueError::Closed) => {}
            Err(cause) => return Err(cause.into()),
        }
        Ok(())
    }
}
