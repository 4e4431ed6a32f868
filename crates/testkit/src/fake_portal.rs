//! A portal that is not there: takes batches with the licence key, keeps what it took, and misbehaves on demand.
//!
//! It checks what a real portal would suffer from: every new event of a connection has a higher number than all before,
//! and no two requests are under way at once. [`FakePortal::finish`] fails on either. By [`FakePortal::handle`] it
//! works without a socket, by [`FakePortal::serve`] over one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as AxumState;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::serve::Listener;
use http::{HeaderMap, Method, StatusCode, header};
use openlines_base::{Clock, Rng, Tasks};
use openlines_edge::client::{Client, Outgoing, Policy};
use openlines_protocol::{
    Address, BODY_MAX_BYTES, Batch, Body, CALL_PATH, CONTENT_TYPE, CallAnswer, ConnectionId, EVENTS_PATH, Envelope,
    Event, Keys, Letter, LicenceKey, OpenError, PortalCall, Receipt, Role, Sealed, SiteId, WELL_KNOWN_PATH, WellKnown,
    seal,
};
use serde::Serialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

/// How the portal behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mood {
    /// Takes everything.
    Well,
    /// Nobody answers the door.
    Down,
    /// Takes the request and never answers.
    Hang,
    /// Answers with this status and keeps nothing.
    Status(u16),
    /// Answers 200 with something that is no receipt.
    Garbage,
    /// Keeps the first so many events of each batch.
    Partial(usize),
    /// Keeps all, but the answer is lost on the way.
    LoseReceipt,
    /// Keeps nothing and asks for a pause of so many seconds.
    Busy(u32),
    /// Keeps all, answers 202 at once; the receipt is for [`FakePortal::late_receipts`].
    Later,
    /// Answers 500 to every batch that holds this text, and takes the others.
    Poison(String),
}

/// What the portal does about one request.
#[derive(Debug)]
pub enum Reaction {
    /// It answers.
    Answer {
        /// HTTP status.
        status: u16,
        /// Headers.
        headers: HeaderMap,
        /// Body.
        body: Bytes,
    },
    /// It never answers.
    Hang,
    /// The connection is refused.
    Refuse,
    /// The connection breaks after the request was read.
    Break,
}

/// See the module. Clones share one portal.
#[derive(Clone)]
pub struct FakePortal(Arc<Inner>);

struct Inner {
    site: SiteId,
    keys: Keys,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    mood: Option<Mood>,
    next_moods: VecDeque<Mood>,
    events: BTreeMap<ConnectionId, Vec<Event>>,
    ids: BTreeSet<String>,
    doubles: usize,
    batches: Vec<String>,
    pings: usize,
    requests: usize,
    under_way: usize,
    problems: Vec<String>,
    late: Vec<Receipt>,
}

impl FakePortal {
    /// A portal of this site. It is well.
    #[must_use]
    pub fn new(site: SiteId, key: &LicenceKey, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        let keys = Keys::one(key);
        Self(Arc::new(Inner { site, keys, clock, rng, state: Mutex::default(), changes: watch::Sender::new(0) }))
    }

    /// From now on.
    pub fn set_mood(&self, mood: Mood) {
        self.lock().mood = Some(mood);
    }

    /// For the next requests, one each; then the lasting mood again.
    pub fn then(&self, moods: impl IntoIterator<Item = Mood>) {
        self.lock().next_moods.extend(moods);
    }

    /// New events of a connection in the order taken, doubles left out.
    #[must_use]
    pub fn events(&self, connection: ConnectionId) -> Vec<Event> {
        self.lock().events.get(&connection).cloned().unwrap_or_default()
    }

    /// Numbers of these events.
    #[must_use]
    pub fn seqs(&self, connection: ConnectionId) -> Vec<i64> {
        self.lock().events.get(&connection).into_iter().flatten().map(|it| it.seq).collect()
    }

    /// Texts of the messages among these events.
    #[must_use]
    pub fn texts(&self, connection: ConnectionId) -> Vec<String> {
        let state = self.lock();
        let events = state.events.get(&connection).into_iter().flatten();
        events
            .filter_map(|it| match &it.body {
                Body::MessageNew { message, .. } | Body::MessageEdited { message, .. } => Some(message.text.clone()),
                _ => None,
            })
            .collect()
    }

    /// New events in all.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().ids.len()
    }

    /// Events that came a second time.
    #[must_use]
    pub fn doubles(&self) -> usize {
        self.lock().doubles
    }

    /// `webhook-id` of every batch seen, also of those not taken.
    #[must_use]
    pub fn batches(&self) -> Vec<String> {
        self.lock().batches.clone()
    }

    /// Pings answered.
    #[must_use]
    pub fn pings(&self) -> usize {
        self.lock().pings
    }

    /// Requests seen, pings too.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.lock().requests
    }

    /// Receipts that are still to be told by the call `received`.
    #[must_use]
    pub fn late_receipts(&self) -> Vec<Receipt> {
        std::mem::take(&mut self.lock().late)
    }

    /// Waits until the condition holds, at most ten seconds of real time.
    ///
    /// # Panics
    /// When it does not.
    pub async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let mut changes = self.0.changes.subscribe();
        let wait = async {
            while !holds(self) {
                drop(changes.changed().await);
            }
        };
        let ended = tokio::time::timeout(Duration::from_secs(10), wait).await;
        assert!(ended.is_ok(), "waited in vain until {what}; the portal has {} events", self.count());
    }

    /// Waits until something comes in, at most this long of real time.
    pub async fn stirs(&self, patience: Duration) {
        let mut changes = self.0.changes.subscribe();
        drop(tokio::time::timeout(patience, changes.changed()).await);
    }

    /// Checks that nothing came out of order and no two requests were under way at once.
    ///
    /// # Panics
    /// When something did.
    pub fn finish(&self) {
        let problems = self.lock().problems.clone();
        assert!(problems.is_empty(), "the portal complains: {problems:#?}");
    }

    /// What it does about one request.
    ///
    /// The caller ends it by [`FakePortal::answered`] once the answer is out, so that requests at once are noticed; one
    /// that hangs has ended already.
    pub fn handle(&self, headers: &HeaderMap, body: &[u8]) -> Reaction {
        let reaction = self.react(headers, body);
        self.0.changes.send_modify(|it| *it += 1);
        reaction
    }

    /// The request is over.
    pub fn answered(&self) {
        let mut state = self.lock();
        state.under_way = state.under_way.saturating_sub(1);
        drop(state);
        self.0.changes.send_modify(|it| *it += 1);
    }

    /// Requests under way are over: the hub that made them is gone.
    pub fn forget_requests(&self) {
        self.lock().under_way = 0;
    }

    fn react(&self, headers: &HeaderMap, body: &[u8]) -> Reaction {
        let mut state = self.lock();
        state.requests += 1;
        state.under_way += 1;
        if state.under_way > 1 {
            let count = state.under_way;
            state.problems.push(format!("{count} requests at once"));
        }
        let mood = state.next_moods.pop_front().or_else(|| state.mood.clone()).unwrap_or(Mood::Well);
        if mood == Mood::Down {
            return Reaction::Refuse;
        }
        let opened = Envelope::from_headers(|name| headers.get(name)?.to_str().ok())
            .and_then(|it| it.open(&self.0.keys, Letter::Batch, body, self.0.clock.now()));
        let (id, batch) = match opened.and_then(|it| Ok((it.id.clone(), it.json::<Batch>()?))) {
            Ok(read) => read,
            Err(cause) => {
                // Clocks that differ are a story of their own, told by tests that turn them.
                if !matches!(cause, OpenError::TimestampOutOfWindow { .. }) {
                    state.problems.push(format!("a request that is no batch: {cause}"));
                }
                return plain(StatusCode::BAD_REQUEST, "no batch");
            }
        };
        let is_ping = matches!(batch.events.as_slice(), [Event { body: Body::Ping, .. }]);
        if !is_ping {
            state.batches.push(id.clone());
        }
        let kept = match &mood {
            Mood::Hang => {
                // Over for the hub when it loses patience, which nobody tells us.
                state.under_way -= 1;
                return Reaction::Hang;
            }
            Mood::Status(status) => {
                return plain(StatusCode::from_u16(*status).unwrap_or(StatusCode::IM_A_TEAPOT), "not today");
            }
            Mood::Garbage => return plain(StatusCode::OK, "<html>it works</html>"),
            Mood::Busy(wait_s) => {
                let receipt = Receipt { batch: id.clone(), accepted: 0, retry_after_s: Some(*wait_s) };
                drop(state);
                return self.receipt(&id, &receipt);
            }
            Mood::Poison(text) if serde_json::to_string(&batch).is_ok_and(|it| it.contains(text.as_str())) => {
                return plain(StatusCode::INTERNAL_SERVER_ERROR, "cannot digest this");
            }
            Mood::Partial(kept) => (*kept).min(batch.events.len()),
            _ => batch.events.len(),
        };
        if is_ping {
            state.pings += 1;
        } else {
            state.keep(batch, kept);
        }
        let receipt = Receipt { batch: id.clone(), accepted: kept, retry_after_s: None };
        match mood {
            Mood::LoseReceipt => Reaction::Break,
            Mood::Later => {
                state.late.push(receipt);
                plain(StatusCode::ACCEPTED, "")
            }
            _ => {
                drop(state);
                self.receipt(&id, &receipt)
            }
        }
    }

    fn receipt(&self, id: &str, receipt: &Receipt) -> Reaction {
        let sealed = self.seal(Letter::Receipt, id, receipt);
        Reaction::Answer { status: 200, headers: headers_of(&sealed), body: sealed.body.into() }
    }

    /// Seals anything as this portal.
    ///
    /// # Panics
    /// When the content cannot be sealed.
    pub fn seal<T: Serialize>(&self, letter: Letter, id: &str, content: &T) -> Sealed {
        let to = Address { letter, site: self.0.site, id };
        seal(&self.0.keys, &to, content, self.0.clock.now(), &*self.0.rng).expect("test content can be sealed")
    }

    /// Calls a method of the hub at this address.
    ///
    /// # Panics
    /// When there is no answer, or not one of the hub.
    pub async fn call(&self, hub: &Url, method: &str, params: serde_json::Value) -> CallAnswer {
        let id = format!("call-{}", self.0.rng.token(9));
        let call = PortalCall { method: method.to_owned(), params };
        let sealed = self.seal(Letter::Call, &id, &call);
        let client = Client::new(Policy { allow_private: true, ..Policy::default() });
        let address = hub.join(CALL_PATH.trim_start_matches('/')).expect("the hub has an address");
        let mut request = Outgoing::new(Method::POST, address, Duration::from_secs(30));
        request.headers = headers_of(&sealed);
        let answer = client.send(request.body(sealed.body), BODY_MAX_BYTES).await.expect("the hub answers");
        self.open_answer(&id, &answer.headers, &answer.body)
    }

    /// Opens the hub's answer to the call `id`.
    ///
    /// # Panics
    /// When it is not one.
    #[must_use]
    pub fn open_answer(&self, id: &str, headers: &HeaderMap, body: &[u8]) -> CallAnswer {
        let to = Address { letter: Letter::Answer, site: self.0.site, id };
        let opened = Envelope::from_headers(|name| headers.get(name)?.to_str().ok())
            .and_then(|it| it.open_answer(&self.0.keys, &to, body, self.0.clock.now()))
            .and_then(|it| it.json());
        opened.unwrap_or_else(|cause| panic!("no answer of the hub: {cause}: {}", String::from_utf8_lossy(body)))
    }

    /// Listens on a free port of this machine; gives the address for the hub.
    ///
    /// # Panics
    /// When the machine has no free port.
    pub async fn serve(&self, tasks: &Tasks) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let router = Router::new()
            .route(EVENTS_PATH, post(take))
            .route(WELL_KNOWN_PATH, get(tell))
            .layer(axum::extract::DefaultBodyLimit::max(BODY_MAX_BYTES))
            .with_state(self.clone());
        let door = Door { listener, portal: self.clone() };
        let stop = tasks.token();
        tasks.spawn("fake portal", async move {
            let served = axum::serve(door, router).with_graceful_shutdown(stop.cancelled_owned());
            drop(served.await);
        });
        Url::parse(&format!("http://{address}/")).expect("an address of this machine")
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn keep(&mut self, batch: Batch, count: usize) {
        for event in batch.events.into_iter().take(count) {
            if event.connection != batch.connection || event.id != format!("{}-{}", event.connection, event.seq) {
                self.problems.push(format!(
                    "event {} of connection {} in a batch of {}",
                    event.id, event.connection, batch.connection
                ));
            }
            if !self.ids.insert(event.id.clone()) {
                self.doubles += 1;
                continue;
            }
            let events = self.events.entry(event.connection).or_default();
            if let Some(last) = events.last().filter(|it| it.seq >= event.seq) {
                self.problems.push(format!("event {} came after {}", event.id, last.id));
            }
            events.push(event);
        }
    }
}

fn headers_of(sealed: &Sealed) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(CONTENT_TYPE));
    for (name, value) in &sealed.headers {
        headers.insert(*name, value.parse().expect("our headers are ASCII"));
    }
    headers
}

fn plain(status: StatusCode, text: &'static str) -> Reaction {
    Reaction::Answer { status: status.as_u16(), headers: HeaderMap::new(), body: Bytes::from_static(text.as_bytes()) }
}

async fn tell(AxumState(portal): AxumState<FakePortal>) -> Response {
    axum::Json(WellKnown::ours(Role::Portal, "fake portal", portal.0.clock.now())).into_response()
}

async fn take(AxumState(portal): AxumState<FakePortal>, headers: HeaderMap, body: Bytes) -> Response {
    /// Ends the request also when the hub hung up in the middle.
    struct UnderWay(FakePortal);
    impl Drop for UnderWay {
        fn drop(&mut self) {
            self.0.answered();
        }
    }
    let reaction = portal.handle(&headers, &body);
    if matches!(reaction, Reaction::Hang) {
        std::future::pending::<()>().await;
    }
    let _under_way = UnderWay(portal);
    let mut response = match reaction {
        Reaction::Answer { status, headers, body } => {
            (StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT), headers, body).into_response()
        }
        // Promises more than it sends: the hub's reading fails in the middle.
        Reaction::Hang | Reaction::Refuse | Reaction::Break => {
            let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("broken on purpose"))]);
            axum::body::Body::from_stream(broken).into_response()
        }
    };
    // So that a portal which goes down leaves no connection open.
    response.headers_mut().insert(header::CONNECTION, http::HeaderValue::from_static("close"));
    response
}

/// A listener that closes the door in the visitor's face while the portal is down.
struct Door {
    listener: TcpListener,
    portal: FakePortal,
}

impl Listener for Door {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let visitor = Listener::accept(&mut self.listener).await;
            if self.portal.lock().mood != Some(Mood::Down) {
                return visitor;
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
