//! The hub put together, top to bottom.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use openlines_base::{Clock, Rng, Secret, Tasks};
use openlines_connectors::{Connector, Inbound, Net};
use openlines_edge::client::Client;
use openlines_protocol::{ConnectionId, ConnectionInfo, LicenceKey, ReplayGuard, SiteId};
use openlines_store::Db;
use url::Url;

use crate::accept::{self, Accept, Ingest, IngestParts};
use crate::calls;
use crate::connections::{Announcer, ConnectionParts, Connections, Health, States, store};
use crate::deliver::{self, Courier, Dispatcher, HttpCourier, Probe};
use crate::directory::{Addresses, Directory};
use crate::error::HubError;
use crate::files::{self, Files};
use crate::housekeeping::Housekeeping;
use crate::net::ChannelNet;
use crate::outgoing::{self, Outbox};
use crate::poll::{self, Pollers};
use crate::queue::{Attempt, DroppedRange, LineId, LineRow, QueueStore, Stats};
use crate::sites::{self, NAME_MAX_CHARS, SiteInfo};
use crate::vault::Vault;

/// Living connections read at once at the start.
const START_PAGE: i64 = 1000;

/// All that a hub is made of.
pub struct HubParts {
    /// The records, with [`crate::MIGRATIONS`] applied.
    pub db: Db,
    /// The queue towards portals: [`crate::SqliteQueue`] or [`crate::PostgresQueue`].
    pub queue: Arc<dyn QueueStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub rng: Arc<dyn Rng>,
    /// To portals. Must let through where they are: private addresses, if some are.
    pub portals: Client,
    /// To channels. Follows no redirects; private addresses only where a test or an own server needs it.
    pub channels: Client,
    /// Encrypts secrets at rest and signs links. Lost, all connections must be made anew.
    pub master_key: Secret<[u8; 32]>,
    /// Where messengers reach the hub. Only https makes webhooks (or this very machine, for tests and the demo); else,
    /// and without it, channels are polled.
    pub public_url: Option<Url>,
    /// Where portals reach the hub when there is no public address.
    pub own_url: Url,
    /// Where the channels are, by code: `https://api.telegram.org`. A missing one is empty for the connector.
    pub api_bases: BTreeMap<String, String>,
    /// Background work.
    pub tasks: Tasks,
    /// The channels of this hub: [`openlines_connectors::ALL`].
    pub connectors: &'static [&'static dyn Connector],
    /// Name and version, told to portals: `openlines 0.1.0`.
    pub software: String,
}

/// A hub. Clones share it.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    db: Db,
    queue: Arc<dyn QueueStore>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    tasks: Tasks,
    vault: Arc<Vault>,
    dispatcher: Dispatcher,
    announcer: Announcer,
    outbox: Outbox,
    pollers: Pollers,
    connections: Connections,
    health: Health,
    housekeeping: Housekeeping,
    router: Router,
}

impl Hub {
    /// Puts the hub together. Nothing runs before [`Hub::start`].
    #[must_use]
    pub fn open(parts: HubParts) -> Self {
        let courier = Arc::new(HttpCourier(parts.portals.clone()));
        Self::open_with(parts, courier)
    }

    /// As [`Hub::open`], with another way to portals than HTTP: for tests.
    #[must_use]
    pub fn open_with(parts: HubParts, courier: Arc<dyn Courier>) -> Self {
        let HubParts { db, queue, clock, rng, portals, channels, master_key, tasks, connectors, software, .. } = parts;
        let vault = Arc::new(Vault::new(&master_key, Arc::clone(&rng)));
        let addresses = Addresses {
            public: parts.public_url.map(as_folder),
            own: as_folder(parts.own_url),
            api_bases: parts
                .api_bases
                .into_iter()
                .map(|(code, base)| (code, base.trim_end_matches('/').to_owned()))
                .collect(),
        };
        let directory = Arc::new(Directory::new(db.clone(), Arc::clone(&vault), connectors, addresses));
        let net: Arc<dyn Net> = Arc::new(ChannelNet { channels: channels.clone(), portals });

        let dispatcher = Dispatcher::new(deliver::Parts {
            queue: Arc::clone(&queue),
            directory: Arc::clone(&directory),
            courier,
            clock: Arc::clone(&clock),
            rng: Arc::clone(&rng),
            tasks: tasks.clone(),
        });
        let announcer = Announcer::new(db.clone(), Arc::clone(&queue), dispatcher.clone(), Arc::clone(&clock));
        let files = Files::new(files::Parts {
            db: db.clone(),
            vault: Arc::clone(&vault),
            directory: Arc::clone(&directory),
            net: Arc::clone(&net),
            client: channels,
            clock: Arc::clone(&clock),
        });
        let ingest = Ingest::new(IngestParts {
            queue: Arc::clone(&queue),
            dispatcher: dispatcher.clone(),
            files: files.clone(),
            net: Arc::clone(&net),
            clock: Arc::clone(&clock),
            tasks: tasks.clone(),
        });
        let states = States {
            db: db.clone(),
            directory: Arc::clone(&directory),
            announcer: announcer.clone(),
            clock: Arc::clone(&clock),
            rng: Arc::clone(&rng),
        };
        let outbox = Outbox::new(outgoing::Parts {
            db: db.clone(),
            directory: Arc::clone(&directory),
            states: states.clone(),
            net: Arc::clone(&net),
            clock: Arc::clone(&clock),
            tasks: tasks.clone(),
        });
        let pollers = Pollers::new(poll::Parts {
            db: db.clone(),
            directory: Arc::clone(&directory),
            ingest: ingest.clone(),
            states: states.clone(),
            net: Arc::clone(&net),
            clock: Arc::clone(&clock),
            rng: Arc::clone(&rng),
            tasks: tasks.clone(),
        });
        let connections = Connections::new(ConnectionParts {
            db: db.clone(),
            vault: Arc::clone(&vault),
            directory: Arc::clone(&directory),
            dispatcher: dispatcher.clone(),
            states: states.clone(),
            pollers: pollers.clone(),
            outbox: outbox.clone(),
            ingest: ingest.clone(),
            files: files.clone(),
            net: Arc::clone(&net),
            clock: Arc::clone(&clock),
            rng: Arc::clone(&rng),
        });
        let health = Health {
            db: db.clone(),
            directory: Arc::clone(&directory),
            states,
            outbox: outbox.clone(),
            net,
            clock: Arc::clone(&clock),
        };
        let housekeeping = Housekeeping {
            db: db.clone(),
            queue: Arc::clone(&queue),
            ingest: ingest.clone(),
            outbox: outbox.clone(),
            files: files.clone(),
            clock: Arc::clone(&clock),
        };
        let accept = Accept { directory: Arc::clone(&directory), ingest, clock: Arc::clone(&clock) };
        let router = accept::router(accept)
            .merge(calls::router(calls::Parts {
                db: db.clone(),
                directory: Arc::clone(&directory),
                dispatcher: dispatcher.clone(),
                connections: connections.clone(),
                outbox: outbox.clone(),
                clock: Arc::clone(&clock),
                rng: Arc::clone(&rng),
                replays: Mutex::new(ReplayGuard::new()),
                software,
            }))
            .merge(Router::new().route("/files/{connection}/{reference}", get(files::serve)).with_state(files));
        Self(Arc::new(Inner {
            db,
            queue,
            clock,
            rng,
            tasks,
            vault,
            dispatcher,
            announcer,
            outbox,
            pollers,
            connections,
            health,
            housekeeping,
            router,
        }))
    }

    /// All routes: `/in`, `/in/{hash}`, `/call`, `/files/…`, `/.well-known/openlines`.
    pub fn router(&self) -> Router {
        self.0.router.clone()
    }

    /// Takes up everything that was under way when the last hub ended, and starts the background work.
    ///
    /// # Errors
    /// A store is away.
    pub async fn start(&self) -> Result<(), HubError> {
        let inner = &*self.0;
        inner.dispatcher.start().await?;
        inner.announcer.start(&inner.tasks);
        inner.outbox.start().await?;
        inner.pollers.start_all(self.polled().await?);
        inner.health.clone().start(&inner.tasks);
        inner.housekeeping.clone().start(&inner.tasks);
        Ok(())
    }

    async fn polled(&self) -> Result<Vec<ConnectionId>, HubError> {
        let (mut all, mut after) = (Vec::new(), ConnectionId(0));
        loop {
            let mut read = self.0.db.read().await?;
            let page = store::living(&mut read, after, START_PAGE).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after = last.id;
            all.extend(page.iter().filter(|it| it.inbound == Some(Inbound::Polling)).map(|it| it.id));
        }
    }

    /// Makes a site. The key is shown once: it stays encrypted here, and the portal's admin needs it.
    ///
    /// # Errors
    /// A wrong name, or the store is away.
    pub async fn create_site(&self, name: &str, address: Option<&Url>) -> Result<(SiteId, LicenceKey), HubError> {
        if name.is_empty() || name.chars().count() > NAME_MAX_CHARS {
            return Err(HubError::wrong("name", "1 to 200 characters"));
        }
        let address = address.map(|it| sites::parse_address(it.as_str(), "address")).transpose()?;
        let key = LicenceKey::generate(&*self.0.rng);
        let now = self.0.clock.now();
        let mut tx = self.0.db.tx("create_site").await?;
        let site = sites::insert(&mut tx, &self.0.vault, name, address.as_ref(), &key, now).await?;
        tx.commit().await?;
        Ok((site, key))
    }

    /// Sites by rising number, from the one behind `after`.
    ///
    /// # Errors
    /// The store is away.
    pub async fn sites(&self, after: SiteId, limit: i64) -> Result<Vec<SiteInfo>, HubError> {
        let mut read = self.0.db.read().await?;
        sites::list(&mut read, after, limit).await
    }

    /// Connections of a site.
    ///
    /// # Errors
    /// The store is away.
    pub async fn connections(&self, site: SiteId) -> Result<Vec<ConnectionInfo>, HubError> {
        self.0.connections.list(site, None).await
    }

    /// Asks a portal for a sign of life.
    pub async fn probe(&self, site: SiteId) -> Probe {
        self.0.dispatcher.probe(site).await
    }

    /// Whether both stores answer.
    pub async fn ready(&self) -> bool {
        let records = async { self.0.db.tx("ready").await?.commit().await };
        records.await.is_ok() && self.0.queue.stats().await.is_ok()
    }

    /// Figures of the queue.
    ///
    /// # Errors
    /// The store is away.
    pub async fn stats(&self) -> Result<Stats, HubError> {
        Ok(self.0.queue.stats().await?)
    }

    /// A line of the queue, its last tries and what was given up: for the admin page.
    ///
    /// # Errors
    /// The store is away.
    pub async fn line(&self, line: LineId) -> Result<(Option<LineRow>, Vec<Attempt>, Vec<DroppedRange>), HubError> {
        let queue = &self.0.queue;
        Ok((queue.line(line).await?, queue.attempts(line).await?, queue.dropped(line).await?))
    }

    /// Ends the stores, after [`Tasks::stop`].
    pub async fn close(&self) {
        self.0.queue.close().await;
        self.0.db.close().await;
    }
}

/// With a slash at the end, so that joining a path keeps a folder.
fn as_folder(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}
