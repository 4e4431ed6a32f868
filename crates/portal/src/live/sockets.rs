//! The sockets of this node: who is connected, what goes to all of them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use openlines_base::Time;
use openlines_store::StoreError;
use tokio::sync::broadcast;

use super::access::dialog_access;
use super::build::Prepared;
use super::frame::{ServerFrame, Who};
use super::rights::DialogAccess;
use super::viewers::Rights;
use crate::{DialogId, LoginId, OperatorId, Parts};

/// Batches that a slow socket may lie behind; then it is closed and comes back with `since`.
const BEHIND_MAX: usize = 256;
/// Sockets of one person on one node.
const PER_OPERATOR_MAX: usize = 32;
/// Who types where, noted and not told yet.
const TYPING_MAX: usize = 1_000;
/// Sockets of one node.
const IN_ALL_MAX: usize = 20_000;

/// What the pump hands to all sockets at once.
#[derive(Debug)]
pub(super) enum News {
    /// What changed.
    Changes {
        /// After which number the log was read; a socket that knows less has a gap to fill.
        from: i64,
        /// Up to which number it was read.
        upto: i64,
        /// By rising number.
        list: Vec<Prepared>,
    },
    /// Rights of connected people, read anew.
    Rights(Rights),
    /// Typing, viewing: for whom may see the dialog.
    Hint { access: DialogAccess, text: Arc<str>, but: Option<OperatorId> },
}

/// All open sockets of this node.
pub struct Sockets {
    news: broadcast::Sender<Arc<News>>,
    open: Mutex<HashMap<u64, Entry>>,
    next: AtomicU64,
    typing: Mutex<Vec<(DialogId, Who)>>,
}

#[derive(Debug)]
struct Entry {
    operator: OperatorId,
    login: LoginId,
    viewing: Option<DialogId>,
    heard_at: Time,
}

/// A place in the list of open sockets; leaves it when dropped.
pub(super) struct Seat {
    sockets: Arc<Sockets>,
    id: u64,
}

impl fmt::Debug for Sockets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sockets({})", self.lock().len())
    }
}

impl Default for Sockets {
    fn default() -> Self {
        Self {
            news: broadcast::Sender::new(BEHIND_MAX),
            open: Mutex::default(),
            next: AtomicU64::new(1),
            typing: Mutex::default(),
        }
    }
}

impl Sockets {
    /// How many are open.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Shows that somebody types to all who may see the dialog, but not to themselves. Best effort, never waits.
    pub fn typing(&self, parts: &Parts, dialog: DialogId, who: Who) {
        if self.count() == 0 {
            return;
        }
        let mut typing = self.typing.lock().unwrap_or_else(PoisonError::into_inner);
        if typing.len() < TYPING_MAX && !typing.contains(&(dialog, who)) {
            typing.push((dialog, who));
            parts.bells.live.notify_one();
        }
    }

    /// Hands out what [`Sockets::typing`] noted.
    pub(super) async fn tell_typing(&self, parts: &Parts) -> Result<(), StoreError> {
        let noted = std::mem::take(&mut *self.typing.lock().unwrap_or_else(PoisonError::into_inner));
        for (dialog_id, who) in noted {
            let but = match who {
                Who::Operator(operator) => Some(operator),
                Who::Customer => None,
            };
            self.hint(parts, dialog_id, &ServerFrame::Typing { dialog_id, who: who.into() }, but).await?;
        }
        Ok(())
    }

    /// Who of this node looks at a dialog.
    pub(super) fn viewers_of(&self, dialog: DialogId) -> Vec<OperatorId> {
        let open = self.lock();
        let viewing = open.values().filter(|it| it.viewing == Some(dialog)).map(|it| it.operator);
        viewing.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Tells who looks at a dialog to all who may see it.
    pub(super) async fn tell_viewers(&self, parts: &Parts, dialog_id: DialogId) -> Result<(), StoreError> {
        let operator_ids = self.viewers_of(dialog_id);
        self.hint(parts, dialog_id, &ServerFrame::Viewing { dialog_id, operator_ids }, None).await
    }

    async fn hint(
        &self,
        parts: &Parts,
        dialog: DialogId,
        frame: &ServerFrame,
        but: Option<OperatorId>,
    ) -> Result<(), StoreError> {
        let mut read = parts.db.read().await?;
        let Some(access) = dialog_access(&mut read, &[dialog]).await?.remove(&dialog) else { return Ok(()) };
        self.publish(News::Hint { access, text: frame.text().into(), but });
        Ok(())
    }

    pub(super) fn publish(&self, news: News) {
        // Nobody listening is no error.
        drop(self.news.send(Arc::new(news)));
    }

    pub(super) fn listen(&self) -> broadcast::Receiver<Arc<News>> {
        self.news.subscribe()
    }

    /// Takes a place, if there is one.
    pub(super) fn enter(self: &Arc<Self>, operator: OperatorId, login: LoginId, now: Time) -> Option<Seat> {
        let mut open = self.lock();
        let own = open.values().filter(|it| it.operator == operator).count();
        if own >= PER_OPERATOR_MAX || open.len() >= IN_ALL_MAX {
            return None;
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        open.insert(id, Entry { operator, login, viewing: None, heard_at: now });
        metrics::gauge!("openlines_live_sockets").set(to_f64(open.len()));
        Some(Seat { sockets: Arc::clone(self), id })
    }

    /// Who is connected, with which logins.
    pub(super) fn people(&self) -> HashSet<(OperatorId, LoginId)> {
        self.lock().values().map(|it| (it.operator, it.login)).collect()
    }

    /// People and logins whose browser gave a sign of life since `moment`.
    pub(super) fn heard_since(&self, moment: Time) -> HashSet<(OperatorId, LoginId)> {
        self.lock().values().filter(|it| it.heard_at >= moment).map(|it| (it.operator, it.login)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Entry>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    pub(super) fn heard(&self, now: Time) {
        if let Some(entry) = self.sockets.lock().get_mut(&self.id) {
            entry.heard_at = now;
        }
    }

    /// When the browser last gave a sign of life.
    pub(super) fn heard_at(&self) -> Time {
        self.sockets.lock().get(&self.id).map(|it| it.heard_at).unwrap_or_default()
    }

    /// Sets what is looked at; gives what was before.
    pub(super) fn view(&self, dialog: Option<DialogId>) -> Option<DialogId> {
        let mut open = self.sockets.lock();
        open.get_mut(&self.id).and_then(|it| std::mem::replace(&mut it.viewing, dialog))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.sockets.lock();
        open.remove(&self.id);
        metrics::gauge!("openlines_live_sockets").set(to_f64(open.len()));
    }
}

fn to_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
