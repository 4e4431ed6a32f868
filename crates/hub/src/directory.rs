//! Sites and connections as the busy paths need them: opened once, kept in memory, forgotten when they change.
//!
//! One process writes the records of a hub; with many nodes a change must also reach the others: that is the one
//! place for it, [`Directory::forget`] and [`Directory::forget_site`].

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use openlines_base::Secret;
use openlines_connectors::{Connection, Connector};
use openlines_protocol::{ConnectionId, ConnectionState, SiteId};
use openlines_store::Db;
use url::Url;

use crate::connections::store::{self, Record};
use crate::error::HubError;
use crate::sites::{self, Site};
use crate::vault::Vault;

/// Entries kept of each kind; beyond it all are forgotten and read again.
const KEPT_MAX: usize = 100_000;
/// A hash has 43 characters; nothing longer is even looked up.
const HASH_MAX_CHARS: usize = 64;

/// A connection, ready for use.
pub(crate) struct Entry {
    pub(crate) record: Record,
    /// None if this program has no such channel (any more).
    pub(crate) connector: Option<&'static dyn Connector>,
    /// What the connector sees.
    pub(crate) connection: Connection,
}

/// See the module.
pub(crate) struct Directory {
    db: Db,
    vault: Arc<Vault>,
    connectors: &'static [&'static dyn Connector],
    addresses: Addresses,
    sites: Kept<SiteId, Site>,
    connections: Kept<ConnectionId, Entry>,
    hashes: Mutex<HashMap<String, ConnectionId>>,
}

/// Where things are.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    /// Where messengers reach the hub: https, or none.
    pub(crate) public: Option<Url>,
    /// Where portals reach it.
    pub(crate) own: Url,
    /// Where the channels are, by code, without a slash at the end.
    pub(crate) api_bases: std::collections::BTreeMap<String, String>,
}

struct Kept<K, V>(Mutex<Known<K, V>>);

struct Known<K, V> {
    /// Grows with each change, so that what was read before a change is not kept after it.
    changes: u64,
    values: HashMap<K, Arc<V>>,
}

impl<K: Eq + Hash, V> Kept<K, V> {
    fn new() -> Self {
        Self(Mutex::new(Known { changes: 0, values: HashMap::new() }))
    }

    fn get(&self, key: &K) -> Result<Arc<V>, u64> {
        let known = self.lock();
        known.values.get(key).cloned().ok_or(known.changes)
    }

    /// Keeps what was read when there had been `changes`.
    fn put(&self, key: K, value: &Arc<V>, changes: u64) {
        let mut known = self.lock();
        if known.changes != changes {
            return;
        }
        if known.values.len() >= KEPT_MAX {
            known.values.clear();
        }
        known.values.insert(key, Arc::clone(value));
    }

    fn forget(&self, key: &K) {
        let mut known = self.lock();
        known.changes += 1;
        known.values.remove(key);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Whether webhooks and polls are taken: living, or about to live.
    pub(crate) fn takes_events(&self) -> bool {
        matches!(self.record.state, ConnectionState::Active | ConnectionState::Failing | ConnectionState::Draft)
    }

    /// Whether acts of operators may go out.
    pub(crate) fn is_active(&self) -> bool {
        self.record.state == ConnectionState::Active
    }
}

impl Directory {
    pub(crate) fn new(
        db: Db,
        vault: Arc<Vault>,
        connectors: &'static [&'static dyn Connector],
        addresses: Addresses,
    ) -> Self {
        Self {
            db,
            vault,
            connectors,
            addresses,
            sites: Kept::new(),
            connections: Kept::new(),
            hashes: Mutex::default(),
        }
    }

    pub(crate) fn connectors(&self) -> &'static [&'static dyn Connector] {
        self.connectors
    }

    pub(crate) fn connector(&self, channel: &str) -> Option<&'static dyn Connector> {
        self.connectors.iter().copied().find(|it| it.about().code == channel)
    }

    pub(crate) fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    pub(crate) async fn site(&self, id: SiteId) -> Result<Option<Arc<Site>>, HubError> {
        let changes = match self.sites.get(&id) {
            Ok(site) => return Ok(Some(site)),
            Err(changes) => changes,
        };
        let mut read = self.db.read().await?;
        let Some(site) = sites::find(&mut read, &self.vault, id).await?.filter(|it| it.is_active) else {
            return Ok(None);
        };
        let site = Arc::new(site);
        self.sites.put(id, &site, changes);
        Ok(Some(site))
    }

    pub(crate) async fn connection(&self, id: ConnectionId) -> Result<Option<Arc<Entry>>, HubError> {
        let changes = match self.connections.get(&id) {
            Ok(entry) => return Ok(Some(entry)),
            Err(changes) => changes,
        };
        let mut read = self.db.read().await?;
        let Some(record) = store::find(&mut read, id).await? else { return Ok(None) };
        let settings = store::settings(&mut read, &self.vault, id).await?;
        drop(read);
        let entry = Arc::new(self.entry(record, settings)?);
        self.connections.put(id, &entry, changes);
        Ok(Some(entry))
    }

    /// The connection that a webhook names. Unknown, displaced and removed look the same, and all ask the store.
    pub(crate) async fn by_hash(&self, hash: &str) -> Result<Option<Arc<Entry>>, HubError> {
        if hash.is_empty() || hash.len() > HASH_MAX_CHARS {
            return Ok(None);
        }
        let known = self.hashes.lock().unwrap_or_else(PoisonError::into_inner).get(hash).copied();
        if let Some(entry) = known.and_then(|id| self.connections.get(&id).ok()) {
            return Ok(Some(entry).filter(|it| it.record.hash == hash && it.takes_events()));
        }
        let mut read = self.db.read().await?;
        let found = store::find_by_hash(&mut read, hash).await?;
        drop(read);
        let Some(record) = found else { return Ok(None) };
        let id = record.id;
        let entry = self.connection(id).await?.filter(|it| it.record.hash == hash && it.takes_events());
        if entry.is_some() {
            let mut hashes = self.hashes.lock().unwrap_or_else(PoisonError::into_inner);
            if hashes.len() >= KEPT_MAX {
                hashes.clear();
            }
            hashes.insert(hash.to_owned(), id);
        }
        Ok(entry)
    }

    /// Builds what a connector sees.
    pub(crate) fn entry(
        &self,
        record: Record,
        settings: std::collections::BTreeMap<String, Secret<String>>,
    ) -> Result<Entry, HubError> {
        let connection = Connection {
            id: record.id,
            hash: record.hash.clone(),
            settings,
            memory: store::open_memory(&self.vault, &record)?,
            api_base: self.addresses.api_bases.get(&record.channel).cloned().unwrap_or_default(),
            hook_url: self.addresses.hook_url(&record.hash),
            fresh_secret: Secret::default(),
            take_over: false,
        };
        Ok(Entry { connector: self.connector(&record.channel), record, connection })
    }

    /// A connection changed.
    pub(crate) fn forget(&self, id: ConnectionId) {
        self.connections.forget(&id);
    }

    /// A site changed.
    pub(crate) fn forget_site(&self, id: SiteId) {
        self.sites.forget(&id);
    }
}

impl Addresses {
    /// The webhook address, if messengers can reach one.
    pub(crate) fn hook_url(&self, hash: &str) -> Option<String> {
        let public = self.public.as_ref().filter(|it| it.scheme() == "https" || is_this_machine(it))?;
        let mut url = public.join("in").ok()?;
        url.query_pairs_mut().append_pair("line", hash);
        Some(url.into())
    }

    /// Where portals download files: the public address, or the hub's own.
    pub(crate) fn files_base(&self) -> &Url {
        self.public.as_ref().unwrap_or(&self.own)
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        _ => false,
    }
}
