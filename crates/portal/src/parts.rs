//! What every domain works with. Built once by the server's wiring; clones share everything.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use openlines_base::{Clock, Rng, Secret, Tasks};
use openlines_edge::client::Client;
use openlines_store::Db;
use tokio::sync::Notify;
use url::Url;

use crate::channels::Pictures;
use crate::client::HubLink;
use crate::company::SetupCode;
use crate::hub_port::HubPort;
use crate::live::Sockets;
use crate::staff::Passwords;

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
    /// The way to the hub.
    pub hub: Arc<dyn HubPort>,
    /// Where the hub is and the key we share.
    pub link: HubLink,
    /// Downloads what customers sent; its policy lets only public addresses and the configured hub through.
    pub client: Client,
    /// Pictures of connected accounts.
    pub pictures: Arc<Pictures>,
    /// Sockets of this node.
    pub live: Arc<Sockets>,
    /// Hashes passwords, a few at a time.
    pub passwords: Arc<Passwords>,
    /// The one-time code of the first run.
    pub setup: Arc<SetupCode>,
    /// What the administrator set.
    pub config: Arc<Config>,
}

/// Settings of the portal that are not parts.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Shown in `me`: the sample company runs.
    pub demo: bool,
    /// Version of the program, shown in `me` and told to the hub.
    pub version: String,
    /// Where the hub delivers, if not at [`Parts::public_url`]: hub and portal in one process talk over the loopback.
    pub hub_facing_url: Option<Url>,
    /// Peers whose `X-Forwarded-For` is believed. From anyone else the header is ignored.
    pub trusted_proxies: Vec<IpAddr>,
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
