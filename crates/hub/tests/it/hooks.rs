//! The door for messengers: who is let in, who is not, and that nothing of those is kept.

use http::{HeaderMap, Method};
use openlines_hub::Stats;
use serde_json::json;

use crate::world::World;

const SECRET: &str = "x-telegram-bot-api-secret-token";

fn headers(secret: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/json".parse().unwrap());
    if let Some(secret) = secret {
        headers.insert(SECRET, secret.parse().unwrap());
    }
    headers
}

fn update(id: i64, text: &str) -> Vec<u8> {
    let person = json!({ "id": 5001, "is_bot": false, "first_name": "Anna" });
    let chat = json!({ "id": 5001, "type": "private", "first_name": "Anna" });
    let message = json!({ "message_id": id, "date": 1_795_251_600, "from": person, "chat": chat, "text": text });
    json!({ "update_id": id, "message": message }).to_string().into_bytes()
}

/// The secret that the hub gave the messenger, as the messenger sends it back.
fn secret(world: &World) -> String {
    let calls = world.telegram.bot().calls_of("setWebhook");
    calls.last().unwrap().params["secret_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn forged_empty_oversized_malformed_and_foreign_webhooks_leave_nothing() {
    let world = World::start().await;
    world.connect().await;
    let hook = world.telegram.bot().webhook_url().unwrap();
    let good = secret(&world);
    let hash = hook.split("line=").nth(1).unwrap().to_owned();
    let in_path = world.url.join(&format!("in/{hash}")).unwrap().to_string();
    let unknown = hook.replace(&hash, &"A".repeat(hash.len()));
    let other_case = hook.replace(&hash, &hash.to_uppercase());
    let long = hook.replace(&hash, &"A".repeat(5000));
    let good = Some(good.as_str());
    let part = good.map(|it| &it[1..]);
    let truncated = update(1, "hi")[..40].to_vec();
    let cases = [
        ("no secret", 401, hook.as_str(), None, update(1, "hi")),
        ("empty secret", 401, &hook, Some(""), update(1, "hi")),
        ("wrong secret", 401, &hook, Some("AAAA"), update(1, "hi")),
        ("a part of the secret", 401, &hook, part, update(1, "hi")),
        ("wrong secret by path", 401, &in_path, Some("AAAA"), update(1, "hi")),
        ("empty body", 400, &hook, good, Vec::new()),
        ("truncated body", 400, &hook, good, truncated),
        ("junk", 400, &hook, good, vec![0xff; 1000]),
        ("oversized", 413, &hook, good, vec![b' '; 1024 * 1024 + 1]),
        ("unknown hash", 404, &unknown, good, update(1, "hi")),
        ("hash in another case", 404, &other_case, good, update(1, "hi")),
        ("a long hash", 404, &long, good, update(1, "hi")),
        ("no hash", 404, "in", good, update(1, "hi")),
        ("empty hash", 404, "in?line=", good, update(1, "hi")),
    ];
    for (name, status, path, secret, body) in cases {
        let answer = world.knock(Method::POST, path, headers(secret), body).await;
        assert_eq!(answer.status, status, "{name}");
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{name}");
    }
    let answer = world.knock(Method::GET, &hook, headers(None), "").await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    assert_eq!(world.hub().stats().await.unwrap(), Stats::default());
    assert_eq!(world.portal().count(), 0);
    world.finish().await;
}

#[tokio::test]
async fn unknown_and_removed_lines_look_the_same() {
    let world = World::start().await;
    let connection = world.connect().await;
    let hook = world.telegram.bot().webhook_url().unwrap();
    let good = secret(&world);
    let removed = world.portal().call(&world.url, "removeSettings", json!({ "connection": connection.id })).await;
    crate::world::ok(removed);
    assert_eq!(world.telegram.bot().webhook_url(), None, "the messenger was told");
    let removed = world.knock(Method::POST, &hook, headers(Some(&good)), update(1, "hi")).await;
    let unknown = hook.split("line=").next().unwrap().to_owned() + "line=nobody";
    let unknown = world.knock(Method::POST, &unknown, headers(Some(&good)), update(1, "hi")).await;
    assert_eq!((removed.status, &removed.body), (unknown.status, &unknown.body));
    assert_eq!(removed.status, 404);
    world.finish().await;
}

#[tokio::test]
async fn three_redeliveries_at_once_are_one_message() {
    let world = World::start().await;
    let connection = world.connect().await;
    let (hook, good) = (world.telegram.bot().webhook_url().unwrap(), secret(&world));
    let send = || world.knock(Method::POST, &hook, headers(Some(&good)), update(9, "once"));
    let (one, two, three) = tokio::join!(send(), send(), send());
    assert!([one, two, three].iter().all(|it| it.status == 200));
    assert_eq!(send().await.status, 200);
    world.knock(Method::POST, &hook, headers(Some(&good)), update(10, "last")).await;
    world
        .portal()
        .until("the last one is there", |it| it.texts(connection.id).last().is_some_and(|it| it == "last"))
        .await;
    assert_eq!(world.portal().texts(connection.id), ["once", "last"]);
    assert_eq!(world.portal().doubles(), 0);
    world.finish().await;
}

#[tokio::test]
async fn a_store_that_is_away_sends_the_messenger_back_without_keeping_half() {
    let mut world = World::start().await;
    let connection = world.connect().await;
    let (hook, good) = (world.telegram.bot().webhook_url().unwrap(), secret(&world));
    world.hub().close().await;
    let answer = world.knock(Method::POST, &hook, headers(Some(&good)), update(1, "hi")).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.headers["retry-after"], "1");
    assert!(!world.hub().ready().await);
    world.kill().await;
    world.live().await;
    assert!(world.hub().ready().await);
    let answer = world.knock(Method::POST, &hook, headers(Some(&good)), update(1, "hi")).await;
    assert_eq!(answer.status, 200);
    world.portal().until("it is there", |it| it.count() == 1).await;
    assert_eq!(world.portal().texts(connection.id), ["hi"]);
    world.finish().await;
}

#[tokio::test]
async fn a_connection_that_is_failing_still_takes_what_comes_in() {
    let world = World::start().await;
    let connection = world.connect().await;
    let (hook, good) = (world.telegram.bot().webhook_url().unwrap(), secret(&world));
    world.telegram.bot().revoke();
    crate::world::ok(
        world.portal().call(&world.url, "sendMessages", crate::world::message("m", connection.id, "5001", "hi")).await,
    );
    world.until("the portal is told", async || Some(()).filter(|()| world.portal().count() == 1)).await;
    let answer = world.knock(Method::POST, &hook, headers(Some(&good)), update(1, "are you there?")).await;
    assert_eq!(answer.status, 200);
    world.portal().until("it is there", |it| it.count() == 2).await;
    world.telegram.forgive();
    world.finish().await;
}
