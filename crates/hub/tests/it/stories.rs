//! Whole stories: from the customer's phone to the portal and back.

use openlines_base::HOUR;
use openlines_protocol::{Body, ConnectionState};
use openlines_testkit::Mood;
use openlines_testkit::telegram::media::PHOTO_MUG;
use serde_json::json;

use crate::world::{Engine, Reach, World, message, ok};

async fn there_and_back(engine: Engine, reach: Reach, inbound: &str) {
    let world = World::start_on(engine, reach).await;
    let connection = world.connect().await;
    assert_eq!((connection.state, connection.inbound.as_deref()), (ConnectionState::Active, Some(inbound)));
    assert_eq!((connection.channel.as_str(), connection.line.as_str()), ("telegram", "1"));

    let anna = world.telegram.customer("Anna");
    let written = anna.writes("Hello");
    world.until("the bot has taken it", async || Some(()).filter(|()| world.portal().count() == 1)).await;
    written.await;
    let events = world.portal().events(connection.id);
    let Body::MessageNew { chat, message: heard, .. } = &events[0].body else { panic!("a message: {events:?}") };
    assert_eq!(heard.text, "Hello");

    ok(world.portal().call(&world.url, "sendMessages", message("m1", connection.id, &chat.id, "Good day")).await);
    world.until("the portal is told", async || Some(()).filter(|()| world.portal().count() == 2)).await;
    assert_eq!(world.telegram.last_to("Anna"), "Good day");
    let events = world.portal().events(connection.id);
    let Body::Delivered { outgoing_id, message_ids, .. } = &events[1].body else { panic!("delivered: {events:?}") };
    assert_eq!((outgoing_id.as_str(), message_ids.len()), ("m1", 1));
    world.finish().await;
}

#[tokio::test]
async fn a_message_goes_there_and_back_by_webhook() {
    there_and_back(Engine::Sqlite, Reach::Public, "webhook").await;
}

#[tokio::test]
async fn a_message_goes_there_and_back_on_postgres() {
    there_and_back(Engine::Postgres, Reach::Public, "webhook").await;
}

#[tokio::test]
async fn a_message_goes_there_and_back_without_a_public_address() {
    there_and_back(Engine::Sqlite, Reach::Hidden, "polling").await;
}

#[tokio::test]
async fn a_polling_hub_that_was_killed_reads_on_where_it_was() {
    let mut world = World::start_on(Engine::Sqlite, Reach::Hidden).await;
    let connection = world.connect().await;
    let anna = world.telegram.customer("Anna");
    for n in 1..=3 {
        let written = anna.writes(&format!("before {n}"));
        world.until("it is there", async || Some(()).filter(|()| world.portal().count() == n)).await;
        written.await;
    }
    world.kill().await;
    let written = anna.writes("after");
    world.live().await;
    world.until("it is there", async || Some(()).filter(|()| world.portal().count() == 4)).await;
    written.await;
    assert_eq!(world.portal().texts(connection.id), ["before 1", "before 2", "before 3", "after"]);
    world.finish().await;
}

#[tokio::test]
async fn a_portal_that_is_down_gets_all_in_order_after_the_hub_was_killed_too() {
    let mut world = World::start().await;
    let connection = world.connect().await;
    world.portal().set_mood(Mood::Down);
    let anna = world.telegram.customer("Anna");
    for n in 1..=20 {
        anna.writes(&format!("{n}")).await;
        if n % 7 == 0 {
            world.kill().await;
            world.live().await;
        }
    }
    world.clock.advance(2 * HOUR).await;
    assert_eq!(world.portal().count(), 0);
    world.portal().set_mood(Mood::Well);
    let hello = json!({ "address": world.hub().sites(openlines_protocol::SiteId(0), 1).await.unwrap()[0].address,
        "software": "test" });
    ok(world.portal().call(&world.url, "hello", hello).await);
    world.until("all is there", async || Some(()).filter(|()| world.portal().count() == 20)).await;
    let expected: Vec<_> = (1..=20).map(|n| n.to_string()).collect();
    assert_eq!(world.portal().texts(connection.id), expected);
    assert_eq!(world.portal().seqs(connection.id), (1..=20).collect::<Vec<_>>());
    world.finish().await;
}

async fn displaced(engine: Engine) {
    let world = World::start_on(engine, Reach::Public).await;
    let old = world.connect().await;
    let old_hook = world.telegram.bot().webhook_url().unwrap();
    let anna = world.telegram.customer("Anna");
    anna.writes("to the first").await;
    world.portal().until("the first has it", |it| it.count() == 1).await;

    let new = world.connect_to(world.other_portal(), &world.telegram.token()).await;
    world.portal().until("the first is told", |it| it.count() == 2).await;
    let told = world.portal().events(old.id).remove(1).body;
    assert_eq!(told, Body::Deactivated { by_same_site: false, taken_by_line: None });
    anna.writes("to the second").await;
    world.other_portal().until("the second has it", |it| it.count() == 1).await;
    assert_eq!(world.other_portal().texts(new.id), ["to the second"]);
    assert_eq!(world.portal().count(), 2, "no message crosses over");

    let answer = world.knock(http::Method::POST, &old_hook, http::HeaderMap::new(), "{}").await;
    assert_eq!(answer.status, 404);
    let status = ok(world.portal().call(&world.url, "status", json!({})).await);
    assert_eq!(status["connections"][0]["state"], "displaced");
    let refused =
        crate::world::refused(world.portal().call(&world.url, "sendMessages", message("m", old.id, "1", "hi")).await);
    assert_eq!((refused.0.as_str(), refused.1.as_deref()), ("displaced", Some("messages[0].connection")));
    let foreign =
        crate::world::refused(world.portal().call(&world.url, "sendMessages", message("m", new.id, "1", "hi")).await);
    assert_eq!(foreign.0, "no_such_connection", "nobody writes through another's connection");

    // Removing what was displaced must not cut off who has the account now.
    ok(world.portal().call(&world.url, "removeSettings", json!({ "connection": old.id })).await);
    anna.writes("still to the second").await;
    world.other_portal().until("the second has it", |it| it.count() == 2).await;
    world.finish().await;
}

#[tokio::test]
async fn the_newer_connection_of_an_account_lives_and_the_older_is_told() {
    displaced(Engine::Sqlite).await;
}

#[tokio::test]
async fn the_newer_connection_of_an_account_lives_and_the_older_is_told_on_postgres() {
    displaced(Engine::Postgres).await;
}

#[tokio::test]
async fn the_older_portal_is_told_even_if_it_was_down_and_the_hub_killed() {
    let mut world = World::start().await;
    let old = world.connect().await;
    world.portal().set_mood(Mood::Down);
    world.telegram.customer("Anna").writes("never arrives: it was the account's old line").await;
    world.connect_to(world.other_portal(), &world.telegram.token()).await;
    world.kill().await;
    world.live().await;
    world.portal().set_mood(Mood::Well);
    world.until("the first is told", async || Some(()).filter(|()| world.portal().events(old.id).len() == 1)).await;
    assert!(matches!(world.portal().events(old.id)[0].body, Body::Deactivated { .. }));
    assert_eq!(world.other_portal().count(), 0);
    world.finish().await;
}

#[tokio::test]
async fn a_picture_comes_by_a_signed_link_that_shows_no_token() {
    let world = World::start().await;
    let connection = world.connect().await;
    let anna = world.telegram.customer("Anna");
    anna.looks("Karenina", Some("anna"), "ru", PHOTO_MUG);
    anna.writes("this is me").await;
    world.portal().until("the message is there", |it| it.count() == 1).await;
    let events = world.portal().events(connection.id);
    let Body::MessageNew { user, .. } = &events[0].body else { panic!("a message") };
    let link = user.picture.clone().expect("a face");
    assert!(link.starts_with(&format!("{}files/{}/", world.url, connection.id)), "{link}");
    assert!(!link.contains(world.telegram.token().split(':').nth(1).unwrap()));
    assert!(link.len() < 1000);

    let get = async |link: &str, range: Option<&str>| {
        let mut headers = http::HeaderMap::new();
        if let Some(range) = range {
            headers.insert("range", range.parse().unwrap());
        }
        world.knock(http::Method::GET, link, headers, "").await
    };
    let file = get(&link, None).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.body, PHOTO_MUG.bytes());
    assert_eq!(file.headers["x-content-type-options"], "nosniff");
    assert_eq!(file.headers["content-disposition"], "attachment");
    assert_eq!(file.headers["content-type"], "application/octet-stream");

    let (start, signature) = link.split_at(link.len() - 4);
    for (name, forged) in [
        ("another signature", format!("{start}AAAA")),
        ("no signature", link.split("&s=").next().unwrap().to_owned()),
        ("another connection", link.replace(&format!("files/{}/", connection.id), "files/999/")),
        ("longer good", link.replace("?e=", "?e=9")),
        ("another file", link.replace("?e=", "A?e=")),
    ] {
        assert_eq!(get(&forged, None).await.status, 404, "{name} {signature}");
    }
    world.clock.advance(openlines_base::DAY * 8).await;
    assert_eq!(get(&link, None).await.status, 404, "links end");
    world.finish().await;
}
