//! The law in motion: a real queue file, a portal without sockets, a clock moved by hand.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;
use openlines_base::{HOUR, MINUTE, Rng, SECOND, Secret};
use openlines_protocol::{Body, Event, LicenceKey, Sealed};
use openlines_store::Db;
use openlines_testkit::{FakePortal, Mood, Reaction, TestClock, TestRng};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof, proptest};
use url::Url;

use super::*;
use crate::MIGRATIONS;
use crate::connections::store;
use crate::directory::Addresses;
use crate::queue::{NewEvent, QueueStore as _, SqliteQueue, stored};
use crate::sites;
use crate::vault::Vault;

/// Brings letters to fake portals by the host of the address.
struct Doors {
    portals: BTreeMap<String, FakePortal>,
    /// Requests that only the clock can end.
    hanging: Arc<AtomicUsize>,
}

/// Counts while it lives.
struct Hanging(Arc<AtomicUsize>);

impl Drop for Hanging {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl Courier for Doors {
    async fn carry(&self, address: &Url, letter: &Sealed) -> CourierAnswer {
        let portal = &self.portals[address.host_str().unwrap()];
        let mut headers = HeaderMap::new();
        for (name, value) in &letter.headers {
            headers.insert(*name, value.parse().unwrap());
        }
        let reaction = portal.handle(&headers, letter.body.as_bytes());
        if matches!(reaction, Reaction::Hang) {
            self.hanging.fetch_add(1, Ordering::Relaxed);
            let _hanging = Hanging(Arc::clone(&self.hanging));
            std::future::pending::<()>().await;
        }
        portal.answered();
        match reaction {
            Reaction::Answer { status, headers, body } => CourierAnswer::Answered { status, headers, body },
            Reaction::Refuse => CourierAnswer::NotSent("refused".to_owned()),
            Reaction::Hang | Reaction::Break => CourierAnswer::Lost("broken".to_owned()),
        }
    }
}

/// What outlives a hub that is killed.
struct Earth {
    folder: tempfile::TempDir,
    clock: TestClock,
    rng: Arc<TestRng>,
    key: LicenceKey,
    portals: BTreeMap<String, FakePortal>,
}

/// A hub that lives.
struct World {
    clock: TestClock,
    portal: FakePortal,
    dispatcher: Dispatcher,
    queue: Arc<SqliteQueue>,
    tasks: Tasks,
    hanging: Arc<AtomicUsize>,
}

const SITE: SiteId = SiteId(1);

fn line(connection: i64) -> LineId {
    LineId { site: SITE, connection: ConnectionId(connection) }
}

impl Earth {
    fn new(seed: u64) -> Self {
        let clock = TestClock::new();
        let rng = Arc::new(TestRng::new(seed));
        let key = LicenceKey::generate(&*rng);
        let portals = [1, 2].map(|n| {
            let portal = FakePortal::new(SiteId(n), &key, Arc::new(clock.clone()), Arc::clone(&rng) as Arc<dyn Rng>);
            (format!("portal-{n}.test"), portal)
        });
        let folder = tempfile::tempdir().unwrap();
        Self { folder, clock, rng, key, portals: portals.into() }
    }

    fn portal(&self) -> FakePortal {
        self.portals["portal-1.test"].clone()
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        Path::new(self.folder.path()).join(name)
    }

    /// Two sites with ten connections each: 1 to 10 and 11 to 20.
    async fn open_records(&self, vault: &Vault) -> Db {
        let db = Db::open_sqlite(&self.file("hub.db"), MIGRATIONS).await.unwrap();
        let mut tx = db.tx("test").await.unwrap();
        if sites::list(&mut tx, SiteId(0), 1).await.unwrap().is_empty() {
            for n in 1..=2 {
                let address = Url::parse(&format!("http://portal-{n}.test/")).unwrap();
                let now = self.clock.now();
                let site = sites::insert(&mut tx, vault, "test", Some(&address), &self.key, now).await.unwrap();
                for m in 0..10 {
                    let hash = format!("hash-{n}-{m}");
                    store::insert_draft(&mut tx, site, "test", "line \"7\"", &hash, now).await.unwrap();
                }
            }
        }
        tx.commit().await.unwrap();
        db
    }

    async fn live(&self) -> World {
        let rng = Arc::clone(&self.rng) as Arc<dyn Rng>;
        let vault = Arc::new(Vault::new(&Secret::new([1; 32]), Arc::clone(&rng)));
        let db = self.open_records(&vault).await;
        let addresses =
            Addresses { public: None, own: Url::parse("http://hub.test/").unwrap(), api_bases: BTreeMap::new() };
        let directory = Arc::new(Directory::new(db, vault, &[], addresses));
        // Read before, so that a turn waits for no other thread but the queue's.
        for n in 1..=20 {
            directory.connection(ConnectionId(n)).await.unwrap().unwrap();
        }
        for n in 1..=2 {
            directory.site(SiteId(n)).await.unwrap().unwrap();
        }
        let queue = Arc::new(SqliteQueue::open(&self.file("queue.db")).unwrap());
        let tasks = Tasks::new();
        let hanging = Arc::new(AtomicUsize::new(0));
        let dispatcher = Dispatcher::new(Parts {
            queue: Arc::clone(&queue) as Arc<dyn QueueStore>,
            directory,
            courier: Arc::new(Doors { portals: self.portals.clone(), hanging: Arc::clone(&hanging) }),
            clock: Arc::new(self.clock.clone()),
            rng,
            tasks: tasks.clone(),
        });
        dispatcher.start().await.unwrap();
        World { clock: self.clock.clone(), portal: self.portal(), dispatcher, queue, tasks, hanging }
    }
}

fn event(n: u32, at: Time) -> NewEvent {
    let body = stored(at, &Body::Unknown { what: format!("<{n}>") });
    NewEvent { external_id: format!("e{n}"), at, body }
}

impl World {
    async fn arrive(&self, line: LineId, numbers: impl IntoIterator<Item = u32>) {
        let now = self.clock.now();
        let append = Append { line, events: numbers.into_iter().map(|n| event(n, now)).collect(), now };
        let appended = self.queue.append(append.clone()).await.unwrap();
        self.dispatcher.appended(append, &appended);
    }

    /// Waits until every site's task sleeps, has ended, or hangs on its portal.
    async fn settle(&self) {
        let mut quiet = 0;
        while quiet < 3 {
            tokio::task::yield_now().await;
            let busy = self.count_sites(|it| it.is_running && it.rests_until.is_none());
            quiet = if busy <= self.hanging.load(Ordering::Relaxed) { quiet + 1 } else { 0 };
        }
    }

    fn count_sites(&self, holds: impl Fn(&SiteState) -> bool) -> usize {
        lock(&self.dispatcher.0.sites).values().filter(|it| holds(it)).count()
    }

    /// Lets time pass, every sleeper waking at its moment.
    async fn pass(&self, pause: Duration) {
        let end = self.clock.now() + pause;
        loop {
            self.settle().await;
            let left = end.since(self.clock.now());
            if left.is_zero() {
                return;
            }
            let moments: Vec<_> = lock(&self.dispatcher.0.sites).values().filter_map(|it| it.rests_until).collect();
            let next = moments.into_iter().min().map_or(left, |it| it.since(self.clock.now()));
            // Nobody's moment is jumped over; what hangs is ended by a sleeper that the sites do not show.
            let most = if self.hanging.load(Ordering::Relaxed) > 0 { SECOND } else { left };
            self.clock.advance(next.clamp(SECOND / 1000, most).min(left)).await;
        }
    }

    async fn pending(&self, line: LineId) -> i64 {
        self.queue.line(line).await.unwrap().map_or(0, |it| it.pending)
    }

    async fn end(self) {
        assert!(self.tasks.stop(20 * SECOND).await);
        self.queue.close().await;
    }
}

fn whats(events: &[Event]) -> Vec<String> {
    let what = |it: &Event| match &it.body {
        Body::Unknown { what } => Some(what.clone()),
        _ => None,
    };
    events.iter().filter_map(what).collect()
}

fn expected(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|it| format!("<{it}>")).collect()
}

#[tokio::test]
async fn what_comes_in_goes_out_at_once_in_order_and_leaves_the_queue() {
    let earth = Earth::new(1);
    let world = earth.live().await;
    world.arrive(line(1), [1, 2, 3]).await;
    world.arrive(line(2), [1]).await;
    world.arrive(line(1), [4]).await;
    world.settle().await;
    assert_eq!(whats(&world.portal.events(ConnectionId(1))), expected(1..=4));
    let first = &world.portal.events(ConnectionId(1))[0];
    assert_eq!((first.id.as_str(), first.line.as_str(), first.channel.as_str()), ("1-1", "line \"7\"", "test"));
    assert_eq!(world.portal.batches()[0], "1-1-3");
    assert_eq!(world.pending(line(1)).await + world.pending(line(2)).await, 0);
    assert!(lock(&world.dispatcher.0.sites).is_empty(), "an idle site costs nothing");
    assert_eq!(world.clock.sleepers(), 0, "and no timer");
    world.portal.finish();
    world.end().await;
}

#[tokio::test]
async fn a_portal_that_is_down_for_23_hours_50_minutes_gets_everything_in_order() {
    let earth = Earth::new(2);
    let world = earth.live().await;
    world.portal.set_mood(Mood::Down);
    world.arrive(line(1), [1]).await;
    for hour in 0..23 {
        world.arrive(line(1), [hour * 2 + 2, hour * 2 + 3]).await;
        world.arrive(line(2), [hour]).await;
        world.pass(HOUR).await;
    }
    world.pass(50 * MINUTE).await;
    assert_eq!(world.portal.count(), 0);
    world.portal.set_mood(Mood::Well);
    world.pass(MINUTE).await;
    assert_eq!(whats(&world.portal.events(ConnectionId(1))), expected(1..=47));
    assert_eq!(whats(&world.portal.events(ConnectionId(2))), expected(0..23));
    assert_eq!(world.portal.doubles(), 0);
    assert_eq!(world.queue.line(line(1)).await.unwrap().unwrap().lock, Lock::OPEN);
    world.portal.finish();
    world.end().await;
}

#[tokio::test]
async fn after_24_hours_all_is_dropped_the_lock_is_lifted_and_the_portal_is_told_on_the_next_contact() {
    let earth = Earth::new(3);
    let world = earth.live().await;
    let start = world.clock.now();
    world.portal.set_mood(Mood::Down);
    world.arrive(line(1), [1, 2, 3]).await;
    world.pass(23 * HOUR + 59 * MINUTE).await;
    assert_eq!(world.pending(line(1)).await, 3);
    let tries = world.queue.attempts(line(1)).await.unwrap();
    assert_eq!(tries.len(), 11, "the first, and ten after locks");
    assert_eq!((tries[0].code, tries[0].outcome.as_str()), (0, "unreachable"));
    world.pass(11 * MINUTE).await;
    let row = world.queue.line(line(1)).await.unwrap().unwrap();
    assert_eq!((row.pending, row.is_quiet, row.lock), (1, true, Lock::OPEN));
    assert_eq!(world.queue.dropped(line(1)).await.unwrap()[0].count, 3);

    // Nobody knocks any more until there is something to say.
    let requests = world.portal.requests();
    world.pass(12 * HOUR).await;
    assert_eq!(world.portal.requests(), requests);
    world.portal.set_mood(Mood::Well);
    world.arrive(line(2), [9]).await;
    world.settle().await;
    let told = world.portal.events(ConnectionId(1));
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].body, Body::Dropped { count: 3, from: start, to: start });
    world.arrive(line(1), [4]).await;
    world.settle().await;
    assert_eq!(whats(&world.portal.events(ConnectionId(1))), expected([4]));
    world.portal.finish();
    world.end().await;
}

#[tokio::test]
async fn a_hello_lifts_every_lock_at_once() {
    let earth = Earth::new(4);
    let world = earth.live().await;
    world.portal.set_mood(Mood::Status(502));
    for n in 1..=5 {
        world.arrive(line(n), [1]).await;
    }
    world.pass(13 * HOUR).await;
    world.portal.set_mood(Mood::Well);
    world.dispatcher.lift(SITE);
    world.settle().await;
    assert_eq!(world.portal.count(), 5);
    world.end().await;
}

#[tokio::test]
async fn one_503_among_many_lines_lets_nobody_overtake() {
    let earth = Earth::new(5);
    let world = earth.live().await;
    world.portal.then([Mood::Well, Mood::Well, Mood::Status(503), Mood::Well]);
    for n in 0..100 {
        world.arrive(line(i64::from(n % 10) + 1), [n]).await;
    }
    world.pass(MINUTE).await;
    for connection in 1..=10 {
        let first = u32::try_from(connection).unwrap() - 1;
        let all = expected((first..100).step_by(10));
        assert_eq!(whats(&world.portal.events(ConnectionId(connection))), all);
    }
    world.portal.finish();
    world.end().await;
}

#[tokio::test]
async fn a_dead_neighbour_site_delays_nobody_and_a_dead_neighbour_line_one_timeout_at_most() {
    let earth = Earth::new(6);
    let world = earth.live().await;
    let neighbour = earth.portals["portal-2.test"].clone();
    neighbour.set_mood(Mood::Hang);
    for n in 11..=20 {
        world.arrive(LineId { site: SiteId(2), connection: ConnectionId(n) }, [1]).await;
    }
    world.arrive(line(1), [1]).await;
    world.portal.until("the healthy site has its event", |it| it.count() == 1).await;

    // Within one site: nine lines are refused, one works.
    world.settle().await;
    world.portal.set_mood(Mood::Poison("<66>".to_owned()));
    for n in 2..=10 {
        world.arrive(line(n), [66]).await;
    }
    world.arrive(line(1), [2]).await;
    world.settle().await;
    assert_eq!(whats(&world.portal.events(ConnectionId(1))), expected([1, 2]));
    world.portal.finish();
    assert!(world.tasks.stop(SECOND / 100).await || world.tasks.is_cancelled());
}

#[tokio::test]
async fn a_lost_receipt_means_the_same_batch_again_and_no_second_message() {
    let earth = Earth::new(7);
    let world = earth.live().await;
    world.portal.then([Mood::LoseReceipt]);
    world.arrive(line(1), [1, 2, 3]).await;
    world.settle().await;
    world.arrive(line(1), [4]).await;
    world.pass(MINUTE).await;
    assert_eq!(whats(&world.portal.events(ConnectionId(1))), expected(1..=4));
    assert_eq!(world.portal.doubles(), 3);
    assert_eq!(world.portal.batches()[..2], ["1-1-3", "1-1-3"], "the id is the same over retries");
    world.portal.finish();
    world.end().await;
}

#[tokio::test]
async fn partial_receipts_garbage_and_pauses_end_well() {
    let earth = Earth::new(8);
    let world = earth.live().await;
    world.portal.then([Mood::Partial(2), Mood::Busy(20), Mood::Garbage, Mood::Partial(1), Mood::Well]);
    world.arrive(line(1), 1..=5).await;
    world.settle().await;
    assert_eq!(whats(&world.portal.events(ConnectionId(1))), expected([1, 2]));
    assert_eq!(world.queue.line(line(1)).await.unwrap().unwrap().lock, Lock::OPEN, "busy is not a failure");
    world.pass(19 * SECOND).await;
    assert_eq!(world.portal.batches().len(), 2);
    world.pass(MINUTE).await;
    assert_eq!(whats(&world.portal.events(ConnectionId(1))), expected(1..=5));
    assert_eq!(world.portal.doubles(), 0);
    let outcomes: Vec<_> = world.queue.attempts(line(1)).await.unwrap().into_iter().map(|it| it.outcome).collect();
    assert_eq!(outcomes, ["received", "partial", "garbage", "busy", "partial"]);
    world.portal.finish();
    world.end().await;
}

#[tokio::test]
async fn a_receipt_that_comes_by_a_call_counts_in_time_and_late() {
    let earth = Earth::new(9);
    let world = earth.live().await;
    world.portal.set_mood(Mood::Later);
    world.arrive(line(1), [1, 2]).await;
    world.portal.until("the batch is there", |it| it.count() == 2).await;
    for receipt in world.portal.late_receipts() {
        world.dispatcher.received(SITE, receipt).await.unwrap();
    }
    world.settle().await;
    assert_eq!(world.pending(line(1)).await, 0);

    world.arrive(line(1), [3]).await;
    world.portal.until("the batch is there", |it| it.count() == 3).await;
    world.portal.set_mood(Mood::Down);
    world.clock.advance(16 * SECOND).await;
    world.settle().await;
    assert_eq!(world.pending(line(1)).await, 1);
    let late = world.portal.late_receipts().remove(0);
    let foreign = world.dispatcher.received(SiteId(2), late.clone()).await;
    assert!(foreign.is_err(), "nobody gives receipts for another site");
    world.dispatcher.received(SITE, late).await.unwrap();
    world.settle().await;
    assert_eq!(world.pending(line(1)).await, 0);
    world.end().await;
}

#[tokio::test]
async fn one_poison_event_is_found_parked_and_reported_within_minutes() {
    let earth = Earth::new(10);
    let world = earth.live().await;
    world.portal.set_mood(Mood::Poison("<13>".to_owned()));
    world.arrive(line(1), 1..=40).await;
    world.arrive(line(2), [1]).await;
    world.pass(30 * MINUTE).await;
    let events = world.portal.events(ConnectionId(1));
    assert_eq!(whats(&events), expected((1..=40).filter(|it| *it != 13)));
    let dropped: Vec<_> = events.iter().filter(|it| matches!(it.body, Body::Dropped { count: 1, .. })).collect();
    assert_eq!(dropped.len(), 1);
    let parked = world.queue.dropped(line(1)).await.unwrap();
    assert_eq!((parked[0].first_seq, parked[0].last_seq, parked[0].reason.as_str()), (13, 13, "poison"));
    assert_eq!(world.pending(line(1)).await, 0);
    world.portal.finish();
    world.end().await;
}

#[tokio::test]
async fn nothing_is_parked_while_the_whole_portal_is_down() {
    let earth = Earth::new(11);
    let world = earth.live().await;
    world.portal.set_mood(Mood::Status(500));
    world.arrive(line(1), 1..=3).await;
    world.pass(20 * HOUR).await;
    assert!(world.queue.dropped(line(1)).await.unwrap().is_empty());
    world.portal.set_mood(Mood::Well);
    world.pass(MINUTE).await;
    assert_eq!(whats(&world.portal.events(ConnectionId(1))), expected(1..=3));
    world.end().await;
}

#[tokio::test]
async fn a_big_backlog_goes_out_in_full_batches_without_being_held_in_memory() {
    let earth = Earth::new(12);
    let world = earth.live().await;
    world.portal.set_mood(Mood::Down);
    for part in 0..20 {
        world.arrive(line(1), part * 100..(part + 1) * 100).await;
    }
    world.settle().await;
    world.portal.set_mood(Mood::Well);
    world.pass(MINUTE).await;
    assert_eq!(whats(&world.portal.events(ConnectionId(1))), expected(0..2000));
    assert_eq!(world.portal.batches().len(), 20, "full ones");
    world.end().await;
}

/// What happens to the hub in a history.
#[derive(Debug, Clone)]
enum Act {
    Arrive { connection: i64, count: u32 },
    Mood(Mood),
    Pass { seconds: u64 },
    ClockBack,
    Hello,
    Kill { after_turns: u32 },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let mood = prop_oneof![
        3 => Just(Mood::Well),
        1 => Just(Mood::Down),
        1 => Just(Mood::Status(500)),
        1 => Just(Mood::Garbage),
        1 => Just(Mood::LoseReceipt),
        1 => Just(Mood::Hang),
        1 => (1_usize..4).prop_map(Mood::Partial),
        1 => (1_u32..60).prop_map(Mood::Busy),
    ];
    let act = prop_oneof![
        5 => (1_i64..4, 1_u32..8).prop_map(|(connection, count)| Act::Arrive { connection, count }),
        3 => mood.prop_map(Act::Mood),
        3 => (1_u64..4000).prop_map(|seconds| Act::Pass { seconds }),
        1 => Just(Act::ClockBack),
        1 => Just(Act::Hello),
        2 => (0_u32..60).prop_map(|after_turns| Act::Kill { after_turns }),
    ];
    prop::collection::vec(act, 1..25)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Plays a history with kills at any await, then lets the portal be well, and looks at what it has.
fn play(acts: Vec<Act>, seed: u64) {
    let earth = Earth::new(seed);
    let mut next = BTreeMap::<i64, u32>::new();
    let mut acts = acts.into_iter().peekable();
    loop {
        let life = runtime();
        let world = life.block_on(earth.live());
        let is_killed = life.block_on(async {
            for act in acts.by_ref() {
                match act {
                    Act::Arrive { connection, count } => {
                        let first = *next.entry(connection).or_default();
                        world.arrive(line(connection), first..first + count).await;
                        next.insert(connection, first + count);
                    }
                    Act::Mood(mood) => world.portal.set_mood(mood),
                    Act::Pass { seconds } => world.pass(Duration::from_secs(seconds)).await,
                    Act::ClockBack => world.clock.turn_back(HOUR),
                    Act::Hello => world.dispatcher.lift(SITE),
                    Act::Kill { after_turns } => {
                        for _ in 0..after_turns {
                            tokio::task::yield_now().await;
                        }
                        return true;
                    }
                }
            }
            false
        });
        let queue = Arc::clone(&world.queue);
        if is_killed {
            drop(world);
            drop(life);
            // A killed process's threads end with it: none of its work may come after the next one's start.
            runtime().block_on(queue.close());
            world_after_kill(&earth);
            continue;
        }
        life.block_on(async {
            world.portal.set_mood(Mood::Well);
            world.pass(2 * MINUTE).await;
            for (connection, count) in &next {
                let events = world.portal.events(ConnectionId(*connection));
                assert_eq!(whats(&events), expected(0..*count), "connection {connection}");
                assert_eq!(world.pending(line(*connection)).await, 0);
            }
            world.portal.finish();
            world.end().await;
        });
        return;
    }
}

/// A request that a killed hub had under way is over.
fn world_after_kill(earth: &Earth) {
    earth.portals.values().for_each(FakePortal::forget_requests);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn any_mix_of_arrivals_failures_kills_and_clock_jumps_within_a_day_loses_and_reorders_nothing(
        acts in acts(), seed in any::<u64>(),
    ) {
        play(acts, seed);
    }
}
