//! What the server, the deliverers and the people share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openlines_base::{Clock, Tasks};
use openlines_edge::client::Client;
use tokio::sync::watch;

use super::world::World;

/// Real time that a test waits for a state before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// The world behind a lock, and the means to act on it.
pub(super) struct Shared {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tasks: Tasks,
    pub(super) client: Client,
    pub(super) url: String,
    world: Mutex<World>,
    version: watch::Sender<u64>,
}

impl Shared {
    pub(super) fn new(clock: Arc<dyn Clock>, client: Client, url: String) -> Self {
        let (world, version) = (Mutex::default(), watch::Sender::new(0));
        Self { clock, tasks: Tasks::new(), client, url, world, version }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells all who wait that something changed.
    pub(super) fn tell(&self) {
        self.version.send_modify(|it| *it += 1);
    }

    /// Changes from now on.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Waits until `is_so` holds; fails the test after [`PATIENCE`] with `what`.
    pub(super) async fn until(&self, what: &str, mut is_so: impl FnMut(&World) -> bool) {
        let mut changes = self.changes();
        let wait = async {
            loop {
                changes.mark_unchanged();
                if is_so(&self.lock()) {
                    return;
                }
                // The sender lives as long as `self`.
                drop(changes.changed().await);
            }
        };
        if tokio::time::timeout(PATIENCE, wait).await.is_err() {
            let problems = self.lock().problems.join("; ");
            panic!("waited {PATIENCE:?} in vain until {what}; problems so far: [{problems}]");
        }
    }
}
