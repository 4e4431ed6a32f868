//! What must be done now and then: figures, moments noted, old rows taken away piece by piece.

use std::time::Duration;

use openlines_base::{Clock, Tasks};
use openlines_store::Db;

use std::sync::Arc;

use crate::accept::Ingest;
use crate::connections::store;
use crate::error::HubError;
use crate::files::Files;
use crate::outgoing::Outbox;
use crate::queue::{QueueStore, Stats};

/// Figures are this fresh.
const FIGURES_EVERY: Duration = Duration::from_secs(15);
/// Old rows are looked for this often, in figures.
const TIDY_EVERY: u32 = 240;
/// Moments of last events are written this often, in figures.
const TOUCH_EVERY: u32 = 4;
/// Steps of tidying in a row before others have their turn for [`FIGURES_EVERY`].
const TIDY_STEPS_MAX: u32 = 200;
/// A draft that old came to nothing.
const DRAFT_KEPT: Duration = Duration::from_secs(3600);

/// See the module.
#[derive(Clone)]
pub(crate) struct Housekeeping {
    pub(crate) db: Db,
    pub(crate) queue: Arc<dyn QueueStore>,
    pub(crate) ingest: Ingest,
    pub(crate) outbox: Outbox,
    pub(crate) files: Files,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Housekeeping {
    /// Starts the one task.
    pub(crate) fn start(self, tasks: &Tasks) {
        let stop = tasks.clone();
        tasks.spawn("housekeeping", async move {
            let mut turn: u32 = 0;
            while !stop.is_cancelled() {
                self.report("figures", self.figures().await);
                if turn % TOUCH_EVERY == TOUCH_EVERY - 1 {
                    self.report("last events", self.ingest.flush_touched(&self.db).await);
                }
                if turn.is_multiple_of(TIDY_EVERY) {
                    self.report("tidying", self.tidy().await);
                }
                turn = turn.wrapping_add(1);
                tokio::select! {
                    () = self.clock.sleep(FIGURES_EVERY) => {}
                    () = stop.cancelled() => {}
                }
            }
            self.report("last events", self.ingest.flush_touched(&self.db).await);
        });
    }

    fn report(&self, what: &str, done: Result<(), HubError>) {
        if let Err(cause) = done {
            tracing::warn!(error = %cause, "Housekeeping was cut short: {what}");
        }
    }

    async fn figures(&self) -> Result<(), HubError> {
        let Stats { open_events, locked_events, locked_lines, oldest_open_at } = self.queue.stats().await?;
        let age = oldest_open_at.map_or(0.0, |it| self.clock.now().since(it).as_secs_f64());
        let number = |it: i64| f64::from(u32::try_from(it).unwrap_or(u32::MAX));
        metrics::gauge!("openlines_hub_queue_events", "state" => "open").set(number(open_events));
        metrics::gauge!("openlines_hub_queue_events", "state" => "locked").set(number(locked_events));
        metrics::gauge!("openlines_hub_locked_lines").set(number(locked_lines));
        // The age tells of a worker that stands still, which "the process is up" does not.
        metrics::gauge!("openlines_hub_queue_oldest_seconds").set(age);
        Ok(())
    }

    async fn tidy(&self) -> Result<(), HubError> {
        let now = self.clock.now();
        let mut tx = self.db.tx("delete_drafts").await?;
        store::delete_drafts(&mut tx, now - DRAFT_KEPT).await?;
        tx.commit().await?;
        self.files.sweep().await?;
        for _ in 0..TIDY_STEPS_MAX {
            if !self.outbox.sweep().await? {
                break;
            }
        }
        for _ in 0..TIDY_STEPS_MAX {
            if !self.queue.sweep(now).await? {
                break;
            }
        }
        Ok(())
    }
}
