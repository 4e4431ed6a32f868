//! Sockets as browsers meet them: a real server on the loopback, a real WebSocket.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use openlines_base::{DAY, SECOND};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Audience, Entity, Who, heart, log, pump, record};
use crate::staff::{Role, presence};
use crate::test::{Browser, Office};
use crate::{DialogId, LineId, OperatorId};

/// A test that waits longer waits for what never comes.
const PATIENCE: Duration = Duration::from_secs(20);

struct Tab {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// Serves the office and runs the pump.
async fn serve(office: &Office) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = office.router.clone();
    openlines_base::Tasks::new().spawn("server", async move { axum::serve(listener, router).await.unwrap() });
    office.parts.tasks.spawn("pump", pump::run(office.parts.clone()));
    address
}

async fn open(address: SocketAddr, browser: &Browser, since: Option<i64>) -> Tab {
    open_from(address, browser, since, None).await.unwrap()
}

async fn open_from(
    address: SocketAddr,
    browser: &Browser,
    since: Option<i64>,
    origin: Option<&str>,
) -> Result<Tab, Error> {
    let query = since.map(|it| format!("?since={it}")).unwrap_or_default();
    let mut request = format!("ws://{address}/api/live{query}").into_client_request()?;
    if let Some(cookie) = browser.cookie.lock().unwrap().clone() {
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
    }
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    Ok(Tab { socket: connect_async(request).await?.0 })
}

impl Tab {
    /// The next frame; null when the socket is closed.
    async fn next(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a frame in time");
            match message {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Value::Null,
                Some(Ok(_)) => {}
            }
        }
    }

    async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await;
            assert!(!frame.is_null(), "closed before {kind}");
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    async fn say(&mut self, frame: Value) {
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
    }
}

async fn tell(office: &Office, changes: &[(Entity, Audience)]) {
    let mut tx = office.parts.db.tx("test").await.unwrap();
    for (entity, audience) in changes {
        record(&mut tx, office.parts.clock.now(), *entity, *audience).await.unwrap();
    }
    tx.commit().await.unwrap();
    office.parts.bells.live.notify_one();
}

async fn change_dialog(office: &Office, dialog: DialogId, line: LineId) {
    tell(office, &[(Entity::Dialog(dialog), Audience::Line(line))]).await;
}

#[tokio::test]
async fn a_change_reaches_those_who_may_see_it_in_an_unbroken_chain() {
    for office in Office::on_each_engine().await {
        let anna = office.sign_in("Anna", Role::Operator).await;
        let ivan = office.sign_in("Ivan", Role::Operator).await;
        let (sales, service) =
            (office.line("Sales", &[anna.operator]).await, office.line("Service", &[ivan.operator]).await);
        let (one, two) = (office.dialog(sales).await, office.dialog(service).await);
        let address = serve(&office).await;
        let (mut anna, mut ivan) = (open(address, &anna, None).await, open(address, &ivan, None).await);
        let hello = anna.next_of("hello").await;
        assert_eq!(hello["server_time"], "2026-11-21T09:00:00.000Z");
        ivan.next_of("hello").await;
        let mut last = hello["seq"].as_i64().unwrap();
        for _ in 0..3 {
            change_dialog(&office, two, service).await;
            change_dialog(&office, one, sales).await;
            let frame = anna.next_of("dialog_changed").await;
            assert_eq!((frame["dialog"]["id"].as_i64(), frame["prev"].as_i64()), (Some(one.get()), Some(last)));
            last = frame["seq"].as_i64().unwrap();
            assert_eq!(ivan.next_of("dialog_changed").await["dialog"]["id"], json!(two));
        }
        assert!(office.parts.tasks.stop(PATIENCE).await);
        assert_eq!(anna.next().await, json!({"type": "bye", "reason": "shutdown"}));
        assert_eq!(anna.next().await, Value::Null);
    }
}

#[tokio::test]
async fn many_changes_of_one_dialog_are_one_frame_after_a_gap() {
    for office in Office::on_each_engine().await {
        let anna = office.sign_in("Anna", Role::Operator).await;
        let ivan = office.add("Ivan", Role::Operator).await;
        let (sales, service) = (office.line("Sales", &[anna.operator]).await, office.line("Service", &[ivan]).await);
        let (one, two) = (office.dialog(sales).await, office.dialog(service).await);
        let since = {
            let mut read = office.parts.db.read().await.unwrap();
            log::head(&mut read).await.unwrap()
        };
        let message = office.message(one, "while you were away").await;
        for _ in 0..50 {
            change_dialog(&office, one, sales).await;
            change_dialog(&office, two, service).await;
        }
        tell(&office, &[(Entity::Message(message), Audience::Line(sales))]).await;
        let address = serve(&office).await;
        let mut tab = open(address, &anna, Some(since)).await;
        let hello = tab.next().await;
        assert_eq!(hello["seq"], json!(since + 101));
        let dialog = tab.next().await;
        assert_eq!((&dialog["type"], &dialog["prev"]), (&json!("dialog_changed"), &json!(since)));
        let message = tab.next().await;
        assert_eq!((&message["type"], &message["prev"]), (&json!("message_changed"), &dialog["seq"]));
        assert_eq!(message["message"]["text"], "while you were away");
        change_dialog(&office, one, sales).await;
        let dialog = tab.next_of("dialog_changed").await;
        assert_eq!((&dialog["seq"], &dialog["prev"]), (&json!(since + 102), &message["seq"]));
        office.parts.tasks.stop(PATIENCE).await;
    }
}

#[tokio::test]
async fn a_number_too_old_or_never_given_gets_a_reset() {
    for office in Office::on_each_engine().await {
        let anna = office.sign_in("Anna", Role::Operator).await;
        let line = office.line("Sales", &[anna.operator]).await;
        let dialog = office.dialog(line).await;
        change_dialog(&office, dialog, line).await;
        office.clock.advance(DAY + SECOND).await;
        change_dialog(&office, dialog, line).await;
        let mut tx = office.parts.db.tx("test").await.unwrap();
        log::forget(&mut tx, office.parts.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let address = serve(&office).await;
        for (since, is_reset) in [(0, true), (1, false), (900, true)] {
            let mut tab = open(address, &anna, Some(since)).await;
            tab.next_of("hello").await;
            let mut frame = tab.next().await;
            if frame["type"] == "hello" {
                frame = tab.next().await;
            }
            assert_eq!(frame["type"] == "reset", is_reset, "since {since}: {frame}");
        }
        office.parts.tasks.stop(PATIENCE).await;
    }
}

#[tokio::test]
async fn who_loses_a_dialog_is_told_that_it_is_gone_and_no_more() {
    for office in Office::on_each_engine().await {
        let anna = office.sign_in("Anna", Role::Operator).await;
        let (sales, service) = (office.line("Sales", &[anna.operator]).await, office.line("Service", &[]).await);
        let dialog = office.dialog(sales).await;
        let message = office.message(dialog, "secret now").await;
        let address = serve(&office).await;
        let mut tab = open(address, &anna, None).await;
        tab.next_of("hello").await;
        let mut tx = office.parts.db.tx("test").await.unwrap();
        sqlx::query("UPDATE dialog SET line_id = $2 WHERE id = $1")
            .bind(dialog.get())
            .bind(service.get())
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let both = |it| [(it, Audience::Line(sales)), (it, Audience::Line(service))];
        tell(&office, &both(Entity::Message(message))).await;
        tell(&office, &both(Entity::Dialog(dialog))).await;
        let frame = tab.next_of("dialog_gone").await;
        assert_eq!(frame["dialog_id"], json!(dialog));
        office.parts.tasks.stop(PATIENCE).await;
        assert_eq!(tab.next().await["type"], "bye");
    }
}

#[tokio::test]
async fn a_login_that_ends_closes_its_sockets_and_no_others() {
    for office in Office::on_each_engine().await {
        let anna = office.sign_in("Anna", Role::Operator).await;
        let other = office.browser_of(anna.operator).await;
        let address = serve(&office).await;
        let (mut tab, mut stays) = (open(address, &anna, None).await, open(address, &other, None).await);
        tab.next_of("hello").await;
        stays.next_of("hello").await;
        anna.post("/api/logout", json!({})).await.expect(204);
        assert_eq!(tab.next_of("bye").await["reason"], "revoked");
        assert_eq!(tab.next().await, Value::Null);
        stays.say(json!({"type": "ping"})).await;
        stays.next_of("pong").await;
        // Nor does a revoked cookie open a new one.
        assert!(matches!(open_from(address, &anna, None, None).await, Err(Error::Http(it)) if it.status() == 401));

        let boss = office.sign_in("Boss", Role::Admin).await;
        boss.patch(&format!("/api/operators/{}", other.operator), json!({"active": false})).await.expect(200);
        assert_eq!(stays.next_of("bye").await["reason"], "revoked");
        office.parts.tasks.stop(PATIENCE).await;
    }
}

#[tokio::test]
async fn other_sites_may_open_no_socket() {
    let office = Office::new().await;
    let anna = office.sign_in("Anna", Role::Operator).await;
    let address = serve(&office).await;
    let refused = open_from(address, &anna, None, Some("https://evil.test")).await;
    assert!(matches!(refused, Err(Error::Http(it)) if it.status() == 403));
    let mut own = open_from(address, &anna, None, Some("http://desk.test")).await.unwrap();
    own.next_of("hello").await;
    assert_eq!(anna.get("/api/live").await.problem().0, 400, "not a WebSocket");
    office.stranger().get("/api/live").await.expect(401);
    office.parts.tasks.stop(PATIENCE).await;
}

#[tokio::test]
async fn a_change_of_rights_resets_what_is_seen() {
    for office in Office::on_each_engine().await {
        let anna = office.sign_in("Anna", Role::Operator).await;
        let line = office.line("Sales", &[]).await;
        let dialog = office.dialog(line).await;
        let address = serve(&office).await;
        let mut tab = open(address, &anna, None).await;
        tab.next_of("hello").await;
        let mut tx = office.parts.db.tx("test").await.unwrap();
        sqlx::query("INSERT INTO line_operator (line_id, operator_id, position) VALUES ($1, $2, 0)")
            .bind(line.get())
            .bind(anna.operator.get())
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        tell(&office, &[(Entity::Line(line), Audience::All)]).await;
        let hello = tab.next_of("hello").await;
        assert_eq!(tab.next().await["type"], "reset");
        change_dialog(&office, dialog, line).await;
        let first = tab.next().await;
        assert_eq!(first["prev"], hello["seq"], "frames go on from the hello before the reset");
        assert_eq!(tab.next_of("dialog_changed").await["dialog"]["id"], json!(dialog));
        office.parts.tasks.stop(PATIENCE).await;
    }
}

#[tokio::test]
async fn typing_and_viewing_are_shown_to_colleagues_who_may_see_the_dialog() {
    let office = Office::new().await;
    let anna = office.sign_in("Anna", Role::Operator).await;
    let ivan = office.sign_in("Ivan", Role::Operator).await;
    let stranger = office.sign_in("Oleg", Role::Operator).await;
    let line = office.line("Sales", &[anna.operator, ivan.operator]).await;
    let dialog = office.dialog(line).await;
    let address = serve(&office).await;
    let (mut a, mut b) = (open(address, &anna, None).await, open(address, &ivan, None).await);
    let mut c = open(address, &stranger, None).await;
    for tab in [&mut a, &mut b, &mut c] {
        tab.next_of("hello").await;
    }
    c.say(json!({"type": "viewing", "dialog_id": dialog})).await;
    c.say(json!({"type": "ping"})).await;
    c.next_of("pong").await;
    a.say(json!({"type": "viewing", "dialog_id": dialog})).await;
    let seen = b.next_of("viewing").await;
    assert_eq!(seen, json!({"type": "viewing", "dialog_id": dialog, "operator_ids": [anna.operator]}));
    office.parts.live.typing(&office.parts, dialog, Who::Operator(anna.operator));
    assert_eq!(b.next_of("typing").await["who"], json!(anna.operator));
    office.parts.live.typing(&office.parts, dialog, Who::Customer);
    assert_eq!(a.next_of("typing").await["who"], "customer");
    drop(a);
    assert_eq!(b.next_of("viewing").await["operator_ids"], json!([]));
    change_dialog(&office, dialog, line).await;
    b.next_of("dialog_changed").await;
    office.parts.tasks.stop(PATIENCE).await;
    let rest = c.next_of("bye").await;
    assert_eq!(rest["reason"], "shutdown");
}

async fn online(office: &Office, operator: OperatorId) -> bool {
    let mut read = office.parts.db.read().await.unwrap();
    crate::staff::load_operator(&mut read, operator).await.unwrap().unwrap().online
}

#[tokio::test]
async fn an_open_socket_makes_online_and_its_end_only_after_the_grace() {
    for office in Office::on_each_engine().await {
        let anna = office.sign_in("Anna", Role::Operator).await;
        let mut tx = office.parts.db.tx("test").await.unwrap();
        sqlx::query("UPDATE operator SET online = 0, seen_at = 0").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let boss = office.sign_in("Boss", Role::Admin).await;
        let address = serve(&office).await;
        let mut watcher = open(address, &boss, None).await;
        watcher.next_of("hello").await;
        let mut tab = open(address, &anna, None).await;
        tab.next_of("hello").await;
        let frame = watcher.next_of("operator_changed").await;
        assert_eq!((&frame["operator"]["id"], &frame["operator"]["online"]), (&json!(anna.operator), &json!(true)));
        drop(tab);
        office.clock.advance(presence::GRACE - SECOND).await;
        presence::note_gone(&office.parts).await.unwrap();
        assert!(online(&office, anna.operator).await, "a reload changes nothing");
        office.clock.advance(SECOND).await;
        presence::note_gone(&office.parts).await.unwrap();
        assert!(!online(&office, anna.operator).await);
        loop {
            let frame = watcher.next_of("operator_changed").await;
            if frame["operator"]["id"] == json!(anna.operator) && frame["operator"]["online"] == false {
                break;
            }
        }
        office.parts.tasks.stop(PATIENCE).await;
    }
}

#[tokio::test]
async fn pings_keep_online_and_a_silent_socket_is_closed() {
    let office = Office::new().await;
    let anna = office.sign_in("Anna", Role::Operator).await;
    let address = serve(&office).await;
    let mut tab = open(address, &anna, None).await;
    tab.next_of("hello").await;
    let mut last = office.parts.clock.now();
    for beat in 0..12 {
        if beat % 2 == 0 {
            tab.say(json!({"type": "ping"})).await;
            tab.next_of("pong").await;
        }
        office.clock.advance(presence::BEAT).await;
        let now = office.parts.clock.now();
        heart::one(&office.parts, last, false).await.unwrap();
        last = now;
        assert!(online(&office, anna.operator).await, "after beat {beat}");
    }
    // Asleep: the socket is there, the browser says nothing.
    for _ in 0..6 {
        office.clock.advance(15 * SECOND).await;
    }
    heart::one(&office.parts, last, true).await.unwrap();
    assert!(!online(&office, anna.operator).await);
    while !tab.next().await.is_null() {}
}
