//! Connections whose channel must be asked: one task each. The cursor is stored after the events it stands for, so a
//! kill in between asks again and dedupe absorbs it. With many nodes these tasks will be leased like lines.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openlines_base::{Clock, MINUTE, Rng, Tasks};
use openlines_connectors::{Inbound, Net, Refusal};
use openlines_protocol::ConnectionId;
use openlines_store::Db;
use tokio::task::JoinHandle;

use crate::accept::Ingest;
use crate::connections::{States, store};
use crate::directory::{Directory, Entry};
use crate::error::HubError;

/// Pauses after refusals in a row, in seconds; the last one stays.
const PAUSES_S: [u32; 6] = [1, 2, 5, 15, 30, 60];
/// Pause after a poll that brought nothing at once: a channel that does not wait must not be asked in a circle.
const IDLE_PAUSE: Duration = Duration::from_millis(500);
/// A poll that brought nothing within this time did not wait.
const WAITED_MIN: Duration = Duration::from_secs(1);
/// Starts of many pollers are spread over this time: channels count new callers from one address.
const START_SPREAD: Duration = MINUTE;
/// Pollers that start at once without being spread.
const START_AT_ONCE: usize = 10;

/// See the module. Clones share it.
#[derive(Clone)]
pub(crate) struct Pollers(Arc<Inner>);

struct Inner {
    parts: Parts,
    running: Mutex<HashMap<ConnectionId, JoinHandle<()>>>,
}

pub(crate) struct Parts {
    pub(crate) db: Db,
    pub(crate) directory: Arc<Directory>,
    pub(crate) ingest: Ingest,
    pub(crate) states: States,
    pub(crate) net: Arc<dyn Net>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) tasks: Tasks,
}

impl Pollers {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner { parts, running: Mutex::default() }))
    }

    /// Starts, or starts anew, the poller of a connection.
    pub(crate) fn restart(&self, id: ConnectionId) {
        self.start(id, Duration::ZERO);
    }

    fn start(&self, id: ConnectionId, pause: Duration) {
        let inner = Arc::clone(&self.0);
        let handle = self.0.parts.tasks.spawn("poll", async move {
            tokio::select! {
                () = inner.run(id, pause) => {}
                () = inner.parts.tasks.cancelled() => {}
            }
        });
        let old = self.running().insert(id, handle);
        if let Some(old) = old {
            // Safe anywhere: what it stored is stored, the rest is asked for again.
            old.abort();
        }
    }

    /// Stops the poller of a connection.
    pub(crate) fn stop(&self, id: ConnectionId) {
        let old = self.running().remove(&id);
        if let Some(old) = old {
            old.abort();
        }
    }

    /// Starts the pollers of all living connections.
    pub(crate) fn start_all(&self, ids: Vec<ConnectionId>) {
        let is_many = ids.len() > START_AT_ONCE;
        for id in ids {
            let most = if is_many { u64::try_from(START_SPREAD.as_millis()).unwrap_or(0) } else { 0 };
            self.start(id, Duration::from_millis(self.0.parts.rng.below(most)));
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<ConnectionId, JoinHandle<()>>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    async fn run(&self, id: ConnectionId, pause: Duration) {
        self.parts.clock.sleep(pause).await;
        let mut refusals = 0;
        loop {
            let pause = match self.poll(id).await {
                Ok(Some(pause)) => {
                    refusals = 0;
                    pause
                }
                Ok(None) => return,
                Err(PollError::Refused(Refusal::Later { wait_s, .. })) => {
                    let step = PAUSES_S[refusals.min(PAUSES_S.len() - 1)];
                    refusals += 1;
                    Duration::from_secs(u64::from(wait_s.unwrap_or(step)))
                }
                Err(PollError::Refused(Refusal::Never { text, .. })) => {
                    tracing::warn!(connection.id = %id, "The channel refuses to be polled: {text}");
                    MINUTE
                }
                Err(PollError::Refused(Refusal::Revoked { text })) => {
                    if let Err(cause) = self.fail(id, &text).await {
                        tracing::warn!(connection.id = %id, error = %cause, "A broken connection was not noted");
                    }
                    // It may be mended at the channel without anybody telling us.
                    MINUTE
                }
                Err(PollError::Hub(cause)) => {
                    tracing::warn!(connection.id = %id, error = %cause, "Polling waits for the store");
                    Duration::from_secs(1)
                }
            };
            if !pause.is_zero() {
                self.parts.clock.sleep(pause).await;
            }
        }
    }

    /// Asks once. Gives the pause before the next time; `None`: never again.
    async fn poll(&self, id: ConnectionId) -> Result<Option<Duration>, PollError> {
        let Some(entry) = self.parts.directory.connection(id).await?.filter(|it| is_polled(it)) else {
            return Ok(None);
        };
        let Some(connector) = entry.connector else { return Ok(None) };
        // The record in memory may be older than the last poll.
        let mut read = self.parts.db.read().await?;
        let cursor = store::find(&mut read, id).await?.map(|it| it.poll_cursor).unwrap_or_default();
        drop(read);
        let cursor = Some(cursor.as_str()).filter(|it| !it.is_empty());
        let asked_at = self.parts.clock.now();
        let polled = connector.poll(&*self.parts.net, &entry.connection, cursor).await?;
        let is_idle = polled.events.is_empty() && polled.cursor.as_deref() == cursor;
        for what in polled.ignored {
            metrics::counter!("openlines_hub_ignored_total", "channel" => entry.record.channel.clone(), "what" => what)
                .increment(1);
        }
        self.parts.ingest.store(&entry, polled.events).await?;
        if let Some(next) = polled.cursor.as_deref().filter(|it| Some(*it) != cursor) {
            let mut tx = self.parts.db.tx("save_cursor").await?;
            store::save_cursor(&mut tx, id, next).await?;
            tx.commit().await?;
        }
        self.parts.ingest.follow_up(polled.calls);
        let waited = self.parts.clock.now().since(asked_at);
        Ok(Some(if is_idle && waited < WAITED_MIN { IDLE_PAUSE } else { Duration::ZERO }))
    }

    async fn fail(&self, id: ConnectionId, reason: &str) -> Result<(), HubError> {
        if let Some(entry) = self.parts.directory.connection(id).await? {
            self.parts.states.fail(&entry.record, reason).await?;
        }
        Ok(())
    }
}

fn is_polled(entry: &Entry) -> bool {
    entry.record.inbound == Some(Inbound::Polling) && entry.takes_events()
}

#[derive(Debug, thiserror::Error)]
enum PollError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl From<openlines_store::StoreError> for PollError {
    fn from(cause: openlines_store::StoreError) -> Self {
        Self::Hub(cause.into())
    }
}
