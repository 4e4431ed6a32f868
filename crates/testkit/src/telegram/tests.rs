//! The fake refuses, repeats and breaks as it promises.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use http::Method;
use openlines_base::{HOUR, SECOND, Tasks};
use openlines_edge::client::{Answer, Client, ClientError, Outgoing, Policy};
use serde_json::{Value, json};

use super::*;
use crate::TestClock;

struct Caller {
    client: Client,
    url: String,
    token: String,
}

impl Caller {
    fn of(telegram: &FakeTelegram) -> Self {
        let client = Client::new(Policy { allow_private: true, ..Policy::default() });
        Self { client, url: telegram.url(), token: telegram.token() }
    }

    async fn raw(&self, method: &str, params: &Value) -> Result<Answer, ClientError> {
        let url = format!("{}/bot{}/{method}", self.url, self.token);
        let request = Outgoing::new(Method::POST, url, 10 * SECOND)
            .header("content-type", "application/json")
            .body(params.to_string());
        self.client.send(request, 1024 * 1024).await
    }

    async fn call(&self, method: &str, params: Value) -> Value {
        let answer = self.raw(method, &params).await.expect("the fake answers");
        serde_json::from_slice(&answer.body).expect("the answer is JSON")
    }
}

/// A webhook that answers with the statuses given, then with 200, and keeps what came.
#[derive(Clone, Default)]
struct Hook {
    statuses: Arc<Mutex<Vec<u16>>>,
    came: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Hook {
    async fn start(&self, tasks: &Tasks) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has a free port");
        let url = format!("http://{}/in?line=1", listener.local_addr().expect("is bound"));
        let router = Router::new().fallback(any(take)).with_state(self.clone());
        let token = tasks.token();
        let server = axum::serve(listener, router).with_graceful_shutdown(token.cancelled_owned());
        tasks.spawn("hook", async move { server.await.expect("the hook serves") });
        url
    }

    fn texts(&self) -> Vec<String> {
        let came = self.came.lock().expect("no test panics with it");
        came.iter().map(|it| it.1["message"]["text"].as_str().unwrap_or("?").to_owned()).collect()
    }
}

async fn take(State(hook): State<Hook>, headers: HeaderMap, body: String) -> StatusCode {
    let secret = headers.get("x-telegram-bot-api-secret-token").and_then(|it| it.to_str().ok()).unwrap_or("");
    let status = hook.statuses.lock().expect("no test panics with it").pop().unwrap_or(200);
    if status == 200 {
        assert!(body.is_ascii(), "Telegram escapes what is not ASCII");
        let update = serde_json::from_str(&body).expect("an update is JSON");
        hook.came.lock().expect("no test panics with it").push((secret.to_owned(), update));
    }
    StatusCode::from_u16(status).expect("is a status")
}

#[tokio::test]
async fn a_failing_webhook_is_tried_again_with_growing_pauses_and_the_chat_stays_in_order() {
    let clock = TestClock::new();
    let telegram = FakeTelegram::start(Arc::new(clock.clone())).await;
    let (tasks, hook, caller) = (Tasks::new(), Hook::default(), Caller::of(&telegram));
    let url = hook.start(&tasks).await;
    *hook.statuses.lock().expect("is whole") = vec![502, 500, 503];
    let set = caller.call("setWebhook", json!({ "url": url, "secret_token": "s-1" })).await;
    assert_eq!(set["result"], true);

    let (first, second) = (telegram.customer("Анна").writes("раз"), telegram.customer("Анна").writes("два"));
    for (count, pause_s) in [(1, 1), (2, 2), (3, 4)] {
        telegram.bot().until_tried(count).await;
        let info = caller.call("getWebhookInfo", json!({})).await;
        assert_eq!(info["result"]["pending_update_count"], 2);
        clock.wait_for_sleepers(1).await;
        assert_eq!(clock.advance_to_next().await, Some(SECOND * pause_s));
    }
    first.await;
    second.await;
    assert_eq!(hook.texts(), ["раз", "два"]);
    assert_eq!(hook.came.lock().expect("is whole")[0].0, "s-1");
    let outcomes: Vec<_> = telegram.bot().deliveries().into_iter().map(|it| it.outcome).collect();
    assert_eq!(outcomes, [Ok(503), Ok(500), Ok(502), Ok(200), Ok(200)]);
    telegram.finish().await;
    assert!(tasks.stop(SECOND).await);
}

#[tokio::test]
async fn an_update_that_waits_a_day_is_lost_and_told() {
    let clock = TestClock::new();
    let telegram = FakeTelegram::start(Arc::new(clock.clone())).await;
    let caller = Caller::of(&telegram);
    telegram.customer("Anna").writes("anybody?");
    clock.advance(25 * HOUR).await;
    caller.call("setWebhook", json!({ "url": "http://127.0.0.1:9/" })).await;
    telegram.bot().until_all_taken().await;
    assert!(telegram.problems()[0].contains("it is lost"), "{:?}", telegram.problems());
    telegram.forgive();
    telegram.finish().await;
}

#[tokio::test]
async fn polling_confirms_by_offset_and_knows_its_rivals() {
    let clock = TestClock::new();
    let telegram = FakeTelegram::start(Arc::new(clock.clone())).await;
    let caller = Caller::of(&telegram);
    let anna = telegram.customer("Anna");
    anna.writes("one");
    anna.writes("two");
    let updates = caller.call("getUpdates", json!({ "limit": 1 })).await;
    let id = updates["result"][0]["update_id"].as_i64().expect("an update came");
    let again = caller.call("getUpdates", json!({})).await;
    assert_eq!(again["result"][0]["update_id"], id, "nothing was confirmed");
    let rest = caller.call("getUpdates", json!({ "offset": id + 1 })).await;
    assert_eq!(rest["result"][0]["message"]["text"], "two");
    assert_eq!(rest["result"].as_array().map(Vec::len), Some(1));

    let waiting = caller.call("getUpdates", json!({ "offset": id + 2, "timeout": 50 }));
    let rival = async {
        telegram.bot().until_called("getUpdates", 4).await;
        clock.wait_for_sleepers(1).await;
        caller.call("getUpdates", json!({ "offset": id + 2 })).await
    };
    let (waiting, rival) = tokio::join!(waiting, rival);
    assert_eq!((&waiting["error_code"], &rival["result"]), (&json!(409), &json!([])));

    let waiting = caller.call("getUpdates", json!({ "offset": id + 2, "timeout": 50 }));
    let pass = async {
        telegram.bot().until_called("getUpdates", 6).await;
        clock.wait_for_sleepers(1).await;
        clock.advance(50 * SECOND).await;
    };
    assert_eq!(tokio::join!(waiting, pass).0["result"], json!([]), "a quiet poll ends after its time");

    caller.call("setWebhook", json!({ "url": "https://hub.example/in" })).await;
    assert_eq!(caller.call("getUpdates", json!({})).await["error_code"], 409);
    telegram.finish().await;
}

#[tokio::test]
async fn calls_are_refused_in_telegrams_words() {
    let telegram = FakeTelegram::start(Arc::new(TestClock::new())).await;
    let caller = Caller::of(&telegram);
    let anna = telegram.customer("Anna");
    let id = anna.id();
    let stranger = caller.call("sendMessage", json!({ "chat_id": id, "text": "x" })).await;
    assert_eq!(stranger["description"], "Bad Request: chat not found");
    anna.writes("hi");
    let long = "x".repeat(4097);
    for (params, words) in [
        (json!({ "chat_id": id, "text": " " }), "Bad Request: message text is empty"),
        (json!({ "chat_id": id, "text": long }), "Bad Request: message is too long"),
        (
            json!({ "chat_id": id, "text": "<b>x", "parse_mode": "HTML" }),
            "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            json!({ "chat_id": id, "text": "x", "reply_parameters": { "message_id": 5 } }),
            "Bad Request: message to be replied not found",
        ),
    ] {
        assert_eq!(caller.call("sendMessage", params).await["description"], words);
    }
    let full = format!("<b>{}</b>", "x".repeat(4096));
    let fits = caller.call("sendMessage", json!({ "chat_id": id, "text": full, "parse_mode": "HTML" })).await;
    let message_id = &fits["result"]["message_id"];
    let again = json!({ "chat_id": id, "message_id": message_id, "text": "<b>same</b>", "parse_mode": "HTML" });
    assert_eq!(caller.call("editMessageText", again.clone()).await["ok"], true);
    let same = caller.call("editMessageText", again).await;
    assert!(same["description"].as_str().is_some_and(|it| it.contains("not modified")));
    assert_eq!(telegram.last_to("Anna"), "same");

    anna.blocks();
    let blocked = caller.call("sendMessage", json!({ "chat_id": id, "text": "x" })).await;
    assert_eq!(blocked["error_code"], 403);
    anna.unblocks();
    telegram.bot().fail_next(Fault::TooManyRequests { retry_after_s: 35 });
    let slow = caller.call("sendMessage", json!({ "chat_id": id, "text": "x" })).await;
    assert_eq!(slow["parameters"]["retry_after"], 35);
    assert_eq!(caller.call("sendMessage", json!({ "chat_id": id, "text": "x" })).await["ok"], true);
    telegram.bot().revoke();
    assert_eq!(caller.call("getMe", json!({})).await["error_code"], 401);
    telegram.bot().restore();
    telegram.forgive();
    telegram.finish().await;
}

#[tokio::test]
async fn a_flood_is_answered_by_a_wait_if_the_pace_is_kept() {
    let clock = TestClock::new();
    let telegram = FakeTelegram::start(Arc::new(clock.clone())).await;
    let caller = Caller::of(&telegram);
    let anna = telegram.customer("Anna");
    anna.writes("hi");
    telegram.bot().keeps_the_pace();
    let send = || caller.call("sendMessage", json!({ "chat_id": anna.id(), "text": "x" }));
    for _ in 0..5 {
        assert_eq!(send().await["ok"], true);
    }
    assert_eq!(send().await["parameters"]["retry_after"], 1);
    clock.advance(SECOND).await;
    assert_eq!(send().await["ok"], true);
    telegram.forgive();
    telegram.finish().await;
}

#[tokio::test]
async fn a_broken_connection_hides_whether_it_was_done() {
    let telegram = FakeTelegram::start(Arc::new(TestClock::new())).await;
    let caller = Caller::of(&telegram);
    let anna = telegram.customer("Anna");
    anna.writes("hi");
    let send = json!({ "chat_id": anna.id(), "text": "x" });
    for (fault, count) in [(Fault::Break, 0), (Fault::BreakAfter, 1)] {
        telegram.bot().fail_next(fault);
        let broken = caller.raw("sendMessage", &send).await;
        assert!(matches!(broken, Err(ClientError::Broken(_))), "{broken:?}");
        assert_eq!(anna.all().len(), count);
    }
    telegram.bot().fail_next(Fault::BadGateway);
    assert_eq!(caller.raw("sendMessage", &send).await.expect("a page came").status, 502);
    telegram.forgive();
    telegram.finish().await;
}

#[tokio::test]
async fn files_can_be_downloaded_by_the_token_only() {
    let telegram = FakeTelegram::start(Arc::new(TestClock::new())).await;
    let caller = Caller::of(&telegram);
    let anna = telegram.customer("Anna");
    anna.sends_voice(media::VOICE_2S);
    let updates = caller.call("getUpdates", json!({})).await;
    let file_id = updates["result"][0]["message"]["voice"]["file_id"].clone();
    let file = caller.call("getFile", json!({ "file_id": file_id })).await;
    let path = file["result"]["file_path"].as_str().expect("a path came");
    for (token, status) in [(caller.token.as_str(), 200), ("7000000001:wrong", 401)] {
        let url = format!("{}/file/bot{token}/{path}", caller.url);
        let answer = caller.client.send(Outgoing::new(Method::GET, url, SECOND), 100_000).await.expect("an answer");
        assert_eq!(answer.status, status);
        if status == 200 {
            assert_eq!(answer.body, media::VOICE_2S.bytes());
        }
    }
    let photos = caller.call("getUserProfilePhotos", json!({ "user_id": anna.id(), "limit": 1 })).await;
    assert_eq!(photos["result"]["total_count"], 1);
    telegram.forgive();
    telegram.finish().await;
}

#[tokio::test]
#[should_panic(expected = "wrong call of sendMessage")]
async fn a_call_against_the_schema_fails_the_story() {
    let telegram = FakeTelegram::start(Arc::new(TestClock::new())).await;
    let caller = Caller::of(&telegram);
    caller.call("sendMessage", json!({ "chat_id": 1, "text": "x", "parsemode": "HTML" })).await;
    telegram.finish().await;
}

#[tokio::test]
async fn any_request_gets_an_answer() {
    let telegram = FakeTelegram::start(Arc::new(TestClock::new())).await;
    let caller = Caller::of(&telegram);
    let anna = telegram.customer("Anna");
    anna.writes("hi");
    for path in
        ["", "/", "/bot", "/bot/", "/bot:/x", "/file/bot", "/file/bot/", "/botx/getMe", "/%00", "/file/botx/../y"]
    {
        let request = Outgoing::new(Method::GET, format!("{}{path}", caller.url), SECOND);
        assert!(
            caller.client.send(request, 10_000).await.is_ok_and(|it| it.status == 404 || it.status == 401),
            "{path}"
        );
    }
    let odd = [json!(null), json!(-1), json!(""), json!([]), json!({}), json!([null]), json!("x"), json!(1e300)];
    let methods = [
        "getMe",
        "getUpdates",
        "setWebhook",
        "sendMessage",
        "sendPhoto",
        "sendMediaGroup",
        "editMessageText",
        "editMessageCaption",
        "deleteMessages",
        "deleteMessage",
        "answerCallbackQuery",
        "getFile",
        "sendChatAction",
        "getUserProfilePhotos",
        "setMessageReaction",
        "nonsense",
        "deleteWebhook",
    ];
    for method in methods {
        for value in &odd {
            caller.call(method, value.clone()).await;
            let names =
                ["text", "photo", "media", "message_id", "message_ids", "reply_markup", "url", "offset", "limit"];
            let mut params = json!({ "chat_id": anna.id(), "timeout": 0 });
            for name in names {
                params[name] = value.clone();
            }
            caller.call(method, params).await;
        }
    }
    telegram.stop().await;
}
