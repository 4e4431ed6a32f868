//! Acts of operators on their way to channels: stored first, then done in order per chat, paced by the channel's limits.
//!
//! [`store`] holds the SQL, [`chat`] the task of one busy chat, [`act`] one act from its calls to its result, [`pace`]
//! the limits. A result is an announcement in the transaction that ends the act: it reaches the portal exactly when the
//! act is over, whenever the hub is killed. An act that was under way at a kill counts as a lost answer.

mod act;
mod chat;
mod pace;
pub(crate) mod store;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openlines_base::{Clock, Tasks};
use openlines_connectors::Net;
use openlines_protocol::{Action, ConnectionId, Outgoing, OutgoingList, SiteId};
use openlines_store::Db;
use tokio::sync::{Notify, Semaphore};

use crate::connections::States;
use crate::directory::Directory;
use crate::error::HubError;
use pace::Paces;

/// Acts in one call.
const LIST_MAX: usize = openlines_protocol::OUTGOING_MAX;
/// Longest id of an act, in bytes.
const ID_MAX_BYTES: usize = 128;
/// Longest id of a chat, in bytes.
const CHAT_MAX_BYTES: usize = 512;
/// Largest act as JSON, in bytes.
const ACT_MAX_BYTES: usize = 256 * 1024;
/// Requests to channels under way in all.
const IN_FLIGHT_MAX: usize = 256;
/// Chats read at once at the start.
const START_PAGE: i64 = 1000;
/// Results are remembered this long.
const RESULTS_KEPT: Duration = Duration::from_secs(72 * 3600);
/// Acts of a failing connection wait this long.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(24 * 3600);

/// One chat of one connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ChatKey {
    pub(crate) connection: ConnectionId,
    pub(crate) chat: String,
}

/// See the module. Clones share it.
#[derive(Clone)]
pub(crate) struct Outbox(Arc<Inner>);

pub(crate) struct Parts {
    pub(crate) db: Db,
    pub(crate) directory: Arc<Directory>,
    pub(crate) states: States,
    pub(crate) net: Arc<dyn Net>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tasks: Tasks,
}

struct Inner {
    parts: Parts,
    paces: Paces,
    in_flight: Semaphore,
    /// Chats that have a task.
    busy: Mutex<HashMap<ChatKey, Arc<Notify>>>,
}

/// What a call wants done with its acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Send,
    Update,
    Delete,
    Typing,
    Read,
}

impl Kind {
    fn fits(self, action: &Action) -> bool {
        matches!(
            (self, action),
            (Self::Send, Action::Send { .. })
                | (Self::Update, Action::Edit { .. })
                | (Self::Delete, Action::Delete { .. })
                | (Self::Typing, Action::Typing)
                | (Self::Read, Action::Read { .. })
        )
    }

    const fn action(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Update => "edit",
            Self::Delete => "delete",
            Self::Typing => "typing",
            Self::Read => "read",
        }
    }

    /// Tried once and not kept.
    const fn is_passing(self) -> bool {
        matches!(self, Self::Typing | Self::Read)
    }
}

impl Outbox {
    pub(crate) fn new(parts: Parts) -> Self {
        let paces = Paces::new(Arc::clone(&parts.clock));
        Self(Arc::new(Inner { parts, paces, in_flight: Semaphore::new(IN_FLIGHT_MAX), busy: Mutex::default() }))
    }

    /// Takes up what was waiting when the hub stopped.
    pub(crate) async fn start(&self) -> Result<(), HubError> {
        let mut after = (ConnectionId(0), String::new());
        loop {
            let mut read = self.0.parts.db.read().await?;
            let page = store::waiting_chats(&mut read, after.0, &after.1, START_PAGE).await?;
            drop(read);
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.connection, last.chat.clone());
            page.into_iter().for_each(|it| self.wake(it));
        }
    }

    /// Takes acts over from a portal: durably, or for typing and reading in passing. Gives their ids.
    pub(crate) async fn accept(&self, site: SiteId, kind: Kind, list: OutgoingList) -> Result<Vec<String>, HubError> {
        if list.messages.is_empty() || list.messages.len() > LIST_MAX {
            return Err(HubError::wrong("messages", format!("1 to {LIST_MAX} acts")));
        }
        for (n, outgoing) in list.messages.iter().enumerate() {
            self.check(site, kind, n, outgoing).await?;
        }
        let ids: Vec<_> = list.messages.iter().map(|it| it.id.clone()).collect();
        if kind.is_passing() {
            list.messages.into_iter().for_each(|it| self.pass(it));
            return Ok(ids);
        }
        let mut chats = Vec::new();
        let mut tx = self.0.parts.db.tx("accept_outgoing").await?;
        for outgoing in &list.messages {
            let chat = store::current_chat(&mut tx, outgoing.connection, &outgoing.chat.id).await?;
            let is_new = store::insert(&mut tx, site, outgoing, &chat, self.0.parts.clock.now()).await?;
            metrics::counter!("openlines_hub_outgoing_accepted_total", "repeat" => if is_new { "no" } else { "yes" })
                .increment(1);
            chats.push(ChatKey { connection: outgoing.connection, chat });
        }
        tx.commit().await?;
        chats.into_iter().for_each(|it| self.wake(it));
        Ok(ids)
    }

    async fn check(&self, site: SiteId, kind: Kind, n: usize, outgoing: &Outgoing) -> Result<(), HubError> {
        let field = |name: &str| format!("messages[{n}].{name}");
        if !kind.fits(&outgoing.action) {
            return Err(HubError::wrong(field("action"), format!("this method takes `{}`", kind.action())));
        }
        if outgoing.id.is_empty() || outgoing.id.len() > ID_MAX_BYTES {
            return Err(HubError::wrong(field("id"), format!("1 to {ID_MAX_BYTES} bytes")));
        }
        if outgoing.chat.id.is_empty() || outgoing.chat.id.len() > CHAT_MAX_BYTES {
            return Err(HubError::wrong(field("chat.id"), format!("1 to {CHAT_MAX_BYTES} bytes")));
        }
        if serde_json::to_vec(outgoing).is_ok_and(|it| it.len() > ACT_MAX_BYTES) {
            return Err(HubError::wrong(field("message"), format!("at most {ACT_MAX_BYTES} bytes as JSON")));
        }
        let entry = self.0.parts.directory.connection(outgoing.connection).await?;
        use openlines_protocol::ConnectionState;
        match entry.filter(|it| it.record.site == site).map(|it| it.record.state) {
            Some(ConnectionState::Active | ConnectionState::Failing) => Ok(()),
            Some(ConnectionState::Displaced) => Err(HubError::Displaced { field: field("connection") }),
            _ => Err(HubError::NoSuchConnection { field: field("connection") }),
        }
    }

    /// Done once, at once, or not at all.
    fn pass(&self, outgoing: Outgoing) {
        let inner = Arc::clone(&self.0);
        self.0.parts.tasks.spawn("pass", async move {
            let outcome = match inner.act_in_passing(outgoing).await {
                Ok(true) => "done",
                Ok(false) => "left_out",
                Err(_) => "failed",
            };
            metrics::counter!("openlines_hub_passing_total", "outcome" => outcome).increment(1);
        });
    }

    /// Something may wait in this chat.
    pub(crate) fn wake(&self, key: ChatKey) {
        let mut busy = self.0.busy();
        if let Some(wake) = busy.get(&key) {
            wake.notify_one();
            return;
        }
        let wake = Arc::new(Notify::new());
        busy.insert(key.clone(), Arc::clone(&wake));
        let outbox = self.clone();
        self.0.parts.tasks.spawn("chat", async move { chat::run(outbox, key, wake).await });
    }

    /// The connection works again: what waited goes on.
    pub(crate) async fn wake_connection(&self, id: ConnectionId) -> Result<(), HubError> {
        let mut after = String::new();
        loop {
            let mut read = self.0.parts.db.read().await?;
            let page = store::waiting_chats_of(&mut read, id, &after, START_PAGE).await?;
            drop(read);
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.chat);
            page.into_iter().for_each(|it| self.wake(it));
        }
    }

    /// Tidies: results that are old, acts that waited too long for a connection that does not work. True: more to do.
    pub(crate) async fn sweep(&self) -> Result<bool, HubError> {
        let now = self.0.parts.clock.now();
        let mut tx = self.0.parts.db.tx("sweep_outgoing").await?;
        let forgotten = store::forget_finished(&mut tx, now - RESULTS_KEPT).await?;
        let stuck = store::stuck(&mut tx, now - WAIT_MAX).await?;
        let count = stuck.len();
        for row in stuck {
            let failed =
                act::failed_event(&row, openlines_protocol::FailureReason::Revoked, "the connection is broken");
            act::write_end(&mut tx, &row, store::FAILED, Some(failed), now).await?;
        }
        tx.commit().await?;
        if count > 0 {
            self.0.parts.states.announcer.wake();
        }
        Ok(forgotten > 0 || count > 0)
    }
}

impl Inner {
    fn busy(&self) -> MutexGuard<'_, HashMap<ChatKey, Arc<Notify>>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
