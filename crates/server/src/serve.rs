//! The roles as running processes: `serve`, `hub`, `portal`, `demo`.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use openlines_hub::Hub;
use openlines_portal::client::NewLink;
use openlines_portal::staff::Role;
use openlines_portal::{Parts as Portal, terminal};
use openlines_protocol::{LicenceKey, SiteId};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use url::Url;

use crate::commands::print;
use crate::config::Config;
use crate::demo;
use crate::listener;
use crate::telemetry;
use crate::web::{self, Ready, Shared};
use crate::wiring::Ground;

/// Time that work in hand gets at shutdown.
const STOP_PATIENCE: Duration = Duration::from_secs(20);
/// Name of the one portal of a process that has its own hub.
const OWN_SITE: &str = "this machine";

/// Hub and portal in one process. They talk as two machines would: sealed letters over HTTP, on the loopback.
pub(crate) async fn serve(config: Config) -> anyhow::Result<()> {
    let both = Both::start(config, false).await?;
    if terminal::needs_setup(&both.portal).await? {
        print(&format!("\n  Set up your company: {}\n", terminal::setup_link(&both.portal)))?;
    } else {
        print(&format!("\n  Open Lines is ready: {}\n", both.ground.public_url))?;
    }
    until_stopped(&both.ground).await
}

/// As `serve`, in a temporary folder, with a simulated messenger and customers who talk.
pub(crate) async fn demo(mut config: Config, customers: u16) -> anyhow::Result<()> {
    let folder = tempfile::tempdir().context("making a temporary folder")?;
    let telegram = demo::start_messenger().await;
    config.data = folder.path().join("data");
    config.database = String::new().into();
    for channel in config.channels.values_mut() {
        channel.api_base = telegram.url().parse()?;
    }
    let both = Both::start(config, true).await?;
    let base = both.ground.own_url.as_str().trim_end_matches('/').to_owned();
    let password = both.ground.rng.token(18);
    demo::seed(&base, both.portal.setup.text(), &telegram, &password).await.context("setting the sample company up")?;
    demo::start_talking(&telegram, customers);
    let link = terminal::let_in(&both.portal, demo::ADMIN_EMAIL, None, Role::Admin).await?;
    print(&format!(
        "\n  Open Lines demo: {}\n  Sign in (once):  {link}\n\n  Customers are simulated, nothing leaves this machine. Ctrl+C ends it and deletes everything.\n",
        both.ground.public_url
    ))?;
    until_stopped(&both.ground).await?;
    telegram.stop().await;
    Ok(())
}

/// A hub alone; with `add_site` only registers a portal.
pub(crate) async fn hub(config: Config, add_site: Option<&str>) -> anyhow::Result<()> {
    if let Some(address) = add_site {
        return register(config, address).await;
    }
    let listener = web::listen(config.listen).await?;
    let ground = Ground::prepare(config, listener.local_addr()?.port())?;
    let metrics = telemetry::start_metrics()?;
    let hub = ground.hub(&[]).await?;
    hub.start().await.context("starting the hub")?;
    let shared = shared(&ground, metrics, ready_of(Some(hub.clone()), None));
    listener::serve(&ground.tasks, "http", listener, web::router(hub.router(), shared, false));
    print(&format!(
        "\n  The hub is ready: {}\n  Register a portal: openlines hub --add-site https://portal.example.com\n",
        ground.public_url
    ))?;
    until_stopped(&ground).await
}

async fn register(config: Config, address: &str) -> anyhow::Result<()> {
    let address: Url =
        address.parse().context("--add-site: give the portal's address, like https://portal.example.com")?;
    let port = config.listen.port();
    let ground = Ground::prepare(config, port)?;
    let hub = ground.hub(&[]).await?;
    let name = address.host_str().context("--add-site: the address has no host")?.to_owned();
    let (site, key) = hub.create_site(&name, Some(&address)).await?;
    print(&format!(
        "OPENLINES_PORTAL_HUB_URL={}\nOPENLINES_PORTAL_SITE={site}\nOPENLINES_PORTAL_LICENCE_KEY={}\n",
        ground.public_url.as_str().trim_end_matches('/'),
        key.text().expose()
    ))?;
    hub.close().await;
    Ok(())
}

/// A portal alone, linked to a hub elsewhere.
pub(crate) async fn portal(config: Config) -> anyhow::Result<()> {
    let link = &config.portal;
    if link.hub_url.is_empty() || link.site == 0 || link.licence_key.expose().is_empty() {
        bail!(
            "settings `portal.hub_url`, `portal.site` and `portal.licence_key` are needed: run `openlines hub --add-site` at the hub and set what it prints"
        );
    }
    let hub_url: Url = link.hub_url.parse().context("setting `portal.hub_url`")?;
    let key: LicenceKey = link.licence_key.expose().parse().context("setting `portal.licence_key`")?;
    let new = NewLink { url: hub_url.clone(), site: SiteId(link.site), licence_keys: vec![key] };
    let listener = web::listen(config.listen).await?;
    let ground = Ground::prepare(config, listener.local_addr()?.port())?;
    let metrics = telemetry::start_metrics()?;
    let portal = ground.portal(None, &[&hub_url], false).await?;
    portal.link.save(&portal.db, &portal.master_key, &*portal.rng, portal.clock.now(), &new).await?;
    openlines_portal::start(&portal);
    let routes = openlines_portal::router(portal.clone()).merge(openlines_portal::hub_router(portal.clone()));
    let shared = shared(&ground, metrics, ready_of(None, Some(portal.clone())));
    listener::serve(&ground.tasks, "http", listener, web::router(routes, shared, true));
    if terminal::needs_setup(&portal).await? {
        print(&format!("\n  Set up your company: {}\n", terminal::setup_link(&portal)))?;
    } else {
        print(&format!("\n  The portal is ready: {}\n", ground.public_url))?;
    }
    until_stopped(&ground).await
}

/// Hub and portal of one process.
struct Both {
    ground: Ground,
    portal: Portal,
}

impl Both {
    async fn start(config: Config, is_demo: bool) -> anyhow::Result<Self> {
        let listener = web::listen(config.listen).await?;
        // Both sides answer some equal paths, so the portal takes the hub's letters at a port of its own.
        let inner = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.context("a free port")?;
        let inner_url: Url = format!("http://{}", inner.local_addr()?).parse()?;
        let ground = Ground::prepare(config, listener.local_addr()?.port())?;
        let metrics = telemetry::start_metrics()?;
        let hub = ground.hub(&[&inner_url, &ground.public_url, &ground.own_url]).await?;
        let hubs = [&ground.own_url, &ground.public_url];
        let portal = ground.portal(Some(inner_url.clone()), &hubs, is_demo).await?;
        link_to_own_hub(&ground, &hub, &portal, &inner_url).await?;

        hub.start().await.context("starting the hub")?;
        let hub_routes = openlines_portal::hub_router(portal.clone());
        listener::serve(&ground.tasks, "portal for the hub", inner, hub_routes);
        let routes = openlines_portal::router(portal.clone()).merge(hub.router());
        let shared = shared(&ground, metrics, ready_of(Some(hub), Some(portal.clone())));
        listener::serve(&ground.tasks, "http", listener, web::router(routes, shared, true));
        openlines_portal::start(&portal);
        Ok(Self { ground, portal })
    }
}

/// The portal keeps its site number and key; only the addresses may have changed since the last start.
async fn link_to_own_hub(ground: &Ground, hub: &Hub, portal: &Portal, inner_url: &Url) -> anyhow::Result<()> {
    if portal.link.relocate(&portal.db, &portal.master_key, &ground.own_url).await? {
        return Ok(());
    }
    let (site, key) = hub.create_site(OWN_SITE, Some(inner_url)).await?;
    let new = NewLink { url: ground.own_url.clone(), site, licence_keys: vec![key] };
    portal.link.save(&portal.db, &portal.master_key, &*portal.rng, portal.clock.now(), &new).await?;
    Ok(())
}

fn shared(ground: &Ground, metrics: metrics_exporter_prometheus::PrometheusHandle, ready: Ready) -> Shared {
    Shared { ready, metrics, metrics_token: Arc::new(ground.config.metrics.token.clone()) }
}

fn ready_of(hub: Option<Hub>, portal: Option<Portal>) -> Ready {
    Arc::new(move || {
        let (hub, portal) = (hub.clone(), portal.clone());
        Box::pin(async move {
            if let Some(hub) = hub
                && !hub.ready().await
            {
                return false;
            }
            match portal {
                Some(portal) => terminal::needs_setup(&portal).await.is_ok(),
                None => true,
            }
        })
    })
}

/// Waits for Ctrl+C or a stop by the system, then ends in order.
async fn until_stopped(ground: &Ground) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for signals")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("Stopping: work in hand is finished first");
    if !ground.tasks.stop(STOP_PATIENCE).await {
        tracing::warn!("Not everything ended in time; nothing is lost by it");
    }
    Ok(())
}
