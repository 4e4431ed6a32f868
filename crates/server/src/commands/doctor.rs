//! `openlines doctor`: looks at a set-up from outside and says what to do about what is wrong.

use std::time::Duration;

use http::Method;
use openlines_base::{Clock as _, SystemClock};
use openlines_edge::client::{Client, Outgoing, Policy};
use openlines_protocol::{WELL_KNOWN_MAX_BYTES, WELL_KNOWN_PATH, WellKnown};
use openlines_store::Db;

use crate::commands::print;
use crate::config::Config;

/// Time for one look at something outside.
const PATIENCE: Duration = Duration::from_secs(10);
/// Clocks that differ by more lose the hub's and portal's trust in each other's signatures at five minutes.
const CLOCK_WARN: Duration = Duration::from_secs(60);

/// What one look found.
enum Finding {
    Good(String),
    Warning(String),
    Wrong(String),
}

/// Looks at everything and fails if something is wrong.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    let client = Client::new(Policy { allow_private: true, ..Policy::default() });
    let mut findings = vec![data_folder(config), database(config).await, public_url(config, &client).await];
    for (code, channel) in &config.channels {
        findings.push(channel_api(code, channel.api_base.as_str(), &client).await);
    }
    if !config.portal.hub_url.is_empty() {
        findings.push(hub(&config.portal.hub_url, &client).await);
    }
    let mut wrong = 0;
    for finding in &findings {
        match finding {
            Finding::Good(text) => print(&format!("ok       {text}"))?,
            Finding::Warning(text) => print(&format!("warning  {text}"))?,
            Finding::Wrong(text) => {
                wrong += 1;
                print(&format!("WRONG    {text}"))?;
            }
        }
    }
    anyhow::ensure!(wrong == 0, "{wrong} of {} checks failed; see above what to do", findings.len());
    Ok(())
}

fn data_folder(config: &Config) -> Finding {
    let shown = config.data.display();
    if !config.data.exists() {
        return Finding::Warning(format!("data folder {shown}: not there yet, the first start makes it"));
    }
    let probe = config.data.join("doctor.probe");
    match std::fs::write(&probe, [0; 1024 * 1024]).and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => Finding::Good(format!("data folder {shown}: can be written")),
        Err(cause) => {
            Finding::Wrong(format!("data folder {shown}: cannot be written ({cause}); free space or change the owner"))
        }
    }
}

async fn database(config: &Config) -> Finding {
    let url = config.database.expose();
    if url.is_empty() {
        return Finding::Good("database: SQLite files in the data folder".to_owned());
    }
    // No migrations: a look changes nothing. A schema that this program does not know shows at start.
    match Db::open_postgres(url, &[]).await {
        Ok(db) => {
            db.close().await;
            Finding::Good("database: PostgreSQL answers".to_owned())
        }
        Err(openlines_store::OpenError::Newer { .. }) => Finding::Good("database: PostgreSQL answers".to_owned()),
        Err(cause) => Finding::Wrong(cause.to_string()),
    }
}

async fn public_url(config: &Config, client: &Client) -> Finding {
    if config.public_url.is_empty() {
        return Finding::Warning(
            "public_url: not set, so messengers are asked for news every moment instead of calling in; fine for trying out"
                .to_owned(),
        );
    }
    let url = format!("{}/healthz", config.public_url.trim_end_matches('/'));
    let is_tls = url.starts_with("https:");
    match client.send(Outgoing::new(Method::GET, url, PATIENCE), 1024).await {
        Ok(answer) if answer.status.is_success() && is_tls => {
            Finding::Good(format!("public_url: {} answers", config.public_url))
        }
        Ok(answer) if answer.status.is_success() => Finding::Warning(format!(
            "public_url: {} answers, but without TLS messengers will not call in; put a proxy with a certificate in front",
            config.public_url
        )),
        Ok(answer) => Finding::Wrong(format!(
            "public_url: {} answers {}; is the server started and does the proxy point to it?",
            config.public_url, answer.status
        )),
        Err(cause) => {
            Finding::Wrong(format!("public_url: {}: {cause}; check name, certificate and proxy", config.public_url))
        }
    }
}

async fn channel_api(code: &str, base: &str, client: &Client) -> Finding {
    match client.send(Outgoing::new(Method::GET, base, PATIENCE), 1024 * 1024).await {
        Err(cause @ openlines_edge::client::ClientError::Connect(_)) => Finding::Wrong(format!(
            "channels.{code}.api_base: {base}: {cause}; open the way out for this machine, or set another server"
        )),
        // Any answer shows that the way is open.
        _ => Finding::Good(format!("channels.{code}.api_base: {base} can be reached")),
    }
}

async fn hub(url: &str, client: &Client) -> Finding {
    let address = format!("{}{WELL_KNOWN_PATH}", url.trim_end_matches('/'));
    let answer = match client.send(Outgoing::new(Method::GET, address, PATIENCE), WELL_KNOWN_MAX_BYTES).await {
        Ok(answer) => answer,
        Err(cause) => return Finding::Wrong(format!("portal.hub_url: {url}: {cause}")),
    };
    let Ok(peer) = serde_json::from_slice::<WellKnown>(&answer.body) else {
        return Finding::Wrong(format!("portal.hub_url: {url} is not a hub of Open Lines"));
    };
    let now = SystemClock.now();
    let apart = now.since(peer.time).max(peer.time.since(now));
    if apart > CLOCK_WARN {
        return Finding::Wrong(format!(
            "clock: this machine and the hub differ by {} s; set the time by NTP, at 300 s they stop talking",
            apart.as_secs()
        ));
    }
    Finding::Good(format!("portal.hub_url: {url} answers, {}", peer.software))
}
