//! The contact centre as an admin's browser meets it, over a hub that answers what it is told.

use std::time::Duration;

use serde_json::{Value, json};

use crate::LineId;
use crate::channels::refresh;
use crate::hub_port::HubError;
use crate::staff::Role;
use crate::test::{Browser, Office};

fn about(code: &str) -> Value {
    let texts = json!({"en": "Text", "ru": "Текст"});
    let rate = json!({"calls": 30, "per_ms": 1000, "burst": 30});
    json!({
        "code": code, "title": "Messenger", "mark": "Me", "color": "#112233", "icon": "<svg/>", "summary": texts,
        "steps": [texts],
        "fields": [{"name": "token", "kind": "secret", "label": texts, "help": texts, "pattern": null, "required": true}],
        "can": {"edit": true, "delete": true, "typing": true, "read": false, "reply": true, "buttons": true,
            "files": true, "formatting": true, "write_first": false, "delivered": false, "seen": false},
        "limits": {"text_max": 4096, "files_max": 10, "image_max_bytes": 1, "file_max_bytes": 2,
            "delete_within_s": null, "connection_rate": rate, "chat_rate": rate},
    })
}

fn info(id: i64, line: LineId, state: &str) -> Value {
    json!({"id": id, "channel": "paper", "line": line.to_string(), "title": "Shop support", "url": "https://m.test/shop",
        "state": state, "inbound": "webhook"})
}

fn refused(code: &str, field: Option<&str>) -> HubError {
    HubError::Refused {
        code: code.to_owned(),
        field: field.map(str::to_owned),
        text: "the words of the hub".to_owned(),
        retry_after_s: None,
    }
}

async fn connected(office: &Office) -> (Browser, LineId) {
    let admin = office.sign_in("Boss", Role::Admin).await;
    let line = office.line("Sales", &[]).await;
    office.hub.will("saveSettings", Ok(info(12, line, "active")));
    let body = json!({"line_id": line, "channel": "paper", "settings": {"token": "7:secret"}});
    admin.post("/api/connections", body).await.expect(201);
    (admin, line)
}

#[tokio::test]
async fn an_account_is_connected_and_its_secret_stays_nowhere() {
    for office in Office::on_each_engine().await {
        let (admin, line) = connected(&office).await;
        assert_eq!(office.hub.asked("saveSettings")[0]["settings"]["token"], "7:secret");
        let list = admin.get("/api/connections").await.expect(200).json();
        let connection = &list["connections"][0];
        assert_eq!((connection["state"].as_str(), connection["line_id"].as_i64()), (Some("active"), Some(line.get())));
        assert_eq!((connection["messages_today"].as_i64(), &connection["last_message_at"]), (Some(0), &Value::Null));
        let mut read = office.parts.db.read().await.unwrap();
        let audit: Vec<(String, String)> =
            sqlx::query_as("SELECT act, detail FROM audit").fetch_all(&mut *read).await.unwrap();
        assert!(audit.iter().any(|it| it.0 == "connection.connect"));
        assert!(audit.iter().all(|it| !it.1.contains("secret")));
        assert!(!list.to_string().contains("secret"));
    }
}

#[tokio::test]
async fn what_the_hub_refuses_is_told_in_its_words_and_by_field() {
    let office = Office::new().await;
    let admin = office.sign_in("Boss", Role::Admin).await;
    let line = office.line("Sales", &[]).await;
    let rows = [
        (refused("wrong_params", Some("settings.token")), (400, "hub_refused", "settings.token")),
        (refused("confirm", None), (409, "in_use", "")),
        (refused("refused", None), (409, "hub_refused", "")),
        (refused("busy", None), (503, "hub_busy", "")),
        (HubError::Unreachable("no answer".to_owned()), (503, "hub_unreachable", "")),
    ];
    for (error, expected) in rows {
        office.hub.forget("saveSettings");
        office.hub.will("saveSettings", Err(error));
        let body = json!({"line_id": line, "channel": "paper", "settings": {"token": "x"}});
        let problem = admin.post("/api/connections", body).await.problem();
        assert_eq!((problem.0, problem.1.as_str(), problem.2.as_str()), expected);
    }
    let body = json!({"line_id": 99, "channel": "paper", "settings": {}});
    assert_eq!(admin.post("/api/connections", body).await.problem().2, "line_id");
    assert!(admin.get("/api/connections").await.json()["connections"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_check_shows_its_stages_and_the_account_if_the_hub_tells_it() {
    let office = Office::new().await;
    let (admin, _) = connected(&office).await;
    let stage = |name: &str, state: &str| json!({"name": name, "state": state, "text": "words", "took_ms": 5});
    let answer = json!({"stages": [stage("messenger", "ok"), stage("inbound", "failed"), stage("portal", "skipped")],
        "account": {"title": "Shop", "url": "https://m.test/shop"}});
    office.hub.will("testConnect", Ok(answer));
    let body = json!({"channel": "paper", "settings": {"token": "x"}});
    let found = admin.post("/api/connections/check", body).await.expect(200).json();
    let ok: Vec<&Value> = found["stages"].as_array().unwrap().iter().map(|it| &it["ok"]).collect();
    assert_eq!(ok, [&json!(true), &json!(false), &Value::Null]);
    assert_eq!(found["account"], json!({"title": "Shop", "url": "https://m.test/shop", "picture": null}));
    admin.post("/api/connections/12/check", json!({})).await.expect(200);
    assert_eq!(office.hub.asked("testConnect")[1], json!({"connection": 12}));
    admin.post("/api/connections/99/check", json!({})).await.expect(404);
}

#[tokio::test]
async fn a_connection_is_moved_paused_and_removed() {
    for office in Office::on_each_engine().await {
        let (admin, _) = connected(&office).await;
        let other = office.line("Service", &[]).await;
        office.hub.forget("saveSettings");
        office.hub.will("saveSettings", Ok(info(12, other, "active")));
        let moved = admin.patch("/api/connections/12", json!({"line_id": other})).await.expect(200).json();
        assert_eq!(moved["connection"]["line_id"], json!(other));
        let sent = office.hub.asked("saveSettings").pop().unwrap();
        assert_eq!((&sent["connection"], &sent["settings"]), (&json!(12), &json!({})));

        let paused = admin.patch("/api/connections/12", json!({"paused": true})).await.expect(200).json();
        assert_eq!(paused["connection"]["state"], "paused");
        let resumed = admin.patch("/api/connections/12", json!({"paused": false})).await.expect(200).json();
        assert_eq!(resumed["connection"]["state"], "active");

        office.hub.will("removeSettings", Err(HubError::Unreachable("away".to_owned())));
        admin.delete("/api/connections/12").await.expect(503);
        office.hub.forget("removeSettings");
        office.hub.will("removeSettings", Err(refused("no_such_connection", None)));
        admin.delete("/api/connections/12").await.expect(204);
        admin.delete("/api/connections/12").await.expect(404);
        assert!(admin.get("/api/connections").await.json()["connections"].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_picture_is_mended_by_asking_the_hub() {
    for office in Office::on_each_engine().await {
        let (admin, line) = connected(&office).await;
        office.hub.will("channels", Ok(json!({"channels": [about("paper"), {"code": "from the future"}]})));
        let mut displaced = info(12, line, "displaced");
        displaced["reason"] = json!("connected elsewhere");
        // One that we never heard of (we fell between the hub's answer and our commit), one of a line that is gone.
        let list = json!([displaced, info(13, line, "active"), info(14, LineId(999), "active")]);
        office.hub.will("status", Ok(json!({"connections": list})));
        refresh::look(&office.parts).await.unwrap();
        let list = admin.get("/api/connections").await.json();
        let states: Vec<(i64, &str)> = list["connections"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["id"].as_i64().unwrap(), it["state"].as_str().unwrap()))
            .collect();
        assert_eq!(states, [(12, "displaced"), (13, "active")]);
        let version = list["connections"][1]["version"].clone();

        // Nothing new: nothing is written. Gone at the hub: told, unless it is an emergency already.
        office.clock.advance(Duration::from_secs(1)).await;
        refresh::look(&office.parts).await.unwrap();
        assert_eq!(admin.get("/api/connections").await.json()["connections"][1]["version"], version);
        office.hub.forget("status");
        office.hub.will("status", Ok(json!({"connections": []})));
        refresh::look(&office.parts).await.unwrap();
        let list = admin.get("/api/connections").await.json();
        assert_eq!(
            (&list["connections"][0]["state"], &list["connections"][1]["state"]),
            (&json!("displaced"), &json!("failing"))
        );
    }
}

#[tokio::test]
async fn a_connection_removed_while_the_hub_was_asked_stays_removed() {
    for office in Office::on_each_engine().await {
        let (admin, line) = connected(&office).await;
        let asked_at = office.parts.clock.now();
        let answer = serde_json::from_value(json!({"connections": [info(12, line, "active")]})).unwrap();
        office.clock.advance(Duration::from_secs(1)).await;
        admin.delete("/api/connections/12").await.expect(204);
        refresh::take_in(&office.parts, asked_at, &answer).await.unwrap();
        assert_eq!(admin.get("/api/connections").await.json()["connections"], json!([]));
    }
}

#[tokio::test]
async fn channels_are_shown_while_the_hub_is_away_once_it_was_asked() {
    let office = Office::new().await;
    let anna = office.sign_in("Anna", Role::Operator).await;
    office.hub.will("channels", Err(HubError::Unreachable("away".to_owned())));
    assert_eq!(anna.get("/api/channels").await.problem().1, "hub_unreachable");
    office.hub.forget("channels");
    office.hub.will("channels", Ok(json!({"channels": [about("paper")]})));
    assert_eq!(anna.get("/api/channels").await.expect(200).json()["channels"][0], about("paper"));
    office.hub.forget("channels");
    office.hub.will("channels", Err(HubError::Unreachable("away".to_owned())));
    assert_eq!(anna.get("/api/channels").await.expect(200).json()["channels"][0]["code"], "paper");
}

#[tokio::test]
async fn operators_see_connections_and_change_none() {
    let office = Office::new().await;
    connected(&office).await;
    let anna = office.sign_in("Anna", Role::Operator).await;
    anna.get("/api/connections").await.expect(200);
    let body = json!({"line_id": 1, "channel": "paper", "settings": {}});
    anna.post("/api/connections", body).await.expect(403);
    anna.post("/api/connections/check", json!({"channel": "paper", "settings": {}})).await.expect(403);
    anna.post("/api/connections/12/check", json!({})).await.expect(403);
    anna.post("/api/connections/12/reconnect", json!({})).await.expect(403);
    anna.patch("/api/connections/12", json!({"paused": true})).await.expect(403);
    anna.delete("/api/connections/12").await.expect(403);
}
