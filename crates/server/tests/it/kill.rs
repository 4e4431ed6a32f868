//! kill -9 at random moments while 50 customers write 1,000 numbered messages: each arrives once and in order.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use openlines_base::{Clock, Rng as _, SystemClock, SystemRng, Time};
use openlines_testkit::FakeTelegram;
use serde_json::json;

use crate::api::Api;
use crate::process::Process;
use crate::until;

const CUSTOMERS: usize = 50;
const MESSAGES_EACH: usize = 20;
const ROUNDS: usize = 10;
/// Messages of one round after which the process dies, at the latest.
const KILL_WITHIN_MS: u64 = 1500;

/// Telegram waits seconds before it calls again; here they pass sooner.
struct Hurried;

#[async_trait]
impl Clock for Hurried {
    fn now(&self) -> Time {
        SystemClock.now()
    }
    async fn sleep(&self, pause: Duration) {
        SystemClock.sleep(pause / 20).await;
    }
}

/// What runs and which part of it dies.
struct Cluster {
    processes: Vec<Process>,
    /// Index of the process that dies.
    victim: usize,
    /// Index of the process with the portal.
    portal: usize,
}

async fn one_process(database: Option<String>, telegram: &FakeTelegram, folder: &std::path::Path) -> Cluster {
    let mut variables = vec![("OPENLINES_CHANNELS_TELEGRAM_API_BASE", telegram.url())];
    if let Some(url) = database {
        variables.push(("OPENLINES_DATABASE", url));
    }
    let mut process = Process::new("serve", &folder.join("data"), &variables);
    process.set("OPENLINES_PUBLIC_URL", process.url());
    process.start().await;
    Cluster { processes: vec![process], victim: 0, portal: 0 }
}

async fn hub_and_portal(telegram: &FakeTelegram, folder: &std::path::Path) -> Cluster {
    let mut hub = Process::new("hub", &folder.join("hub"), &[("OPENLINES_CHANNELS_TELEGRAM_API_BASE", telegram.url())]);
    hub.set("OPENLINES_PUBLIC_URL", hub.url());
    hub.set("OPENLINES_NETWORK_ALLOW_HOSTS", "127.0.0.1".to_owned());
    let mut portal = Process::new("portal", &folder.join("portal"), &[]);
    let (site, key) = hub.add_site(&portal.url());
    portal.set("OPENLINES_PORTAL_HUB_URL", hub.url());
    portal.set("OPENLINES_PORTAL_SITE", site);
    portal.set("OPENLINES_PORTAL_LICENCE_KEY", key);
    portal.set("OPENLINES_PUBLIC_URL", portal.url());
    portal.set("OPENLINES_NETWORK_ALLOW_HOSTS", "127.0.0.1".to_owned());
    hub.start().await;
    portal.start().await;
    Cluster { processes: vec![hub, portal], victim: 1, portal: 1 }
}

async fn nothing_is_lost(mut cluster: Cluster, telegram: FakeTelegram) {
    let portal = &cluster.processes[cluster.portal];
    let api = Api::set_up(portal, &portal.setup_code().await).await;
    let line = api.post("/api/lines", json!({"name": "Support"})).await["line"]["id"].clone();
    let connect =
        json!({"line_id": line, "channel": "telegram", "settings": {"token": telegram.token()}, "take_over": false});
    api.post("/api/connections", connect).await;

    let customers: Vec<_> = (0..CUSTOMERS).map(|n| telegram.customer(&format!("Customer {n:02}"))).collect();
    for round in 0..ROUNDS {
        for number in 0..MESSAGES_EACH {
            for customer in &customers {
                drop(customer.writes(&text_of(round, number)));
            }
        }
        let wait_ms = SystemRng.below(KILL_WITHIN_MS);
        SystemClock.sleep(Duration::from_millis(wait_ms)).await;
        let victim = cluster.victim;
        cluster.processes[victim].kill();
        cluster.processes[victim].start().await;
        telegram.bot().until_all_taken().await;
    }

    let portal = &cluster.processes[cluster.portal];
    let api = Api::sign_in(portal).await;
    let expected: Vec<String> =
        (0..ROUNDS).flat_map(|round| (0..MESSAGES_EACH).map(move |number| text_of(round, number))).collect();
    let dialogs = until("all customers have a dialog", async || {
        let list = api.get("/api/dialogs?view=all&limit=500").await["dialogs"].as_array().cloned().unwrap_or_default();
        (list.len() >= CUSTOMERS).then_some(list)
    })
    .await;
    assert_eq!(dialogs.len(), CUSTOMERS, "one dialog for each customer");
    for dialog in dialogs {
        let id = dialog["id"].as_i64().expect("an id");
        let texts = until("all messages arrived", async || {
            let texts = api.incoming_texts(id).await;
            (texts.len() >= expected.len()).then_some(texts)
        })
        .await;
        assert_eq!(texts, expected, "dialog {id}: once each and in order");
    }
    for process in &cluster.processes {
        assert!(!process.whole_log().contains(&telegram.token()), "a token stands in the log");
    }
    telegram.finish().await;
}

fn text_of(round: usize, number: usize) -> String {
    format!("round {round}, message {number}")
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_ten_times_under_load_nothing_is_lost_doubled_or_reordered() {
    let folder = tempfile::tempdir().expect("a folder");
    let telegram = FakeTelegram::start(Arc::new(Hurried)).await;
    let cluster = one_process(None, &telegram, folder.path()).await;
    nothing_is_lost(cluster, telegram).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_with_only_the_portal_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let telegram = FakeTelegram::start(Arc::new(Hurried)).await;
    let cluster = hub_and_portal(&telegram, folder.path()).await;
    nothing_is_lost(cluster, telegram).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_on_postgresql() {
    let folder = tempfile::tempdir().expect("a folder");
    let telegram = FakeTelegram::start(Arc::new(Hurried)).await;
    let cluster = one_process(Some(openlines_testkit::postgres().await), &telegram, folder.path()).await;
    nothing_is_lost(cluster, telegram).await;
}
