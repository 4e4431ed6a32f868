//! Batches in, acts out.

use std::time::Duration;

use axum::body::Body;
use futures_util::future::join_all;
use http::{HeaderMap, Request};
use openlines_base::SystemRng;
use openlines_protocol::{
    Address, Body as EventBody, ConnectionId, Envelope, Event, FailureReason, Keys, Letter, LicenceKey, Message,
    Receipt, SiteId, WellKnown, seal,
};
use serde_json::{Value, json};

use crate::client::{NewLink, testing};
use crate::hub_port::HubError;
use crate::staff::Role;
use crate::test::{Answer, Channel, Office, chat, picture, user};

const SITE: SiteId = SiteId(7);

/// A hub that is linked to the office and delivers sealed batches.
struct Hub {
    keys: Keys,
}

impl Hub {
    async fn linked(office: &Office) -> Self {
        let key = LicenceKey::generate(&SystemRng);
        let keys = Keys::one(&key);
        let link = NewLink { url: "http://hub.test/".parse().unwrap(), site: SITE, licence_keys: vec![key] };
        let parts = &office.parts;
        parts.link.save(&parts.db, &parts.master_key, &SystemRng, parts.clock.now(), &link).await.unwrap();
        Self { keys }
    }

    fn request(&self, office: &Office, id: &str, connection: ConnectionId, events: &[Value]) -> (HeaderMap, String) {
        let batch = json!({"connection": connection, "events": events});
        let address = Address { letter: Letter::Batch, site: SITE, id };
        let sealed = seal(&self.keys, &address, &batch, office.parts.clock.now(), &SystemRng).unwrap();
        let headers = sealed.headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        (headers.collect(), sealed.body)
    }

    async fn post(&self, office: &Office, (headers, body): (HeaderMap, String)) -> Answer {
        let mut request = Request::post("/hub/events");
        request.headers_mut().unwrap().extend(headers);
        office.stranger().send(request, Body::from(body)).await
    }

    /// Delivers a batch. Gives how many events the receipt names.
    async fn deliver(&self, office: &Office, id: &str, connection: ConnectionId, events: &[Value]) -> usize {
        let answer = self.post(office, self.request(office, id, connection, events)).await.expect(200);
        let envelope = Envelope::from_headers(|name| answer.headers.get(name).and_then(|it| it.to_str().ok())).unwrap();
        let address = Address { letter: Letter::Receipt, site: SITE, id };
        let opened = envelope.open_answer(&self.keys, &address, &answer.bytes, office.parts.clock.now()).unwrap();
        let receipt: Receipt = opened.json().unwrap();
        assert_eq!(receipt.batch, id);
        receipt.accepted
    }
}

fn json_of(events: &[Event]) -> Vec<Value> {
    events.iter().map(|it| serde_json::to_value(it).unwrap()).collect()
}

async fn count(office: &Office, sql: &'static str) -> i64 {
    let mut read = office.parts.db.read().await.unwrap();
    sqlx::query_scalar(sql).fetch_one(&mut *read).await.unwrap()
}

async fn texts(office: &Office, kind: &str) -> Vec<String> {
    let mut read = office.parts.db.read().await.unwrap();
    sqlx::query_scalar("SELECT text FROM message WHERE kind = $1 ORDER BY id")
        .bind(kind)
        .fetch_all(&mut *read)
        .await
        .unwrap()
}

async fn texts_of(office: &Office, connection: i64) -> Vec<String> {
    let mut read = office.parts.db.read().await.unwrap();
    sqlx::query_scalar(
        "SELECT m.text FROM message m JOIN dialog d ON d.id = m.dialog_id
         WHERE d.connection_id = $1 AND m.kind = 'incoming' ORDER BY m.id",
    )
    .bind(connection)
    .fetch_all(&mut *read)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_a_new_customer_is_one_customer_one_dialog_one_session_in_order() {
    const BURST: i64 = 50;
    for office in Office::on_each_engine().await {
        let line = office.line("Sales", &[]).await;
        let channel = Channel::new(&office, line, 1).await;
        let hub = Hub::linked(&office).await;
        for round in 1..=20_i64 {
            let who = format!("Anna {round}");
            let text = |n: i64| format!("message {n}");
            let events: Vec<Event> =
                (1..=BURST).map(|n| channel.message(&office, &who, &format!("{round}-{n}"), &text(n))).collect();
            // Each event is a batch of its own, delivered three times, all at once; four workers at the same time.
            let events = json_of(&events);
            let deliveries = events.iter().enumerate().flat_map(|(n, event)| {
                let (hub, office, channel) = (&hub, &office, &channel);
                (0..3).map(move |try_no| async move {
                    let id = format!("batch-{round}-{n}-{try_no}");
                    assert_eq!(hub.deliver(office, &id, channel.connection, std::slice::from_ref(event)).await, 1);
                })
            });
            join_all(deliveries).await;
            join_all((0..4).map(|_| testing::work(&office.parts))).await;
            let dialog = channel.dialog_of(&office, &who).await;
            let mut read = office.parts.db.read().await.unwrap();
            let found: Vec<String> =
                sqlx::query_scalar("SELECT text FROM message WHERE dialog_id = $1 AND kind = 'incoming' ORDER BY id")
                    .bind(dialog.get())
                    .fetch_all(&mut *read)
                    .await
                    .unwrap();
            drop(read);
            assert_eq!(found, (1..=BURST).map(text).collect::<Vec<_>>());
            assert_eq!(count(&office, "SELECT COUNT(*) FROM customer").await, round);
            assert_eq!(count(&office, "SELECT COUNT(*) FROM dialog").await, round);
            assert_eq!(count(&office, "SELECT COUNT(*) FROM session").await, round);
            assert_eq!(count(&office, "SELECT COUNT(*) FROM lead").await, round);
        }
        assert_eq!(count(&office, "SELECT CAST(SUM(unread_count) AS BIGINT) FROM dialog").await, 20 * BURST);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_connections_at_once_keep_each_its_order() {
    for office in Office::on_each_engine().await {
        let line = office.line("Sales", &[]).await;
        let mut channels = Vec::new();
        for id in 1..=6 {
            channels.push(Channel::new(&office, line, id).await);
        }
        let work = channels.iter().map(|channel| {
            let office = &office;
            async move {
                for batch in 0..10 {
                    let events: Vec<Event> = (0..20)
                        .map(|n| {
                            let n = batch * 20 + n;
                            channel.message(office, &format!("Anna {}", n % 3), &format!("m{n}"), &format!("{n:04}"))
                        })
                        .collect();
                    channel.push(office, &events).await;
                }
            }
        });
        join_all(work).await;
        testing::work(&office.parts).await;
        assert_eq!(count(&office, "SELECT COUNT(*) FROM message WHERE kind = 'incoming'").await, 6 * 200);
        assert_eq!(count(&office, "SELECT COUNT(*) FROM customer").await, 18);
        let mut read = office.parts.db.read().await.unwrap();
        let rows: Vec<(i64, String)> =
            sqlx::query_as("SELECT dialog_id, text FROM message WHERE kind = 'incoming' ORDER BY dialog_id, id")
                .fetch_all(&mut *read)
                .await
                .unwrap();
        assert!(rows.windows(2).all(|it| it[0].0 != it[1].0 || it[0].1 < it[1].1), "each dialog in its order");
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_applied_is_put_aside_and_others_go_on() {
    for office in Office::on_each_engine().await {
        let admin = office.sign_in("Boss", Role::Admin).await;
        let line = office.line("Sales", &[]).await;
        let (channel, other) = (Channel::new(&office, line, 1).await, Channel::new(&office, line, 2).await);
        let mut events = json_of(
            &(1..=7).map(|n| channel.message(&office, "Anna", &format!("m{n}"), &n.to_string())).collect::<Vec<_>>(),
        );
        // Of a kind that we know, without what it must have.
        events[3].as_object_mut().unwrap().remove("user");
        testing::store(&office.parts, channel.connection, &events).await;
        other.writes(&office, "Bob", "hello").await;
        assert_eq!(texts_of(&office, 1).await, ["1", "2", "3"], "those before it");
        assert_eq!(texts_of(&office, 2).await, ["hello"], "other channels");
        for _ in 0..3 {
            office.clock.advance(Duration::from_secs(20)).await;
            testing::work(&office.parts).await;
        }
        assert_eq!(texts_of(&office, 1).await, ["1", "2", "3", "5", "6", "7"]);
        let parked = admin.get("/api/hub/parked").await.expect(200).json()["parked"].clone();
        assert_eq!(parked.as_array().unwrap().len(), 1);
        assert!(parked[0]["problem"].as_str().unwrap().contains("user"), "{parked}");
        assert_eq!(parked[0]["connection_id"], 1);
        let id = parked[0]["id"].as_i64().unwrap();
        admin.post(&format!("/api/hub/parked/{id}/retry"), json!({})).await.expect(204);
        admin.post(&format!("/api/hub/parked/{id}/retry"), json!({})).await.expect(404);
        let clerk = office.sign_in("Ivan", Role::Operator).await;
        clerk.get("/api/hub/parked").await.expect(403);
    }
}

#[tokio::test]
async fn what_a_newer_hub_tells_is_stored_and_counts_as_taken() {
    for office in Office::on_each_engine().await {
        let line = office.line("Sales", &[]).await;
        let channel = Channel::new(&office, line, 1).await;
        let hub = Hub::linked(&office).await;
        let mut events = json_of(&[
            channel.message(&office, "Anna", "m1", "one"),
            channel.event(&office, EventBody::Unknown { what: "poll".to_owned() }),
            channel.event(&office, EventBody::Ping),
            channel.message(&office, "Anna", "m2", "two"),
        ]);
        events[3]["brand_new_field"] = json!({"a": 1});
        events.push(json!({
            "id": "1-5", "seq": 5, "connection": 1, "line": line.to_string(), "channel": "paper",
            "occurred_at": "2026-11-21T09:00:00.000Z", "kind": "video_call", "room": "x",
        }));
        assert_eq!(hub.deliver(&office, "b-1", channel.connection, &events).await, 5);
        testing::work(&office.parts).await;
        assert_eq!(texts(&office, "incoming").await, ["one", "two"]);
        assert_eq!(count(&office, "SELECT COUNT(*) FROM inbox WHERE state = 'done'").await, 4, "a ping is not stored");
        let mut read = office.parts.db.read().await.unwrap();
        let kept: Vec<String> = sqlx::query_scalar("SELECT body FROM inbox WHERE body <> '' ORDER BY id")
            .fetch_all(&mut *read)
            .await
            .unwrap();
        assert_eq!(kept.len(), 2, "only what we did not understand is kept");
        assert!(kept[1].contains("video_call"));
    }
}

#[tokio::test]
async fn only_our_hub_is_heard_and_no_letter_twice() {
    let office = Office::new().await;
    let line = office.line("Sales", &[]).await;
    let channel = Channel::new(&office, line, 1).await;
    let stranger = Hub { keys: Keys::one(&LicenceKey::generate(&SystemRng)) };
    let events = json_of(&[channel.message(&office, "Anna", "m1", "one")]);
    let letter = stranger.request(&office, "b-1", channel.connection, &events);
    assert_eq!(stranger.post(&office, letter.clone()).await.problem().0, 503, "no hub is linked yet");
    let hub = Hub::linked(&office).await;
    assert_eq!(stranger.post(&office, letter).await.problem(), (401, "bad_signature".to_owned(), String::new()));

    let letter = hub.request(&office, "b-1", channel.connection, &events);
    hub.post(&office, letter.clone()).await.expect(200);
    assert_eq!(hub.post(&office, letter).await.problem().1, "replayed");
    let letter = hub.request(&office, "b-1", ConnectionId(9), &events);
    hub.post(&office, letter).await.expect(400);
    let (headers, body) = hub.request(&office, "b-2", channel.connection, &events);
    hub.post(&office, (headers, body[..body.len() - 8].to_owned())).await.expect(401);
    testing::work(&office.parts).await;
    assert_eq!(texts(&office, "incoming").await, ["one"]);

    let known: WellKnown =
        serde_json::from_slice(&office.stranger().get("/.well-known/openlines").await.expect(200).bytes).unwrap();
    assert_eq!(known.software, "openlines test");
}

#[tokio::test]
async fn replies_wait_for_the_hub_and_keep_their_order() {
    for office in Office::on_each_engine().await {
        let anna = office.sign_in("Ivan", Role::Operator).await;
        let line = office.line("Sales", &[anna.operator]).await;
        let channel = Channel::new(&office, line, 1).await;
        let dialogs = [channel.writes(&office, "Anna", "hello").await, channel.writes(&office, "Bob", "hi").await];
        office.hub.will("sendMessages", Err(HubError::Unreachable("down".to_owned())));
        for n in 0..6 {
            let dialog = dialogs[n % 2];
            if n < 2 {
                anna.post(&format!("/api/dialogs/{dialog}/accept"), json!({})).await.expect(200);
            }
            let body = json!({"client_id": format!("c{n}"), "kind": "reply", "text": n.to_string()});
            let message = anna.post(&format!("/api/dialogs/{dialog}/messages"), body).await.expect(201).json();
            assert_eq!(message["message"]["delivery"]["state"], "queued");
            assert!(!testing::hand_over(&office.parts).await, "the hub is away");
        }
        office.hub.forget("sendMessages");
        assert!(testing::hand_over(&office.parts).await);
        let calls = office.hub.asked("sendMessages");
        let last = calls.last().unwrap()["messages"].as_array().unwrap().clone();
        let sent: Vec<&str> = last.iter().map(|it| it["message"]["text"].as_str().unwrap()).collect();
        assert_eq!(sent, ["0", "1", "2", "3", "4", "5"]);
        assert_eq!(last[0]["chat"]["id"], "chat Anna");
        // The first try named the same id as the last: the hub acts once.
        assert_eq!(calls[0]["messages"][0]["id"], last[0]["id"]);
        assert_eq!(count(&office, "SELECT COUNT(*) FROM message WHERE delivery = 'sent'").await, 6);
        assert!(testing::hand_over(&office.parts).await);
        assert_eq!(office.hub.asked("sendMessages").len(), calls.len(), "nothing is handed over twice");

        let id = |n: usize| last[n]["id"].as_str().unwrap().to_owned();
        channel.delivered(&office, "Anna", &id(0), &["x1", "x2"]).await;
        channel.delivered(&office, "Anna", &id(0), &["y1"]).await;
        channel.failed(&office, "Bob", &id(1), FailureReason::Rejected).await;
        let read = EventBody::Read { chat: chat("Anna"), up_to: Some("x2".to_owned()) };
        channel.happens(&office, read).await;
        let page = anna.get(&format!("/api/dialogs/{}/messages", dialogs[0])).await.expect(200).json();
        let replies: Vec<&Value> =
            page["messages"].as_array().unwrap().iter().filter(|it| it["kind"] == "reply").collect();
        assert_eq!(replies[0]["delivery"]["state"], "read", "up to the second piece of the first reply");
        assert_eq!(replies[1]["delivery"]["state"], "sent");
    }
}

#[tokio::test]
async fn one_refused_act_fails_alone() {
    let office = Office::new().await;
    let ivan = office.sign_in("Ivan", Role::Operator).await;
    let line = office.line("Sales", &[ivan.operator]).await;
    let channel = Channel::new(&office, line, 1).await;
    let dialog = channel.writes(&office, "Anna", "hello").await;
    for n in 0..3 {
        let body = json!({"client_id": format!("c{n}"), "kind": "reply", "text": n.to_string(), "take_over": true});
        ivan.post(&format!("/api/dialogs/{dialog}/messages"), body).await.expect(201);
    }
    let refused = || HubError::Refused {
        code: "wrong_params".to_owned(),
        field: None,
        text: "no such thing".to_owned(),
        retry_after_s: None,
    };
    office.hub.will("sendMessages", Err(refused()));
    assert!(testing::hand_over(&office.parts).await, "all were refused one by one");
    let page = ivan.get(&format!("/api/dialogs/{dialog}/messages")).await.expect(200).json();
    let replies: Vec<&Value> = page["messages"].as_array().unwrap().iter().filter(|it| it["kind"] == "reply").collect();
    assert_eq!(replies.len(), 3);
    for reply in replies {
        assert_eq!(reply["delivery"], json!({"state": "failed", "reason": "rejected", "text": "no such thing"}));
    }
    office.hub.forget("sendMessages");
    office.hub.will(
        "sendMessages",
        Err(HubError::Refused { code: "busy".to_owned(), field: None, text: String::new(), retry_after_s: Some(9) }),
    );
    let body = json!({"client_id": "c9", "kind": "reply", "text": "again"});
    ivan.post(&format!("/api/dialogs/{dialog}/messages"), body).await.expect(201);
    assert!(!testing::hand_over(&office.parts).await, "busy is not a refusal");
}

#[tokio::test]
async fn a_paused_connection_keeps_its_events_and_acts() {
    for office in Office::on_each_engine().await {
        let ivan = office.sign_in("Ivan", Role::Operator).await;
        let line = office.line("Sales", &[ivan.operator]).await;
        let (channel, other) = (Channel::new(&office, line, 1).await, Channel::new(&office, line, 2).await);
        let dialog = channel.writes(&office, "Anna", "hello").await;
        set_paused(&office, 1).await;
        let event = channel.message(&office, "Anna", "late", "while paused");
        channel.push(&office, &[event]).await;
        let body = json!({"client_id": "c", "kind": "reply", "text": "one", "take_over": true});
        ivan.post(&format!("/api/dialogs/{dialog}/messages"), body).await.expect(201);
        other.writes(&office, "Bob", "another channel").await;
        assert!(testing::hand_over(&office.parts).await);
        assert_eq!(texts(&office, "incoming").await, ["hello", "another channel"]);
        assert!(office.hub.asked("sendMessages").is_empty());
        set_paused(&office, 0).await;
        testing::work(&office.parts).await;
        assert!(testing::hand_over(&office.parts).await);
        assert_eq!(texts(&office, "incoming").await, ["hello", "another channel", "while paused"]);
        assert_eq!(office.hub.asked("sendMessages").len(), 1);
    }
}

async fn set_paused(office: &Office, paused: i64) {
    let mut tx = office.parts.db.tx("test").await.unwrap();
    sqlx::query("UPDATE connection SET paused = $1 WHERE id = 1").bind(paused).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_connection_that_we_have_not_noted_yet_loses_nothing() {
    let office = Office::new().await;
    let line = office.line("Sales", &[]).await;
    let message =
        Message { id: "m1".to_owned(), text: "early".to_owned(), files: vec![picture("a.png")], ..Message::default() };
    let event = Event {
        id: "5-1".to_owned(),
        seq: 1,
        connection: ConnectionId(5),
        line: line.to_string(),
        channel: "paper".to_owned(),
        occurred_at: office.parts.clock.now(),
        body: EventBody::MessageNew { user: user("Anna"), chat: chat("Anna"), message },
    };
    testing::store(&office.parts, ConnectionId(5), &json_of(&[event])).await;
    testing::work(&office.parts).await;
    assert_eq!(texts(&office, "incoming").await, ["early"]);
    assert_eq!(count(&office, "SELECT line_id FROM connection WHERE id = 5").await, line.get());
    assert_eq!(count(&office, "SELECT COUNT(*) FROM file WHERE state = 'loading'").await, 1);
}
