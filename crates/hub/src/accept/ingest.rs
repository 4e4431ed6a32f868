//! From a connector's events to the queue: links signed, stored durably, the dispatcher told. Webhooks and polls share it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use openlines_base::{Clock, Tasks, Time};
use openlines_connectors::{Call, Incoming, Net};
use openlines_protocol::ConnectionId;
use openlines_store::Db;
use tokio::sync::Semaphore;

use crate::connections::store;
use crate::deliver::Dispatcher;
use crate::directory::Entry;
use crate::error::HubError;
use crate::files::Files;
use crate::queue::{Append, LineId, NewEvent, QueueStore, stored};

/// Calls that follow a webhook at once, under way in all. More are left out: they are best effort.
const CALLS_MAX: usize = 64;

/// See the module. Clones share it.
#[derive(Clone)]
pub(crate) struct Ingest(Arc<Inner>);

struct Inner {
    parts: Parts,
    calls: Arc<Semaphore>,
    /// When connections last gave something; written to the records now and then.
    touched: Mutex<HashMap<ConnectionId, Time>>,
}

pub(crate) struct Parts {
    pub(crate) queue: Arc<dyn QueueStore>,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) files: Files,
    pub(crate) net: Arc<dyn Net>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tasks: Tasks,
}

impl Ingest {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner { parts, calls: Arc::new(Semaphore::new(CALLS_MAX)), touched: Mutex::default() }))
    }

    /// Stores events; they are durable when this returns. Gives how many were new.
    pub(crate) async fn store(&self, entry: &Entry, events: Vec<Incoming>) -> Result<usize, HubError> {
        if events.is_empty() {
            return Ok(0);
        }
        let parts = &self.0.parts;
        let now = parts.clock.now();
        let line = LineId { site: entry.record.site, connection: entry.record.id };
        let mut new = Vec::with_capacity(events.len());
        for mut event in events {
            parts.files.sign_body(line.connection, &mut event.body).await?;
            let at = if event.occurred_at == Incoming::UNDATED { now } else { event.occurred_at };
            new.push(NewEvent { external_id: event.external_id, at, body: stored(at, &event.body) });
        }
        let append = Append { line, events: new, now };
        let appended = parts.queue.append(append.clone()).await?;
        let fresh = appended.seqs.iter().flatten().count();
        let doubles = appended.seqs.len() - fresh;
        parts.dispatcher.appended(append, &appended);
        self.0.touched.lock().unwrap_or_else(PoisonError::into_inner).insert(line.connection, now);
        count_events("stored", fresh);
        count_events("double", doubles);
        Ok(fresh)
    }

    /// Sends what the connector wants sent at once, in order, in the background.
    pub(crate) fn follow_up(&self, calls: Vec<Call>) {
        if calls.is_empty() {
            return;
        }
        let Ok(permit) = Arc::clone(&self.0.calls).try_acquire_owned() else {
            metrics::counter!("openlines_hub_follow_ups_total", "outcome" => "left_out").increment(1);
            return;
        };
        let net = Arc::clone(&self.0.parts.net);
        self.0.parts.tasks.spawn("follow up", async move {
            for call in calls {
                net.send(&call.request).await;
            }
            metrics::counter!("openlines_hub_follow_ups_total", "outcome" => "sent").increment(1);
            drop(permit);
        });
    }

    /// When the connection last gave something, if that is not in the records yet.
    pub(crate) fn touched_at(&self, id: ConnectionId) -> Option<Time> {
        self.0.touched.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied()
    }

    /// Writes these moments to the records.
    pub(crate) async fn flush_touched(&self, db: &Db) -> Result<(), HubError> {
        let touched = std::mem::take(&mut *self.0.touched.lock().unwrap_or_else(PoisonError::into_inner));
        if touched.is_empty() {
            return Ok(());
        }
        let mut tx = db.tx("touch_connections").await?;
        for (id, at) in touched {
            store::touch(&mut tx, id, at).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

fn count_events(outcome: &'static str, count: usize) {
    if count > 0 {
        metrics::counter!("openlines_hub_events_total", "outcome" => outcome)
            .increment(u64::try_from(count).unwrap_or(0));
    }
}
