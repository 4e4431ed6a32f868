//! The parts of a process put together by hand, top to bottom.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use openlines_base::{Clock, Rng, Secret, SystemClock, SystemRng, Tasks};
use openlines_edge::client::{Client, Policy};
use openlines_hub::{Hub, HubParts, PostgresQueue, QueueStore, SqliteQueue};
use openlines_portal::client::{HubLink, Output};
use openlines_portal::company::SetupCode;
use openlines_portal::staff::Passwords;
use openlines_portal::{Bells, Parts as Portal};
use openlines_store::{Db, Migration, postgres_url_in};
use url::Url;

use crate::config::Config;
use crate::data::DataFolder;

/// Name and version, told to the other side.
pub(crate) const SOFTWARE: &str = concat!("openlines ", env!("CARGO_PKG_VERSION"));
/// Schema in PostgreSQL and stem of the SQLite file of the hub.
pub(crate) const HUB: &str = "hub";
/// Schema in PostgreSQL and stem of the SQLite file of the portal.
pub(crate) const PORTAL: &str = "portal";

/// What every role starts from.
pub(crate) struct Ground {
    pub(crate) config: Config,
    pub(crate) data: DataFolder,
    pub(crate) master_key: Arc<Secret<[u8; 32]>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) tasks: Tasks,
    /// How browsers and messengers reach this process.
    pub(crate) public_url: Url,
    /// How this machine reaches it.
    pub(crate) own_url: Url,
}

impl Ground {
    /// Opens the data folder. `port` is the one that is listened on.
    pub(crate) fn prepare(config: Config, port: u16) -> anyhow::Result<Self> {
        let data = DataFolder::open(&config.data)?;
        let rng: Arc<dyn Rng> = Arc::new(SystemRng);
        let master_key = Arc::new(data.master_key(&*rng)?);
        let own_host = match config.listen.ip() {
            ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
            std::net::IpAddr::V6(ip) => format!("[{ip}]"),
            std::net::IpAddr::V4(ip) => ip.to_string(),
        };
        let own_url: Url = format!("http://{own_host}:{port}").parse().context("setting `listen`")?;
        let public_url = match config.public_url.as_str() {
            "" => format!("http://localhost:{port}").parse().context("setting `listen`")?,
            given => given.parse().context("setting `public_url`")?,
        };
        let (clock, tasks) = (Arc::new(SystemClock), Tasks::new());
        Ok(Self { config, data, master_key, clock, rng, tasks, public_url, own_url })
    }

    /// A client that reaches the open internet, and of private addresses only those that the administrator named.
    fn client(&self, also: &[&Url], follow_redirects: bool) -> Client {
        let mut allow_hosts: BTreeSet<String> = self.config.network.allow_hosts.clone();
        allow_hosts.extend(also.iter().filter_map(|url| place(url)));
        Client::new(Policy { allow_private: false, allow_hosts, follow_redirects })
    }

    /// Puts a hub together. `portals` are addresses in private networks where its portals may be.
    pub(crate) async fn hub(&self, portals: &[&Url]) -> anyhow::Result<Hub> {
        let db = open_db(&self.config, &self.data.join("hub.db"), HUB, openlines_hub::MIGRATIONS).await?;
        let database = self.config.database.expose();
        let queue: Arc<dyn QueueStore> = if database.is_empty() {
            Arc::new(SqliteQueue::open(&self.data.join("queue.db"))?)
        } else {
            Arc::new(PostgresQueue::open(&postgres_url_in(database, HUB)).await?)
        };
        let bases: Vec<&Url> = self.config.channels.values().map(|it| &it.api_base).collect();
        Ok(Hub::open(HubParts {
            db,
            queue,
            clock: Arc::clone(&self.clock),
            rng: Arc::clone(&self.rng),
            portals: self.client(portals, false),
            channels: self.client(&bases, false),
            master_key: Secret::new(*self.master_key.expose()),
            public_url: (!self.config.public_url.is_empty()).then(|| self.public_url.clone()),
            own_url: self.own_url.clone(),
            api_bases: self.config.channels.iter().map(|(code, it)| (code.clone(), it.api_base.to_string())).collect(),
            tasks: self.tasks.clone(),
            connectors: openlines_connectors::ALL,
            software: SOFTWARE.to_owned(),
        }))
    }

    /// Puts a portal together. `hub_facing_url` is where the hub delivers, if not at the public address; `hub` are the
    /// addresses of the hub, which may be private.
    pub(crate) async fn portal(&self, hub_facing_url: Option<Url>, hub: &[&Url], demo: bool) -> anyhow::Result<Portal> {
        let db = open_db(&self.config, &self.data.join("portal.db"), PORTAL, openlines_portal::MIGRATIONS).await?;
        let files = self.data.join("files");
        std::fs::create_dir_all(&files).with_context(|| format!("making {}", files.display()))?;
        let link = HubLink::default();
        link.load(&db, &self.master_key).await?;
        let to_hub = self.client(hub, false);
        let output = Output::new(link.clone(), to_hub, Arc::clone(&self.clock), Arc::clone(&self.rng));
        let trusted_proxies = if self.config.login.behind_proxy {
            vec![std::net::Ipv4Addr::LOCALHOST.into(), std::net::Ipv6Addr::LOCALHOST.into()]
        } else {
            Vec::new()
        };
        Ok(Portal {
            db,
            clock: Arc::clone(&self.clock),
            rng: Arc::clone(&self.rng),
            tasks: self.tasks.clone(),
            files,
            public_url: self.public_url.clone(),
            master_key: Arc::clone(&self.master_key),
            bells: Arc::new(Bells::default()),
            hub: Arc::new(output),
            link,
            client: self.client(hub, true),
            pictures: Arc::default(),
            live: Arc::default(),
            passwords: Arc::new(Passwords::new(&*self.rng)),
            setup: Arc::new(SetupCode::new(&*self.rng)),
            config: Arc::new(openlines_portal::Config {
                demo,
                version: env!("CARGO_PKG_VERSION").to_owned(),
                hub_facing_url,
                trusted_proxies,
            }),
        })
    }
}

/// Opens a role's database wherever the settings say.
pub(crate) async fn open_db(
    config: &Config,
    file: &Path,
    role: &'static str,
    migrations: &[Migration],
) -> anyhow::Result<Db> {
    let url = config.database.expose();
    let opened = if url.is_empty() {
        Db::open_sqlite(file, migrations).await
    } else {
        Db::open_postgres_in(url, role, migrations).await
    };
    Ok(opened?)
}

/// `host:port` of an address, as the guard of outgoing requests lists it.
fn place(url: &Url) -> Option<String> {
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}
