//! Portals: take sealed batches, prove order, and say how long each message was under way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as AxumState;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use openlines_base::{Clock, SystemClock, SystemRng};
use openlines_protocol::{
    Address, BODY_MAX_BYTES, Batch, Body, CONTENT_TYPE, CallAnswer, ConnectionId, EVENTS_PATH, Envelope, Keys, Letter,
    LicenceKey, Receipt, Role, SiteId, WELL_KNOWN_PATH, WellKnown, seal,
};
use openlines_testkit::FakePortal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use crate::measure::{Spread, cpu_s, now_us};
use crate::telegram::{Hook, Telegram, token};
use crate::{Result, answer, plan};

/// So long nothing new may come before we give up waiting for the rest.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// How many portals to play.
#[derive(Debug, Deserialize)]
struct Doors {
    portals: usize,
}

/// Where the hub finds us.
#[derive(Debug, Serialize)]
struct Open {
    portals: Vec<String>,
    telegram: String,
}

/// What the hub calls us, and how many lines to connect.
#[derive(Debug, Deserialize)]
struct Connect {
    hub: Url,
    sites: Vec<SiteKey>,
    lines: usize,
}

#[derive(Debug, Deserialize)]
struct SiteKey {
    site: SiteId,
    key: String,
}

#[derive(Debug, Serialize)]
struct Connected {
    hooks: Vec<Hook>,
}

/// How many messages the hub took.
#[derive(Debug, Deserialize)]
struct Expect {
    messages: usize,
}

/// What arrived.
#[derive(Debug, Default, Serialize)]
struct Report {
    messages: usize,
    batches: usize,
    /// Came again, as after a lost receipt.
    doubles: usize,
    /// Numbers of a line that were jumped over.
    gaps: usize,
    /// Came before a message that was sent before them.
    overtook: usize,
    /// When the last receipt was written.
    ended_us: u64,
    /// From sending at the messenger to the portal's receipt.
    receipt_ms: Spread,
    cpu_s: f64,
}

/// One portal.
#[derive(Clone)]
struct Portal {
    site: SiteId,
    keys: Arc<Keys>,
    arrived: Arc<Arrived>,
}

/// What all portals took.
#[derive(Default)]
struct Arrived {
    state: Mutex<State>,
    news: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    report: Report,
    times_us: Vec<u64>,
    last_seq: HashMap<ConnectionId, i64>,
    /// The newest message of each sender.
    last_n: HashMap<usize, usize>,
}

/// Opens the doors, connects the lines, waits for the messages, reports.
pub(crate) async fn run() -> Result<()> {
    let doors: Doors = plan().await?;
    let telegram = Telegram::default();
    let telegram_listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut listeners = Vec::new();
    for _ in 0..doors.portals {
        listeners.push(TcpListener::bind("127.0.0.1:0").await?);
    }
    let url = |it: &TcpListener| it.local_addr().map(|it| format!("http://{it}"));
    answer(&Open {
        portals: listeners.iter().map(url).collect::<std::io::Result<_>>()?,
        telegram: url(&telegram_listener)?,
    })?;

    let connect: Connect = plan().await?;
    let arrived = Arc::new(Arrived::default());
    let mut servers = JoinSet::new();
    servers.spawn(axum::serve(telegram_listener, telegram.router()).into_future());
    let mut callers = Vec::new();
    for (listener, site) in listeners.into_iter().zip(&connect.sites) {
        let key: LicenceKey = site.key.parse()?;
        let keys = Arc::new(Keys::one(&key));
        let portal = Portal { site: site.site, keys, arrived: Arc::clone(&arrived) };
        servers.spawn(axum::serve(listener, router(portal)).into_future());
        callers.push(FakePortal::new(site.site, &key, Arc::new(SystemClock), Arc::new(SystemRng)));
    }
    answer(&Connected { hooks: connect_lines(&connect, &callers, &telegram).await? })?;

    let expect: Expect = plan().await?;
    let mut news = arrived.news.subscribe();
    while arrived.lock().report.messages < expect.messages {
        if tokio::time::timeout(SILENCE_MAX, news.changed()).await.is_err() {
            break;
        }
    }
    let mut state = std::mem::take(&mut *arrived.lock());
    state.report.receipt_ms = Spread::of(state.times_us);
    state.report.cpu_s = cpu_s();
    answer(&state.report)
}

async fn connect_lines(connect: &Connect, portals: &[FakePortal], telegram: &Telegram) -> Result<Vec<Hook>> {
    let mut hooks = Vec::new();
    for line in 0..connect.lines {
        let portal = &portals[line % portals.len()];
        let token = token(line);
        let settings = json!({ "line": line.to_string(), "channel": "telegram", "settings": { "token": token } });
        if let CallAnswer::Error(cause) = portal.call(&connect.hub, "saveSettings", settings).await {
            return Err(format!("the hub refused line {line}: {}: {}", cause.code, cause.text).into());
        }
        hooks.push(telegram.hook(&token).ok_or("the hub set no webhook: is its public address an https one?")?);
    }
    Ok(hooks)
}

fn router(portal: Portal) -> Router {
    Router::new()
        .route(EVENTS_PATH, post(take))
        .route(WELL_KNOWN_PATH, get(tell))
        .layer(axum::extract::DefaultBodyLimit::max(BODY_MAX_BYTES))
        .with_state(portal)
}

async fn tell() -> Response {
    axum::Json(WellKnown::ours(Role::Portal, "openlines-load", SystemClock.now())).into_response()
}

async fn take(AxumState(portal): AxumState<Portal>, headers: HeaderMap, body: Bytes) -> Response {
    match portal.receipt(&headers, &body) {
        Ok(response) => response,
        Err(cause) => (StatusCode::BAD_REQUEST, cause.to_string()).into_response(),
    }
}

impl Portal {
    fn receipt(&self, headers: &HeaderMap, body: &[u8]) -> Result<Response> {
        let envelope = Envelope::from_headers(|name| headers.get(name)?.to_str().ok())?;
        let opened = envelope.open(&self.keys, Letter::Batch, body, SystemClock.now())?;
        let batch: Batch = opened.json()?;
        let receipt = Receipt { batch: opened.id.clone(), accepted: batch.events.len(), retry_after_s: None };
        let to = Address { letter: Letter::Receipt, site: self.site, id: &opened.id };
        let sealed = seal(&self.keys, &to, &receipt, SystemClock.now(), &SystemRng)?;
        self.arrived.keep(&batch);
        let mut response = sealed.body.into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        for (name, value) in &sealed.headers {
            response.headers_mut().insert(*name, value.parse()?);
        }
        Ok(response)
    }
}

impl Arrived {
    fn keep(&self, batch: &Batch) {
        let now_us = now_us();
        let mut state = self.lock();
        state.keep(batch, now_us);
        let count = state.report.messages;
        drop(state);
        self.news.send_replace(count);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn keep(&mut self, batch: &Batch, now_us: u64) {
        for event in &batch.events {
            let last = self.last_seq.entry(event.connection).or_default();
            if event.seq <= *last {
                self.report.doubles += 1;
                continue;
            }
            self.report.gaps += usize::from(event.seq != *last + 1);
            *last = event.seq;
            let Body::MessageNew { message, .. } = &event.body else { continue };
            let Some((sender, n, sent_us)) = stamp(&message.text) else { continue };
            let newest = self.last_n.entry(sender).or_insert(n);
            self.report.overtook += usize::from(n < *newest);
            *newest = n.max(*newest);
            self.times_us.push(now_us.saturating_sub(sent_us));
            self.report.messages += 1;
        }
        self.report.batches += 1;
        self.report.ended_us = now_us;
    }
}

/// Who sent it, as which, and when.
fn stamp(text: &str) -> Option<(usize, usize, u64)> {
    let mut words = text.split(' ');
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use openlines_base::Time;
    use openlines_protocol::{Chat, Event, Message, User};

    use super::*;

    fn event(seq: i64, sender: usize, n: usize) -> Event {
        let message = Message { text: format!("{sender} {n} 1000 xxx"), ..Message::default() };
        Event {
            id: format!("1-{seq}"),
            seq,
            connection: ConnectionId(1),
            line: "1".to_owned(),
            channel: "telegram".to_owned(),
            occurred_at: Time::default(),
            body: Body::MessageNew { user: User::default(), chat: Chat::default(), message },
        }
    }

    #[test]
    fn doubles_gaps_and_overtaking_are_counted() {
        let rows = [(1, 0, 0), (2, 1, 1), (2, 1, 1), (4, 0, 4), (5, 0, 2)];
        let events = rows.map(|(seq, sender, n)| event(seq, sender, n)).to_vec();
        let mut state = State::default();
        state.keep(&Batch { connection: ConnectionId(1), events }, 3000);
        let report = state.report;
        assert_eq!((report.messages, report.doubles, report.gaps, report.overtook), (4, 1, 1, 1));
        assert_eq!(state.times_us, [2000; 4]);
    }
}
