//! Changes of a connection's state, told to its portal in the same transaction.

use std::sync::Arc;

use openlines_base::{Clock, Rng};
use openlines_protocol::{Body, ConnectionId, ConnectionState};
use openlines_store::Db;

use super::announcer::Announcer;
use super::store::{self, Announcement, Record};
use crate::directory::Directory;
use crate::error::HubError;

/// Longest reason kept, in characters.
const REASON_MAX_CHARS: usize = 500;

/// See the module. Clones share it.
#[derive(Clone)]
pub(crate) struct States {
    pub(crate) db: Db,
    pub(crate) directory: Arc<Directory>,
    pub(crate) announcer: Announcer,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
}

impl States {
    /// The credentials broke, or somebody else has the account. Events are still taken, acts wait.
    pub(crate) async fn fail(&self, record: &Record, reason: &str) -> Result<(), HubError> {
        if self.set(record, ConnectionState::Failing, reason).await? {
            tracing::warn!(connection.id = %record.id, channel = record.channel, "Connection is failing");
        }
        Ok(())
    }

    /// It works again, or works with a complaint of the channel. True if that is news.
    pub(crate) async fn recover(&self, record: &Record, complaint: &str) -> Result<bool, HubError> {
        self.set(record, ConnectionState::Active, complaint).await
    }

    async fn set(&self, record: &Record, state: ConnectionState, reason: &str) -> Result<bool, HubError> {
        let reason: String = reason.chars().take(REASON_MAX_CHARS).collect();
        if record.state == state && record.reason == reason {
            return Ok(false);
        }
        let now = self.clock.now();
        let mut tx = self.db.tx("set_connection_state").await?;
        let is_changed = store::set_state(&mut tx, record.id, state, &reason, now).await?;
        if is_changed {
            let announcement = Announcement {
                id: 0,
                site: record.site,
                connection: record.id,
                closes: false,
                external_id: self.event_id("state"),
                occurred_at: now,
                body: Some(Body::ConnectionChanged { state, reason: Some(reason).filter(|it| !it.is_empty()) }),
            };
            store::announce(&mut tx, &announcement).await?;
        }
        tx.commit().await?;
        self.changed(record.id);
        Ok(is_changed)
    }

    /// Forgets what is kept of a connection, and carries its announcements over.
    pub(crate) fn changed(&self, id: ConnectionId) {
        self.directory.forget(id);
        self.announcer.wake();
    }

    /// An id that no other event has.
    pub(crate) fn event_id(&self, what: &str) -> String {
        format!("hub:{what}:{}", self.rng.token(12))
    }
}
