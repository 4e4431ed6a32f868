//! Calls over a real socket, and what goes on by itself while the hub is away.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::routing::post;
use openlines_base::{Clock as _, SystemClock, SystemRng};
use openlines_edge::client::{Client, Policy};
use openlines_protocol::{
    Address, CallAnswer, CallError, Envelope, Keys, Letter, LicenceKey, PortalCall, SiteId, seal,
};
use serde_json::{Value, json};

use crate::client::{HubLink, NewLink, Output, handover, hello};
use crate::hub_port::{HubError, HubPort as _};
use crate::staff::Role;
use crate::test::{Channel, Office};

const SITE: SiteId = SiteId(7);

/// How the hub of a test answers.
#[derive(Clone)]
struct Hub {
    keys: Keys,
    answer: Arc<Mutex<Reply>>,
}

#[derive(Clone)]
enum Reply {
    Sealed(CallAnswer),
    Status(u16, String),
}

async fn answer(State(hub): State<Hub>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let now = SystemClock.now();
    let envelope = Envelope::from_headers(|name| headers.get(name).and_then(|it| it.to_str().ok())).unwrap();
    let Ok(opened) = envelope.open(&hub.keys, Letter::Call, &body, now) else {
        return Response::builder().status(401).body(Body::from(r#"{"detail":"who are you"}"#)).unwrap();
    };
    let call: PortalCall = opened.json().unwrap();
    match hub.answer.lock().unwrap().clone() {
        Reply::Status(status, body) => Response::builder().status(status).body(Body::from(body)).unwrap(),
        Reply::Sealed(answer) => {
            let answer = match answer {
                CallAnswer::Result(value) => CallAnswer::Result(json!({"method": call.method, "value": value})),
                error => error,
            };
            let address = Address { letter: Letter::Answer, site: SITE, id: &opened.id };
            let sealed = seal(&hub.keys, &address, &answer, now, &SystemRng).unwrap();
            let mut response = Response::builder();
            for (name, value) in sealed.headers {
                response = response.header(name, value);
            }
            response.body(Body::from(sealed.body)).unwrap()
        }
    }
}

#[tokio::test]
async fn a_call_is_sealed_both_ways_and_nothing_unproven_is_believed() {
    let office = Office::new().await;
    let (key, other) = (LicenceKey::generate(&SystemRng), LicenceKey::generate(&SystemRng));
    let told = Arc::new(Mutex::new(Reply::Sealed(CallAnswer::Result(json!(1)))));
    let hub = Hub { keys: Keys::one(&key), answer: Arc::clone(&told) };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hub/", listener.local_addr().unwrap());
    let routes = Router::new().route("/hub/call", post(answer)).with_state(hub);
    office.parts.tasks.spawn("hub", async move { axum::serve(listener, routes).await });

    let link = HubLink::default();
    let client = Client::new(Policy { allow_private: true, ..Policy::default() });
    let output = Output::new(link.clone(), client, Arc::new(SystemClock), Arc::new(SystemRng));
    let unreachable = |it: Result<Value, HubError>| matches!(it, Err(HubError::Unreachable(_)));
    assert!(unreachable(output.call("status", json!({})).await), "no hub is linked yet");

    let save = |key: LicenceKey| {
        let new = NewLink { url: url.parse().unwrap(), site: SITE, licence_keys: vec![key] };
        let (link, parts) = (link.clone(), &office.parts);
        async move { link.save(&parts.db, &parts.master_key, &SystemRng, parts.clock.now(), &new).await.unwrap() }
    };
    save(other).await;
    let refused = output.call("status", json!({})).await.unwrap_err();
    assert_eq!(refused.to_string(), "the hub cannot be reached now: status 401 who are you");
    save(key).await;
    let good = output.call("paper.special", json!({"a": 1})).await.unwrap();
    assert_eq!(good, json!({"method": "paper.special", "value": 1}), "any method goes through");

    let error = CallError { code: "wrong_params".to_owned(), field: Some("line".to_owned()), ..CallError::default() };
    *told.lock().unwrap() = Reply::Sealed(CallAnswer::Error(error));
    let refused = output.call("status", json!({})).await;
    assert!(matches!(refused, Err(HubError::Refused { code, field, .. }) if code == "wrong_params" && field.is_some()));
    for junk in [Reply::Status(200, "{\"result\": 1}".to_owned()), Reply::Status(503, String::new())] {
        *told.lock().unwrap() = junk;
        assert!(unreachable(output.call("status", json!({})).await));
    }
}

/// Lets time pass on the office's clock until a state is there; by the machine's clock not for ever.
async fn until(office: &Office, is_there: impl Fn() -> bool) {
    let waiting = async {
        while !is_there() {
            office.clock.advance(Duration::from_secs(1)).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("it happens");
}

#[tokio::test]
async fn hello_is_said_until_the_hub_hears_it_and_again_when_the_link_changes() {
    let office = Office::new().await;
    let parts = &office.parts;
    for _ in 0..3 {
        office.hub.will("hello", Err(HubError::Unreachable("down".to_owned())));
    }
    office.hub.will("hello", Ok(json!({})));
    parts.tasks.spawn("hello", hello::run(parts.clone()));
    let new = NewLink {
        url: "http://hub.test/".parse().unwrap(),
        site: SITE,
        licence_keys: vec![LicenceKey::generate(&SystemRng)],
    };
    parts.link.save(&parts.db, &parts.master_key, &SystemRng, parts.clock.now(), &new).await.unwrap();
    until(&office, || office.hub.asked("hello").len() == 4).await;
    let told = office.hub.asked("hello")[3].clone();
    assert_eq!(told, json!({"address": "http://desk.test", "software": "openlines test"}));
    parts.link.save(&parts.db, &parts.master_key, &SystemRng, parts.clock.now(), &new).await.unwrap();
    until(&office, || office.hub.asked("hello").len() == 5).await;
    assert!(parts.tasks.stop(Duration::from_secs(10)).await);
}

#[tokio::test]
async fn what_waits_goes_by_itself_once_the_hub_is_back() {
    let office = Office::new().await;
    let ivan = office.sign_in("Ivan", Role::Operator).await;
    let line = office.line("Sales", &[ivan.operator]).await;
    let channel = Channel::new(&office, line, 1).await;
    let dialog = channel.writes(&office, "Anna", "hello").await;
    office.hub.will("sendMessages", Err(HubError::Unreachable("down".to_owned())));
    office.parts.tasks.spawn("outbox", handover::run(office.parts.clone()));
    let body = json!({"client_id": "c", "kind": "reply", "text": "one", "take_over": true});
    ivan.post(&format!("/api/dialogs/{dialog}/messages"), body).await.expect(201);
    until(&office, || office.hub.asked("sendMessages").len() >= 4).await;
    let tried = office.hub.asked("sendMessages").len();
    office.hub.forget("sendMessages");
    until(&office, || office.hub.asked("sendMessages").len() > tried).await;
    let calls = office.hub.asked("sendMessages");
    assert!(calls.iter().all(|it| it["messages"][0]["id"] == calls[0]["messages"][0]["id"]), "the same act each time");
    let path = format!("/api/dialogs/{dialog}/messages");
    let sent = async {
        loop {
            let page = ivan.get(&path).await.expect(200).json();
            if page["messages"].as_array().unwrap().iter().any(|it| it["delivery"]["state"] == "sent") {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), sent).await.expect("it is noted");
    assert!(office.parts.tasks.stop(Duration::from_secs(10)).await);
}
