//! What portals ask for, and how the hub refuses.

use http::Method;
use openlines_base::MINUTE;
use openlines_protocol::{ConnectionState, Letter, LicenceKey, PortalCall, SiteId};
use openlines_testkit::{FakePortal, Mood, TestRng};
use serde_json::json;
use std::sync::Arc;

use crate::world::{World, ok, refused};

#[tokio::test]
async fn a_wrong_setting_is_refused_by_name_and_leaves_no_connection() {
    let world = World::start().await;
    for (params, code, field) in [
        (json!({ "channel": "telegram" }), "wrong_params", "line"),
        (json!({ "line": "1", "channel": "carrier_pigeon" }), "wrong_params", "channel"),
        (json!({ "line": "1", "channel": "telegram" }), "wrong_params", "settings.token"),
        (
            json!({ "line": "1", "channel": "telegram", "settings": { "token": "abc" } }),
            "wrong_params",
            "settings.token",
        ),
        (
            json!({ "line": "1", "channel": "telegram", "settings": { "token": "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" } }),
            "wrong_params",
            "settings.token",
        ),
        (
            json!({ "line": "1", "channel": "telegram", "connection": 99, "settings": {} }),
            "no_such_connection",
            "connection",
        ),
    ] {
        let (found, name, _) = refused(world.portal().call(&world.url, "saveSettings", params.clone()).await);
        assert_eq!((found.as_str(), name.as_deref()), (code, Some(field)), "{params}");
    }
    let status = ok(world.portal().call(&world.url, "status", json!({})).await);
    assert_eq!(status["connections"], json!([]));
    world.telegram.forgive();
    world.finish().await;
}

#[tokio::test]
async fn an_account_in_use_elsewhere_is_taken_over_only_when_the_admin_agrees() {
    let world = World::start().await;
    world.telegram.bot().is_taken_by("https://other.example/hook");
    let mut params = json!({ "line": "1", "channel": "telegram", "settings": { "token": world.telegram.token() } });
    let (code, _, text) = refused(world.portal().call(&world.url, "saveSettings", params.clone()).await);
    assert_eq!(code, "confirm");
    assert!(text.contains("other.example"), "{text}");
    params["take_over"] = json!(true);
    ok(world.portal().call(&world.url, "saveSettings", params).await);
    world.finish().await;
}

#[tokio::test]
async fn a_changed_connection_keeps_its_number_and_its_untold_settings() {
    let world = World::start().await;
    let connection = world.connect().await;
    let params = json!({ "line": "7", "channel": "telegram", "connection": connection.id, "settings": {} });
    let changed = ok(world.portal().call(&world.url, "saveSettings", params).await);
    assert_eq!((changed["id"].as_i64(), changed["line"].as_str()), (Some(connection.id.get()), Some("7")));
    world.telegram.customer("Anna").writes("Hello").await;
    world.portal().until("it is there", |it| it.count() == 1).await;
    assert_eq!(world.portal().events(connection.id)[0].line, "7");
    world.finish().await;
}

#[tokio::test]
async fn saving_the_same_account_on_the_same_line_twice_is_one_connection() {
    let world = World::start().await;
    let (one, two) = (world.connect().await, world.connect().await);
    assert_eq!(one.id, two.id);
    world.telegram.customer("Anna").writes("Hello").await;
    world.portal().until("it is there", |it| it.count() == 1).await;
    assert_eq!(world.portal().texts(one.id), ["Hello"], "and nothing about a displaced one");
    assert_eq!(world.hub().connections(world.portals[0].0).await.unwrap().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn a_test_goes_through_all_stages() {
    let world = World::start().await;
    let connection = world.connect().await;
    let stages = async |portal: &FakePortal, params: serde_json::Value| {
        let report = ok(portal.call(&world.url, "testConnect", params).await);
        let stages = report["stages"].as_array().unwrap().iter();
        stages
            .map(|it| format!("{} {}", it["name"].as_str().unwrap(), it["state"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let by_id = json!({ "connection": connection.id });
    assert_eq!(stages(world.portal(), by_id.clone()).await, ["messenger ok", "inbound ok", "portal ok"]);
    let unsaved = json!({ "channel": "telegram", "settings": { "token": world.telegram.token() } });
    assert_eq!(stages(world.portal(), unsaved.clone()).await, ["messenger ok", "inbound skipped", "portal ok"]);
    let own = ok(world.portal().call(&world.url, "testConnect", unsaved.clone()).await);
    assert_eq!((&own["account"]["title"], &own["used_by"]), (&json!("Shop support"), &json!({ "line": "1" })));
    let foreign = ok(world.other_portal().call(&world.url, "testConnect", unsaved).await);
    assert_eq!(foreign["used_by"], "portal", "and not whose");
    let wrong = json!({ "channel": "telegram", "settings": { "token": "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" } });
    let (_, field, _) = refused(world.portal().call(&world.url, "testConnect", wrong).await);
    assert_eq!(field.as_deref(), Some("settings.token"));
    world.telegram.bot().is_taken_by("https://other.example/hook");
    assert_eq!(stages(world.portal(), by_id.clone()).await, ["messenger ok", "inbound failed", "portal ok"]);
    world.telegram.bot().revoke();
    world.portal().set_mood(Mood::Down);
    assert_eq!(stages(world.portal(), by_id).await, ["messenger failed", "inbound skipped", "portal failed"]);
    world.telegram.forgive();
    world.finish().await;
}

#[tokio::test]
async fn a_call_without_the_key_of_its_site_is_not_even_opened() {
    let world = World::start().await;
    let (site, _) = world.portals[0];
    let clock: Arc<dyn openlines_base::Clock> = Arc::new(world.clock.clone());
    let stranger = |site| {
        FakePortal::new(site, &LicenceKey::generate(&TestRng::new(99)), Arc::clone(&clock), Arc::new(TestRng::new(3)))
    };
    let call = PortalCall { method: "status".to_owned(), params: json!({}) };
    for (name, sealed) in [
        ("a wrong key", stranger(site).seal(Letter::Call, "a", &call)),
        ("an unknown site", stranger(SiteId(77)).seal(Letter::Call, "a", &call)),
        ("a letter of another kind", world.portal().seal(Letter::Receipt, "a", &call)),
    ] {
        let mut headers = http::HeaderMap::new();
        for (name, value) in &sealed.headers {
            headers.insert(*name, value.parse().unwrap());
        }
        let answer = world.knock(Method::POST, "call", headers, sealed.body).await;
        assert!(matches!(answer.status.as_u16(), 400 | 401), "{name}: {}", answer.status);
    }
    let answer = world.knock(Method::POST, "call", http::HeaderMap::new(), "{}").await;
    assert_eq!(answer.status, 400);
    world.finish().await;
}

#[tokio::test]
async fn a_recorded_call_cannot_be_played_back() {
    let world = World::start().await;
    let call = PortalCall { method: "status".to_owned(), params: json!({}) };
    let sealed = world.portal().seal(Letter::Call, "once", &call);
    let mut headers = http::HeaderMap::new();
    for (name, value) in &sealed.headers {
        headers.insert(*name, value.parse().unwrap());
    }
    let first = world.knock(Method::POST, "call", headers.clone(), sealed.body.clone()).await;
    assert_eq!(first.status, 200);
    let second = world.knock(Method::POST, "call", headers.clone(), sealed.body.clone()).await;
    assert_eq!(second.status, 409);
    world.clock.advance(MINUTE * 6).await;
    let late = world.knock(Method::POST, "call", headers, sealed.body).await;
    assert_eq!(late.status, 401);
    world.finish().await;
}

#[tokio::test]
async fn the_hub_tells_its_channels_methods_and_itself() {
    let world = World::start().await;
    let channels = ok(world.portal().call(&world.url, "channels", json!({})).await);
    assert!(channels["channels"].as_array().unwrap().iter().any(|it| it["code"] == "telegram"));
    let (code, field, text) = refused(world.portal().call(&world.url, "makeCoffee", json!({})).await);
    assert_eq!((code.as_str(), field.as_deref()), ("unknown_method", Some("method")));
    assert!(text.contains("sendMessages"));
    let answer = world.knock(Method::GET, ".well-known/openlines", http::HeaderMap::new(), "").await;
    let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((told["role"].as_str(), told["software"].as_str()), (Some("hub"), Some("openlines test")));
    assert!(told["time"].as_str().unwrap().starts_with("2026-11-21T09:"), "{told}");
    world.finish().await;
}

#[tokio::test]
async fn secrets_lie_encrypted_on_the_disk_and_leave_with_the_connection() {
    let world = World::start().await;
    let connection = world.connect().await;
    let token = world.telegram.token();
    let hook_secret =
        world.telegram.bot().calls_of("setWebhook")[0].params["secret_token"].as_str().unwrap().to_owned();
    let files = || -> Vec<u8> {
        let folder = std::fs::read_dir(world.folder.path()).unwrap();
        folder.flat_map(|it| std::fs::read(it.unwrap().path()).unwrap()).collect()
    };
    let holds = |text: &str| files().windows(text.len()).any(|it| it == text.as_bytes());
    assert!(holds("telegram:"), "the files are read at all");
    assert!(!holds(&token) && !holds(token.split(':').nth(1).unwrap()) && !holds(&hook_secret) && !holds("ol_"));
    ok(world.portal().call(&world.url, "removeSettings", json!({ "connection": connection.id })).await);
    let again =
        refused(world.portal().call(&world.url, "removeSettings", json!({ "connection": connection.id })).await);
    assert_eq!(again.0, "no_such_connection");
    assert!(world.hub().connections(world.portals[0].0).await.unwrap().is_empty());
    world.finish().await;
}

#[tokio::test]
async fn a_token_that_was_revoked_is_noticed_within_ten_minutes_and_so_is_its_return() {
    let world = World::start().await;
    let connection = world.connect().await;
    let state = async || world.hub().connections(world.portals[0].0).await.unwrap()[0].state;
    world.telegram.bot().revoke();
    world
        .until("it is noticed", async || {
            world.clock.advance(MINUTE).await;
            Some(()).filter(|()| world.portal().events(connection.id).len() == 1)
        })
        .await;
    assert_eq!(state().await, ConnectionState::Failing);
    world.telegram.bot().restore();
    world
        .until("its return is noticed", async || {
            world.clock.advance(MINUTE).await;
            Some(()).filter(|()| world.portal().events(connection.id).len() == 2)
        })
        .await;
    assert_eq!(state().await, ConnectionState::Active);
    world.telegram.forgive();
    world.finish().await;
}
