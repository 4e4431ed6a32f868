//! A very small hub around one Telegram connection: a real network, a webhook address, a portal with files.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use openlines_base::{Clock as _, SECOND, Secret, Tasks};
use openlines_connectors::{
    AttachError, Attached, Call, Connection, Connector, Hook, Incoming, Net, Outcome, Parsed, Payload, Refusal, Reply,
    Request, Verdict, find,
};
use openlines_edge::client::{Answer, Client, ClientError, Outgoing as HttpRequest, Policy};
use openlines_protocol::{Action, Body, Chat, ConnectionId, Outgoing};
use openlines_testkit::telegram::media;
use openlines_testkit::{FakeTelegram, TestClock};
use reqwest::multipart::{Form, Part};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

/// Bytes of an answer.
const ANSWER_MAX: usize = 1024 * 1024;

/// Sends requests for real.
pub(crate) struct Wire {
    client: Client,
}

#[async_trait::async_trait]
impl Net for Wire {
    async fn send(&self, request: &Request) -> Reply {
        let url = request.url.expose().clone();
        let timeout = SECOND * request.timeout_s;
        let answer = match &request.payload {
            Payload::Multipart { fields, uploads } => {
                let mut form = Form::new();
                for (name, text) in fields {
                    form = form.text(name.clone(), text.clone());
                }
                for upload in uploads {
                    let source = HttpRequest::new(Method::GET, upload.source_url.as_str(), timeout);
                    let file = match self.client.send(source, 60_000_000).await {
                        Ok(it) if it.status == 200 => it.body,
                        other => {
                            return Reply { outcome: Outcome::SourceGone(format!("{:?}", other.map(|it| it.status))) };
                        }
                    };
                    let part = Part::bytes(file.to_vec()).file_name(upload.name.clone());
                    form = form.part(upload.field.clone(), part.mime_str(&upload.mime).unwrap());
                }
                self.client.send_form(&url, form, timeout, ANSWER_MAX).await
            }
            Payload::Json(body) => {
                let request = HttpRequest::new(request.method.clone(), url, timeout)
                    .header("content-type", "application/json")
                    .body(body.to_string());
                self.client.send(request, ANSWER_MAX).await
            }
            Payload::Empty => {
                self.client.send(HttpRequest::new(request.method.clone(), url, timeout), ANSWER_MAX).await
            }
        };
        let outcome = match answer {
            Ok(Answer { status, headers, body }) => Outcome::Answered { status: status.as_u16(), headers, body },
            Err(it @ (ClientError::Refused(_) | ClientError::Connect(_))) => Outcome::NotSent(it.to_string()),
            Err(it) => Outcome::Lost(it.to_string()),
        };
        Reply { outcome }
    }
}

/// The fake, the connector and what stands between them.
pub(crate) struct World {
    pub(crate) clock: TestClock,
    pub(crate) telegram: FakeTelegram,
    pub(crate) wire: Wire,
    /// The address of this hub and portal.
    pub(crate) url: String,
    pub(crate) connection: Arc<Mutex<Connection>>,
    /// What the webhook brought.
    inbox: Mutex<mpsc::UnboundedReceiver<Parsed>>,
    tasks: Tasks,
}

#[derive(Clone)]
struct Entry {
    connection: Arc<Mutex<Connection>>,
    inbox: mpsc::UnboundedSender<Parsed>,
    clock: TestClock,
}

pub(crate) fn telegram() -> &'static dyn Connector {
    find("telegram").expect("is in ALL")
}

impl World {
    pub(crate) async fn start() -> Self {
        let clock = TestClock::new();
        let telegram = FakeTelegram::start(Arc::new(clock.clone())).await;
        let (tasks, (send, receive)) = (Tasks::new(), mpsc::unbounded_channel());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connection = Arc::new(Mutex::new(Connection {
            id: ConnectionId(7),
            hash: "7c1f".to_owned(),
            settings: BTreeMap::from([("token".to_owned(), Secret::new(telegram.token()))]),
            memory: serde_json::Value::Null,
            api_base: telegram.url(),
            hook_url: Some(format!("{url}/in?line=7c1f")),
            fresh_secret: Secret::new("a-fresh-secret-of-the-webhook".to_owned()),
            take_over: false,
        }));
        let entry = Entry { connection: Arc::clone(&connection), inbox: send, clock: clock.clone() };
        let router = Router::new().route("/in", any(take)).route("/f/{name}", get(file)).with_state(entry);
        let token = tasks.token();
        let server = axum::serve(listener, router).with_graceful_shutdown(token.cancelled_owned());
        tasks.spawn("hub", async move { server.await.unwrap() });
        let wire = Wire { client: Client::new(Policy { allow_private: true, ..Policy::default() }) };
        Self { clock, telegram, wire, url, connection, inbox: Mutex::new(receive), tasks }
    }

    /// Attaches and keeps what the connector wants kept.
    pub(crate) async fn attach(&self) -> Result<Attached, AttachError> {
        let connection = self.connection.lock().await.clone();
        let attached = telegram().attach(&self.wire, &connection).await?;
        self.connection.lock().await.memory = attached.memory.clone();
        Ok(attached)
    }

    /// Does an act to its end, as the hub does: in order, "instead" at once. The ids, or the refusal.
    pub(crate) async fn act(&self, chat_id: i64, action: Action) -> Result<Vec<String>, Refusal> {
        let connection = self.connection.lock().await.clone();
        let chat = Chat { id: chat_id.to_string(), ..Chat::default() };
        let outgoing = Outgoing { id: "m-1".to_owned(), connection: connection.id, chat, action };
        let mut calls: Vec<Call> = telegram().render(&connection, &outgoing)?;
        calls.reverse();
        let mut ids = Vec::new();
        while let Some(call) = calls.pop() {
            let reply = self.wire.send(&call.request).await;
            match telegram().verdict(&connection, &call, &reply) {
                Verdict::Done(more) => ids.extend(more),
                Verdict::Instead { calls: more, .. } => calls.extend(more.into_iter().rev()),
                Verdict::Refused(refusal) => return Err(refusal),
            }
        }
        Ok(ids)
    }

    /// The next event that the webhook brings; its calls are sent at once.
    pub(crate) async fn event(&self) -> Incoming {
        loop {
            let parsed = self.inbox.lock().await.recv().await.expect("the hub listens");
            for call in &parsed.calls {
                self.wire.send(&call.request).await;
            }
            if let Some(event) = parsed.events.into_iter().next() {
                return event;
            }
        }
    }

    /// The next event, which is a new message.
    pub(crate) async fn message(&self) -> openlines_protocol::Message {
        match self.event().await.body {
            Body::MessageNew { message, .. } => message,
            other => panic!("{other:?} is no message"),
        }
    }

    /// Downloads what a link of an event stands for.
    pub(crate) async fn download(&self, link: &str) -> Result<Bytes, Refusal> {
        let connection = self.connection.lock().await.clone();
        let reference = link.strip_prefix(Incoming::HUB_FILE).expect("is a link of the hub");
        let source = telegram().file(&self.wire, &connection, reference).await?;
        let request = HttpRequest::new(Method::GET, source.url.expose().as_str(), 10 * SECOND);
        let answer = self.wire.client.send(request, ANSWER_MAX).await.expect("Telegram gives the file");
        assert_eq!(answer.status, 200);
        Ok(answer.body)
    }

    pub(crate) async fn finish(self) {
        self.telegram.finish().await;
        assert!(self.tasks.stop(5 * SECOND).await);
    }
}

/// The hub's entry.
async fn take(State(entry): State<Entry>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let connection = entry.connection.lock().await.clone();
    let query = uri.query().unwrap_or("").to_owned();
    let hook = Hook { method, headers, query, body, received_at: entry.clock.now() };
    match telegram().parse(&connection, &hook) {
        Ok(parsed) => {
            entry.inbox.send(parsed).expect("the test listens");
            StatusCode::OK
        }
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}

/// The portal's files.
async fn file(Path(name): Path<String>) -> Response {
    let (bytes, mime) = match name.as_str() {
        "mug.jpg" => (media::PHOTO_MUG.bytes(), "image/jpeg"),
        "chair.jpg" => (media::PHOTO_CHAIR.bytes(), "image/jpeg"),
        "invoice.pdf" => (media::INVOICE.bytes(), "application/pdf"),
        "price.txt" => (Bytes::from_static(b"mug 490"), "text/plain"),
        "answer.ogg" => (media::VOICE_2S.bytes(), "audio/ogg"),
        "page.jpg" => (Bytes::from_static(b"<html>sign in first</html>"), "text/html"),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    ([(header::CONTENT_TYPE, mime)], bytes).into_response()
}
