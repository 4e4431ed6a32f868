//! Asks every channel, every ten minutes, whether its connections still work.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use openlines_base::{Clock, Tasks};
use openlines_connectors::{Health as Found, Net, Refusal};
use openlines_protocol::ConnectionId;
use openlines_store::Db;

use super::{States, store};
use crate::directory::Directory;
use crate::error::HubError;
use crate::outgoing::Outbox;

/// Pause between two rounds.
const ROUND_EVERY: Duration = Duration::from_secs(600);
/// Connections asked at once.
const AT_ONCE: usize = 8;
/// Connections read at once.
const PAGE: i64 = 500;

/// See the module.
#[derive(Clone)]
pub(crate) struct Health {
    pub(crate) db: Db,
    pub(crate) directory: Arc<Directory>,
    pub(crate) states: States,
    pub(crate) outbox: Outbox,
    pub(crate) net: Arc<dyn Net>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Health {
    /// Starts the rounds; the first one comes after the pause.
    pub(crate) fn start(self, tasks: &Tasks) {
        let stop = tasks.clone();
        tasks.spawn("health", async move {
            loop {
                tokio::select! {
                    () = self.clock.sleep(ROUND_EVERY) => {}
                    () = stop.cancelled() => return,
                }
                tokio::select! {
                    done = self.round() => if let Err(cause) = done {
                        tracing::warn!(error = %cause, "A round of health checks was cut short");
                    },
                    () = stop.cancelled() => return,
                }
            }
        });
    }

    /// Asks for all living connections.
    async fn round(&self) -> Result<(), HubError> {
        let mut after = ConnectionId(0);
        loop {
            let mut read = self.db.read().await?;
            let page = store::living(&mut read, after, PAGE).await?;
            drop(read);
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            let ids: Vec<_> = page.iter().map(|it| it.id).collect();
            let checks = futures_util::stream::iter(ids).map(|id| self.check(id)).buffer_unordered(AT_ONCE);
            let done: Vec<Result<(), HubError>> = checks.collect().await;
            done.into_iter().collect::<Result<(), HubError>>()?;
        }
    }

    async fn check(&self, id: ConnectionId) -> Result<(), HubError> {
        let Some(entry) = self.directory.connection(id).await? else { return Ok(()) };
        let Some(connector) = entry.connector else { return Ok(()) };
        let found = connector.check(&*self.net, &entry.connection).await;
        let outcome = match &found {
            Ok(Found::Good) => "good",
            Ok(Found::Complains(_)) => "complains",
            Ok(Found::Taken(_)) => "taken",
            Err(Refusal::Revoked { .. }) => "revoked",
            Err(_) => "unknown",
        };
        metrics::counter!("openlines_hub_health_checks_total", "outcome" => outcome).increment(1);
        let is_recovered = match found {
            Ok(Found::Good) => self.states.recover(&entry.record, "").await?,
            Ok(Found::Complains(text)) => self.states.recover(&entry.record, &text).await?,
            Ok(Found::Taken(text)) | Err(Refusal::Revoked { text }) => {
                self.states.fail(&entry.record, &text).await?;
                false
            }
            // The channel is unwell: that says nothing about the connection.
            Err(Refusal::Later { .. } | Refusal::Never { .. }) => false,
        };
        if is_recovered {
            self.outbox.wake_connection(id).await?;
        }
        Ok(())
    }
}
