//! A hub in a runtime of its own, so that it can be killed, with all around it that outlives it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};
use openlines_base::{Rng, SECOND, Secret, Tasks};
use openlines_edge::client::{Answer, Client, Outgoing, Policy};
use openlines_hub::{Hub, HubParts, MIGRATIONS, PostgresQueue, QueueStore, SqliteQueue};
use openlines_protocol::{Action, CallAnswer, Chat, ConnectionId, ConnectionInfo, OutgoingMessage, SiteId};
use openlines_store::{Db, postgres_url_in};
use openlines_testkit::{FakePortal, FakeTelegram, TestClock, TestRng, postgres};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use url::Url;

/// The engine under the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// What the hub is told about where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Messengers can call it.
    Public,
    /// It must ask them.
    Hidden,
}

/// Everything but the hub's process.
pub(crate) struct World {
    pub(crate) clock: TestClock,
    pub(crate) telegram: FakeTelegram,
    pub(crate) url: Url,
    pub(crate) client: Client,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) portals: Vec<(SiteId, FakePortal)>,
    rng: Arc<dyn Rng>,
    reach: Reach,
    database: Option<String>,
    process: Option<Process>,
    tasks: Tasks,
}

/// The hub's process.
struct Process {
    runtime: Runtime,
    hub: Hub,
    tasks: Tasks,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_on(Engine::Sqlite, Reach::Public).await
    }

    /// A hub with two sites, each with a portal that has said hello.
    pub(crate) async fn start_on(engine: Engine, reach: Reach) -> Self {
        let clock = TestClock::new();
        let telegram = FakeTelegram::start(Arc::new(clock.clone())).await;
        let rng: Arc<dyn Rng> = Arc::new(TestRng::new(7));
        // A free port, found and given back: the hub binds it again and again.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        drop(listener);
        let database = if engine == Engine::Postgres { Some(postgres().await) } else { None };
        let client = Client::new(Policy { allow_private: true, ..Policy::default() });
        let mut world = Self {
            clock,
            telegram,
            url,
            client,
            folder: tempfile::tempdir().unwrap(),
            portals: Vec::new(),
            rng,
            reach,
            database,
            process: None,
            tasks: Tasks::new(),
        };
        world.live().await;
        for name in ["first", "second"] {
            let (site, key) = world.hub().create_site(name, None).await.unwrap();
            let portal = FakePortal::new(site, &key, Arc::new(world.clock.clone()), Arc::clone(&world.rng));
            let address = portal.serve(&world.tasks).await;
            let hello = json!({ "address": address, "software": "test" });
            ok(portal.call(&world.url, "hello", hello).await);
            world.portals.push((site, portal));
        }
        world
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.process.as_ref().expect("the hub lives").hub
    }

    pub(crate) fn portal(&self) -> &FakePortal {
        &self.portals[0].1
    }

    pub(crate) fn other_portal(&self) -> &FakePortal {
        &self.portals[1].1
    }

    /// Starts the hub's process on what the last one left.
    pub(crate) async fn live(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let tasks = Tasks::new();
        let address: SocketAddr = self.url.authority().parse().unwrap();
        let (queue_file, db_file) = (self.folder.path().join("queue.db"), self.folder.path().join("hub.db"));
        let database = self.database.clone();
        let parts = {
            let (clock, rng, tasks) = (Arc::new(self.clock.clone()), Arc::clone(&self.rng), tasks.clone());
            let (client, url, telegram) = (self.client.clone(), self.url.clone(), self.telegram.url());
            let public_url = Some(url.clone()).filter(|_| self.reach == Reach::Public);
            move |db: Db, queue: Arc<dyn QueueStore>| HubParts {
                db,
                queue,
                clock,
                rng,
                portals: client.clone(),
                channels: client,
                master_key: Secret::new([5; 32]),
                public_url,
                own_url: url,
                api_bases: BTreeMap::from([("telegram".to_owned(), telegram)]),
                tasks,
                connectors: openlines_connectors::ALL,
                software: "openlines test".to_owned(),
            }
        };
        let work_tasks = tasks.clone();
        let started = runtime.spawn(async move {
            let (db, queue): (Db, Arc<dyn QueueStore>) = match &database {
                Some(url) => (
                    Db::open_postgres_in(url, "hub", MIGRATIONS).await.unwrap(),
                    Arc::new(PostgresQueue::open(&postgres_url_in(url, "hub")).await.unwrap()),
                ),
                None => (
                    Db::open_sqlite(&db_file, MIGRATIONS).await.unwrap(),
                    Arc::new(SqliteQueue::open(&queue_file).unwrap()),
                ),
            };
            let hub = Hub::open(parts(db, queue));
            hub.start().await.unwrap();
            let listener = bind(address).await;
            let router = hub.router();
            work_tasks.clone().spawn("hub", async move {
                let served = axum::serve(listener, router).with_graceful_shutdown(work_tasks.token().cancelled_owned());
                served.await.unwrap();
            });
            hub
        });
        let hub = started.await.unwrap();
        self.process = Some(Process { runtime, hub, tasks });
    }

    /// Kills the hub's process: all of its tasks end where they are.
    pub(crate) async fn kill(&mut self) {
        let Process { runtime, hub, .. } = self.process.take().expect("the hub lives");
        tokio::task::spawn_blocking(move || {
            drop(hub);
            runtime.shutdown_timeout(5 * SECOND);
        })
        .await
        .unwrap();
        self.portals.iter().for_each(|(_, portal)| portal.forget_requests());
    }

    /// Ends the story: nothing may be left or out of order.
    pub(crate) async fn finish(mut self) {
        let Process { runtime, hub, tasks } = self.process.take().expect("the hub lives");
        assert!(tasks.stop(20 * SECOND).await, "the hub does not stop");
        hub.close().await;
        drop(hub);
        runtime.shutdown_background();
        self.portals.iter().for_each(|(_, portal)| portal.finish());
        self.telegram.finish().await;
        self.tasks.stop(SECOND).await;
    }

    /// Connects the first bot to line 1 of the first portal.
    pub(crate) async fn connect(&self) -> ConnectionInfo {
        self.connect_to(self.portal(), &self.telegram.token()).await
    }

    pub(crate) async fn connect_to(&self, portal: &FakePortal, token: &str) -> ConnectionInfo {
        let settings = json!({ "line": "1", "channel": "telegram", "settings": { "token": token }, "take_over": true });
        serde_json::from_value(ok(portal.call(&self.url, "saveSettings", settings).await)).unwrap()
    }

    /// Calls the hub without any seal, as a messenger does.
    pub(crate) async fn knock(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let mut request = Outgoing::new(method, self.url.join(path).unwrap(), 30 * SECOND).body(body.into());
        request.headers = headers;
        self.client.send(request, 10_000_000).await.unwrap()
    }

    /// Waits until the state holds, at most ten seconds of real time, letting the hub's clock run.
    pub(crate) async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let wait = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                // The hub's clock must not outrun its sockets: ten times as fast as ours is fast enough.
                self.portal().stirs(Duration::from_millis(10)).await;
                self.clock.advance(SECOND / 10).await;
            }
        };
        let ended = tokio::time::timeout(Duration::from_secs(20), wait).await;
        ended.unwrap_or_else(|_| panic!("waited in vain until {what}"))
    }
}

/// The port of a process that was killed just now may be held for a moment.
async fn bind(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

/// The result of a call that went well.
pub(crate) fn ok(answer: CallAnswer) -> Value {
    match answer {
        CallAnswer::Result(result) => result,
        CallAnswer::Error(error) => panic!("the hub refuses: {error:?}"),
    }
}

/// Code and field of a call that was refused.
pub(crate) fn refused(answer: CallAnswer) -> (String, Option<String>, String) {
    match answer {
        CallAnswer::Result(result) => panic!("the hub took it: {result}"),
        CallAnswer::Error(error) => (error.code, error.field, error.text),
    }
}

/// One message of an operator.
pub(crate) fn message(id: &str, connection: ConnectionId, chat: &str, text: &str) -> Value {
    let message = OutgoingMessage { text: text.to_owned(), ..OutgoingMessage::default() };
    act(id, connection, chat, Action::Send { message })
}

pub(crate) fn act(id: &str, connection: ConnectionId, chat: &str, action: Action) -> Value {
    let chat = Chat { id: chat.to_owned(), ..Chat::default() };
    let outgoing = openlines_protocol::Outgoing { id: id.to_owned(), connection, chat, action };
    json!({ "messages": [outgoing] })
}
