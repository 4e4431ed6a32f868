//! What every domain works with. Built once by the server's wiring; clones share everything.

use std::path::PathBuf;
use std::sync::Arc;

use openlines_base::{Clock, Rng, Secret, Tasks};
use openlines_store::Db;
use tokio::sync::Notify;
use url::Url;

/// The portal's tools.
#[derive(Clone)]
pub struct Parts {
    /// The store.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub rng: Arc<dyn Rng>,
    /// Background work.
    pub tasks: Tasks,
    /// Folder of the local file store.
    pub files: PathBuf,
    /// Where browsers and the hub reach this portal.
    pub public_url: Url,
    /// Seals keys at rest and signs file links.
    pub master_key: Arc<Secret<[u8; 32]>>,
    /// Rung after each commit that wrote something for others to do.
    pub bells: Arc<Bells>,
}

/// Wakes background work right after a commit; each worker also looks by itself now and then.
#[derive(Debug, Default)]
pub struct Bells {
    /// New realtime events.
    pub live: Notify,
    /// New events from the hub.
    pub inbox: Notify,
    /// New acts for the hub.
    pub outbox: Notify,
    /// A session, a slot or a presence changed: somebody may be given a dialog, an offer may be due.
    pub routing: Notify,
    /// Files to download.
    pub files: Notify,
}
