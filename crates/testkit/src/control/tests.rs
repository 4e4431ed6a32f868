//! A story told over HTTP, as tests in other languages tell it.

use std::sync::Arc;

use http::Method;
use openlines_base::SECOND;
use openlines_edge::client::{Client, Outgoing, Policy};

use super::*;
use crate::TestClock;

struct Remote {
    client: Client,
    url: String,
    api: String,
    control: Arc<Control>,
    tasks: Tasks,
}

impl Remote {
    async fn start() -> Self {
        let control = Control::new(FakeTelegram::start(Arc::new(TestClock::new())).await);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("is bound"));
        let (tasks, served) = (Tasks::new(), Arc::clone(&control));
        tasks.spawn("control", async move { served.serve(listener).await.expect("serves") });
        let client = Client::new(Policy { allow_private: true, ..Policy::default() });
        let api = format!("{}/bot{}", control.telegram().url(), control.telegram().token());
        Self { client, url, api, control, tasks }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = Outgoing::new(method, format!("{}{path}", self.url), 10 * SECOND);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = self.client.send(request, 1024 * 1024).await.expect("the control answers");
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, None).await.1
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// The bot's program calls the Bot API.
    async fn bot_calls(&self, method: &str, params: Value) -> (u16, Value) {
        let request = Outgoing::new(Method::POST, format!("{}/{method}", self.api), 10 * SECOND)
            .header("content-type", "application/json")
            .body(params.to_string());
        let answer = self.client.send(request, 1024 * 1024).await.expect("the fake answers");
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).expect("JSON"))
    }
}

#[tokio::test]
async fn every_act_becomes_an_update_of_its_kind() {
    let remote = Remote::start().await;
    remote.post("/bots/default/customers/Anna/acts", json!({ "act": "start" })).await;
    remote
        .bot_calls(
            "sendMessage",
            json!({ "chat_id": 500_000_001_i64, "text": "Choose", "reply_markup": {
        "inline_keyboard": [[{ "text": "Yes", "callback_data": "y" }]] } }),
        )
        .await;
    let table = [
        (json!({ "act": "text", "text": "Hello" }), "/message/text"),
        (json!({ "act": "reply", "message": 1001, "text": "Yes" }), "/message/reply_to_message"),
        (json!({ "act": "forward", "from": "Ivan", "text": "See" }), "/message/forward_origin"),
        (json!({ "act": "photo", "photo": "photo_chair.jpg", "caption": "A chair" }), "/message/photo"),
        (json!({ "act": "album", "count": 3 }), "/message/media_group_id"),
        (json!({ "act": "video" }), "/message/video"),
        (json!({ "act": "video_note" }), "/message/video_note"),
        (json!({ "act": "voice" }), "/message/voice"),
        (json!({ "act": "sticker", "emoji": "❤" }), "/message/sticker"),
        (json!({ "act": "document", "name": "счёт.pdf" }), "/message/document"),
        (json!({ "act": "big_file", "name": "film.mkv", "size": 30_000_000 }), "/message/document"),
        (json!({ "act": "location", "latitude": 59.9, "longitude": 30.3 }), "/message/location"),
        (
            json!({ "act": "venue", "title": "Shop", "address": "1", "latitude": 1.0, "longitude": 2.0 }),
            "/message/venue",
        ),
        (json!({ "act": "phone", "phone": "+79990000000" }), "/message/contact"),
        (json!({ "act": "contact", "name": "Ivan", "phone": "+79990000001" }), "/message/contact"),
        (json!({ "act": "raw", "content": { "text": "raw" } }), "/message/text"),
        (json!({ "act": "edit", "message": 1001, "text": "Hi" }), "/edited_message"),
        (json!({ "act": "press", "button": "Yes" }), "/callback_query"),
        (json!({ "act": "block" }), "/my_chat_member"),
        (json!({ "act": "unblock" }), "/my_chat_member"),
    ];
    for (act, place) in table {
        let (status, answer) = remote.post("/bots/default/customers/Anna/acts", act.clone()).await;
        assert_eq!(status, 200, "{act}: {answer}");
        let id = &answer["written"][0]["update"];
        let (_, updates) = remote.bot_calls("getUpdates", json!({ "offset": id })).await;
        assert!(updates["result"][0].pointer(place).is_some(), "{act}: {updates}");
    }
    assert_eq!(remote.get("/problems").await["problems"].as_array().map(Vec::len), Some(2), "one update, one press");
}

#[tokio::test]
async fn what_the_bot_sent_is_listed_in_order_with_its_files() {
    let remote = Remote::start().await;
    remote.post("/bots/default/customers/Anna/acts", json!({ "act": "text", "text": "Hello" })).await;
    let chat_id = 500_000_001_i64;
    for text in ["one", "two"] {
        remote.bot_calls("sendMessage", json!({ "chat_id": chat_id, "text": text })).await;
    }
    let served = format!("{}/file/bot{}/", remote.control.telegram().url(), remote.control.telegram().token());
    remote.post("/bots/default/customers/Anna/acts", json!({ "act": "document" })).await;
    let (_, updates) = remote.bot_calls("getUpdates", json!({})).await;
    let file_id = &updates["result"][1]["message"]["document"]["file_id"];
    let (_, file) = remote.bot_calls("getFile", json!({ "file_id": file_id })).await;
    let path = file["result"]["file_path"].as_str().expect("a path");
    let sent =
        remote.bot_calls("sendDocument", json!({ "chat_id": chat_id, "document": format!("{served}{path}") })).await;
    assert_eq!(sent.0, 200, "{}", sent.1);

    let list = remote.get("/bots/default/customers/Anna/sent?count=3").await;
    let texts: Vec<_> = list["sent"].as_array().expect("a list").iter().map(|it| it["text"].clone()).collect();
    assert_eq!(texts, ["one", "two", ""]);
    assert_eq!(list["sent"][2]["file"]["form"], "document");
    let place = format!("/bots/default/customers/Anna/sent/{}/file", list["sent"][2]["message"]);
    let request = Outgoing::new(Method::GET, format!("{}{place}", remote.url), 10 * SECOND);
    let bytes = remote.client.send(request, 1024 * 1024).await.expect("answers").body;
    assert_eq!(list["sent"][2]["file"]["size"], bytes.len());
    assert!(bytes.starts_with(b"%PDF-"));
    assert_eq!(remote.get("/bots/default/calls?method=sendMessage").await["calls"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn faults_are_planned_and_healed() {
    let remote = Remote::start().await;
    remote.post("/bots/default/customers/Anna/acts", json!({ "act": "text", "text": "Hello" })).await;
    let message = json!({ "chat_id": 500_000_001_i64, "text": "Hi" });
    let table = [
        (json!({ "fault": "too_many_requests", "retry_after_s": 3 }), 429),
        (json!({ "fault": "blocked", "customer": "Anna" }), 403),
        (json!({ "fault": "restart", "method": "sendMessage" }), 500),
        (json!({ "fault": "bad_request", "words": "message is too long", "times": 1 }), 400),
        (json!({ "fault": "bad_gateway", "times": 2 }), 502),
    ];
    for (plan, expected) in table {
        assert_eq!(remote.post("/bots/default/faults", plan.clone()).await.0, 200, "{plan}");
        let request = Outgoing::new(Method::POST, format!("{}/sendMessage", remote.api), 10 * SECOND)
            .header("content-type", "application/json")
            .body(message.to_string());
        let status = remote.client.send(request, 1024 * 1024).await.expect("answers").status;
        assert_eq!(status, expected, "{plan}");
        remote.ask(Method::DELETE, "/bots/default/faults", None).await;
        assert_eq!(remote.bot_calls("sendMessage", message.clone()).await.0, 200, "healed of {plan}");
    }
    remote.post("/bots/default/token", json!({ "change": "revoke" })).await;
    assert_eq!(remote.bot_calls("getMe", json!({})).await.0, 401);
    remote.post("/bots/default/token", json!({ "change": "restore" })).await;
    assert_eq!(remote.bot_calls("getMe", json!({})).await.0, 200);
}

#[tokio::test]
async fn wrong_requests_are_refused_in_words() {
    let remote = Remote::start().await;
    let table = [
        ("/bots/default/customers/Anna/acts", json!({ "act": "fly" }), 400, "fly"),
        ("/bots/default/customers/Anna/acts", json!({ "act": "text" }), 400, "text"),
        ("/bots/default/customers/Anna/acts", json!({ "act": "photo", "photo": "cat.jpg" }), 400, "photo_mug.jpg"),
        ("/bots/default/customers/Anna/acts", json!({ "act": "album", "count": 1 }), 400, "count"),
        ("/bots/default/customers/Anna/acts", json!({ "act": "press", "button": "No" }), 404, "No"),
        ("/bots/default/customers/Anna/acts", json!({ "act": "text", "text": "a", "tekst": "b" }), 400, "tekst"),
        ("/bots/7/crowd", json!({ "customers": 1 }), 404, "bot 7"),
        ("/bots/default/crowd", json!({ "customers": 999_999 }), 400, "customers"),
        ("/bots/default/faults", json!({ "fault": "hang", "times": 1, "method": "getMe" }), 400, "one of"),
        ("/bots/default/token", json!({ "change": "burn" }), 400, "burn"),
        ("/nothing", json!({}), 404, "no such request"),
    ];
    for (path, body, expected, words) in table {
        let (status, answer) = remote.post(path, body.clone()).await;
        assert_eq!(status, expected, "{path} {body}: {answer}");
        assert!(answer["error"].as_str().is_some_and(|it| it.contains(words)), "{path} {body}: {answer}");
    }
}

#[tokio::test]
async fn a_second_bot_has_customers_of_its_own_and_the_end_tells_the_problems() {
    let remote = Remote::start().await;
    let (_, second) = remote.post("/bots", json!({ "title": "Sales" })).await;
    let place = format!("/bots/{}", second["id"]);
    let (_, shown) = remote.post(&format!("{place}/crowd"), json!({ "customers": 3, "messages": 2 })).await;
    assert_eq!(shown["pending"], 6);
    assert_eq!(remote.get("/bots/default").await["pending"], 0);
    let (_, end) = remote.post("/finish", json!({})).await;
    assert_eq!(end["problems"], json!(["Sales has not taken 6 updates"]));
    assert!(remote.tasks.stop(10 * SECOND).await, "the control has ended by itself");
}
