//! From operators to customers: in order, paced, told, and at most once more after a kill.

use openlines_base::HOUR;
use openlines_protocol::{Action, Body, ConnectionId, ConnectionState, FailureReason};
use openlines_testkit::telegram::Fault;
use serde_json::{Value, json};

use crate::world::{World, act, message, ok, refused};

/// A world where Anna has written, with the chat's id.
async fn with_anna() -> (World, ConnectionId, String) {
    let world = World::start().await;
    let connection = world.connect().await;
    world.telegram.customer("Anna").writes("Hello").await;
    world.portal().until("it is there", |it| it.count() == 1).await;
    let Body::MessageNew { chat, .. } = world.portal().events(connection.id).remove(0).body else {
        panic!("a message")
    };
    (world, connection.id, chat.id)
}

impl World {
    async fn send(&self, body: Value) {
        ok(self.portal().call(&self.url, "sendMessages", body).await);
    }

    /// Waits for so many results of acts, and gives their bodies.
    async fn results(&self, connection: ConnectionId, count: usize) -> Vec<Body> {
        let find = || {
            let events = self.portal().events(connection).into_iter().map(|it| it.body);
            events.filter(|it| matches!(it, Body::Delivered { .. } | Body::Failed { .. })).collect::<Vec<_>>()
        };
        self.until("the results are there", async || Some(find()).filter(|it| it.len() >= count)).await
    }

    fn heard(&self) -> Vec<String> {
        self.telegram.all_to("Anna").into_iter().map(|it| it.text).collect()
    }
}

fn failed(body: &Body) -> (String, FailureReason) {
    match body {
        Body::Failed { outgoing_id, reason, .. } => (outgoing_id.clone(), *reason),
        other => panic!("a failure: {other:?}"),
    }
}

#[tokio::test]
async fn messages_of_a_chat_keep_their_order_through_refusals() {
    let (world, connection, chat) = with_anna().await;
    world.telegram.bot().fail_next(Fault::restart());
    for n in 1..=10 {
        world.send(message(&format!("m{n}"), connection, &chat, &format!("answer {n}"))).await;
        if n == 4 {
            world.telegram.bot().fail_next(Fault::TooManyRequests { retry_after_s: 7 });
        }
    }
    let results = world.results(connection, 10).await;
    assert!(results.iter().all(|it| matches!(it, Body::Delivered { .. })), "{results:?}");
    let expected: Vec<_> = (1..=10).map(|n| format!("answer {n}")).collect();
    assert_eq!(world.heard(), expected);
    world.finish().await;
}

#[tokio::test]
async fn one_id_is_one_act_however_often_the_portal_asks() {
    let (world, connection, chat) = with_anna().await;
    let body = message("same", connection, &chat, "once");
    for _ in 0..3 {
        let answer = ok(world.portal().call(&world.url, "sendMessages", body.clone()).await);
        assert_eq!(answer["accepted"], json!(["same"]));
    }
    world.results(connection, 1).await;
    world.send(body).await;
    world.send(message("other", connection, &chat, "next")).await;
    assert_eq!(world.results(connection, 2).await.len(), 2);
    assert_eq!(world.heard(), ["once", "next"]);
    world.finish().await;
}

#[tokio::test]
async fn a_customer_who_blocked_us_is_told_to_the_operator_and_holds_up_nobody() {
    let (world, connection, chat) = with_anna().await;
    world.telegram.bot().fail_next(Fault::blocked());
    world.send(message("m1", connection, &chat, "lost")).await;
    world.send(message("m2", connection, &chat, "heard")).await;
    let results = world.results(connection, 2).await;
    assert_eq!(failed(&results[0]), ("m1".to_owned(), FailureReason::Unreachable));
    assert_eq!(world.heard(), ["heard"]);
    world.finish().await;
}

#[tokio::test]
async fn messages_wait_for_a_connection_whose_token_was_revoked() {
    let (world, connection, chat) = with_anna().await;
    world.telegram.bot().revoke();
    world.send(message("m1", connection, &chat, "waits")).await;
    world.portal().until("the portal is told", |it| it.count() == 2).await;
    let told = world.portal().events(connection).remove(1).body;
    assert!(matches!(told, Body::ConnectionChanged { state: ConnectionState::Failing, .. }), "{told:?}");
    world.send(message("m2", connection, &chat, "waits too")).await;
    let token = world.telegram.bot().renew_token();
    let params = json!({ "line": "1", "channel": "telegram", "connection": connection, "settings": { "token": token },
        "take_over": true });
    ok(world.portal().call(&world.url, "saveSettings", params).await);
    let results = world.results(connection, 2).await;
    assert!(results.iter().all(|it| matches!(it, Body::Delivered { .. })), "{results:?}");
    assert_eq!(world.heard(), ["waits", "waits too"]);
    world.finish().await;
}

#[tokio::test]
async fn a_lost_answer_is_worth_one_more_try_and_then_a_person_decides() {
    let (world, connection, chat) = with_anna().await;
    world.telegram.bot().fail_next(Fault::BreakAfter);
    world.send(message("m1", connection, &chat, "double")).await;
    let results = world.results(connection, 1).await;
    assert!(matches!(results[0], Body::Delivered { .. }));
    assert_eq!(world.heard(), ["double", "double"], "better than a loss");
    world.telegram.bot().fail_times(2, Fault::Break);
    world.send(message("m2", connection, &chat, "unknown")).await;
    let results = world.results(connection, 2).await;
    assert_eq!(failed(&results[1]), ("m2".to_owned(), FailureReason::Uncertain));
    world.finish().await;
}

#[tokio::test]
async fn a_hub_killed_between_the_channels_yes_and_its_own_commit_sends_once_more_at_most() {
    let (mut world, connection, chat) = with_anna().await;
    world.telegram.bot().fail_next(Fault::HangAfter);
    world.send(message("m1", connection, &chat, "one")).await;
    world.send(message("m2", connection, &chat, "two")).await;
    world.telegram.bot().until_called("sendMessage", 1).await;
    world.kill().await;
    world.live().await;
    let results = world.results(connection, 2).await;
    assert!(results.iter().all(|it| matches!(it, Body::Delivered { .. })), "{results:?}");
    assert_eq!(world.heard(), ["one", "one", "two"]);
    world.finish().await;
}

#[tokio::test]
async fn what_waits_longer_than_a_day_fails_loudly() {
    let (world, connection, chat) = with_anna().await;
    world.telegram.bot().fail_times(10_000, Fault::restart());
    world.send(message("m1", connection, &chat, "never")).await;
    let results = world
        .until("the portal is told", async || {
            world.clock.advance(HOUR).await;
            let events = world.portal().events(connection).into_iter().map(|it| it.body);
            let results: Vec<_> = events.filter(|it| matches!(it, Body::Failed { .. })).collect();
            Some(results).filter(|it| !it.is_empty())
        })
        .await;
    assert_eq!(failed(&results[0]), ("m1".to_owned(), FailureReason::Expired));
    world.telegram.bot().heal();
    world.finish().await;
}

#[tokio::test]
async fn edits_deletions_and_typing_go_their_ways() {
    let (world, connection, chat) = with_anna().await;
    world.send(message("m1", connection, &chat, "first")).await;
    let Body::Delivered { message_ids, .. } = world.results(connection, 1).await.remove(0) else { panic!("delivered") };
    let edit = Action::Edit { message_ids: message_ids.clone(), text: "better".to_owned() };
    ok(world.portal().call(&world.url, "updateMessages", act("e1", connection, &chat, edit)).await);
    world.results(connection, 2).await;
    assert_eq!(world.telegram.last_to("Anna"), "better");
    ok(world.portal().call(&world.url, "sendTyping", act("t1", connection, &chat, Action::Typing)).await);
    world.telegram.bot().until_called("sendChatAction", 1).await;
    let delete = act("d1", connection, &chat, Action::Delete { message_ids });
    let (code, field, _) = refused(world.portal().call(&world.url, "sendMessages", delete.clone()).await);
    assert_eq!((code.as_str(), field.as_deref()), ("wrong_params", Some("messages[0].action")));
    ok(world.portal().call(&world.url, "deleteMessages", delete).await);
    world.send(message("m2", connection, &chat, "second")).await;
    assert_eq!(world.results(connection, 3).await.len(), 3, "that a message is gone is not told");
    let heard = world.telegram.all_to("Anna");
    assert_eq!(
        heard.iter().filter(|it| it.deleted_at.is_none()).map(|it| it.text.as_str()).collect::<Vec<_>>(),
        ["second"]
    );
    world.finish().await;
}
