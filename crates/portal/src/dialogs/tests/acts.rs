//! Accept, skip, take over, return, transfer, finish, reopen.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Shop, act, reply, state_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_accept_at_once_one_wins_and_the_other_learns_who() {
    for shop in Shop::on_each_engine().await {
        for round in 0..20 {
            let dialog = shop.writes(&format!("Customer {round}"), "hello").await;
            let answers = join_all([act(&shop.anna, dialog, "accept"), act(&shop.ivan, dialog, "accept")]).await;
            let won = answers.iter().position(|it| it.status == 200).expect("one wins");
            let lost = &answers[1 - won];
            let (winner, name) = if won == 0 { (shop.anna.operator, "Anna") } else { (shop.ivan.operator, "Ivan") };
            assert_eq!(lost.problem(), (409, "taken".to_owned(), String::new()));
            assert_eq!(lost.json()["holder_id"], winner.get());
            assert_eq!(lost.json()["detail"], format!("taken by {name}"));
            let story = shop.story(dialog).await;
            assert_eq!(story.iter().filter(|it| *it == "accepted").count(), 1);
            assert_eq!(state_of(&shop.dialog(&shop.boss, dialog).await), ("active".to_owned(), Some(winner)));
        }
        // The same answer twice, when the first was lost.
        let dialog = shop.writes("Zed", "hello").await;
        act(&shop.anna, dialog, "accept").await.expect(200);
        act(&shop.anna, dialog, "accept").await.expect(200);
        assert_eq!(shop.story(dialog).await.iter().filter(|it| *it == "accepted").count(), 1);
    }
}

#[tokio::test]
async fn a_dialog_is_offered_skipped_offered_on_and_comes_round_again() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        assert_eq!(state_of(&shop.dialog(&shop.anna, dialog).await), ("waiting".to_owned(), None));
        shop.route().await;
        let offered = shop.dialog(&shop.anna, dialog).await;
        assert_eq!(offered["session"]["offered_to"], json!([shop.anna.operator]));
        assert!(offered["session"]["offer_expires_at"].is_string());
        assert_eq!(act(&shop.ivan, dialog, "skip").await.problem().1, "not_offered");

        act(&shop.anna, dialog, "skip").await.expect(200);
        shop.route().await;
        assert_eq!(shop.dialog(&shop.boss, dialog).await["session"]["offered_to"], json!([shop.ivan.operator]));
        // Ivan lets his minute pass: all have passed, and it goes round again.
        shop.office.clock.advance(Duration::from_secs(61)).await;
        shop.route().await;
        assert_eq!(shop.dialog(&shop.boss, dialog).await["session"]["offered_to"], json!([shop.anna.operator]));
        let story = shop.story(dialog).await;
        let expected = ["session_opened", "lead_created", "offered", "skipped", "offered", "offer_expired"];
        assert_eq!(story, expected, "the second round is not told");

        act(&shop.anna, dialog, "accept").await.expect(200);
        shop.route().await;
        let dialog = shop.dialog(&shop.anna, dialog).await;
        assert_eq!(dialog["session"]["offered_to"], json!([]));
        assert_eq!(dialog["session"]["offer_expires_at"], Value::Null);
    }
}

#[tokio::test]
async fn a_freed_slot_is_given_at_once_to_who_waits_longest() {
    for shop in Shop::on_each_engine().await {
        let path = format!("/api/lines/{}", shop.line);
        shop.boss.patch(&path, json!({"capacity": 1, "mode": "strictly"})).await.expect(200);
        let mut dialogs = Vec::new();
        for n in 0..4 {
            dialogs.push(shop.writes(&format!("Customer {n}"), "hello").await);
            shop.office.clock.advance(Duration::from_secs(1)).await;
        }
        shop.route().await;
        let offered: Vec<Value> = shop.boss.get("/api/dialogs?view=waiting").await.expect(200).json()["dialogs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["session"]["offered_to"].clone())
            .collect();
        assert_eq!(offered, [json!([shop.anna.operator]), json!([shop.ivan.operator]), json!([]), json!([])]);
        act(&shop.anna, dialogs[0], "accept").await.expect(200);
        act(&shop.ivan, dialogs[1], "accept").await.expect(200);
        shop.route().await;
        assert_eq!(state_of(&shop.dialog(&shop.boss, dialogs[2]).await).0, "waiting", "both are full");
        act(&shop.ivan, dialogs[1], "finish").await.expect(200);
        shop.route().await;
        assert_eq!(shop.dialog(&shop.boss, dialogs[2]).await["session"]["offered_to"], json!([shop.ivan.operator]));
        assert_eq!(state_of(&shop.dialog(&shop.boss, dialogs[3]).await).0, "waiting");
    }
}

#[tokio::test]
async fn an_offer_to_all_is_gone_for_the_others_once_somebody_accepts() {
    for shop in Shop::on_each_engine().await {
        shop.boss.patch(&format!("/api/lines/{}", shop.line), json!({"mode": "all"})).await.expect(200);
        let dialog = shop.writes("Maria", "hello").await;
        shop.route().await;
        let both = json!([shop.anna.operator, shop.ivan.operator]);
        assert_eq!(shop.dialog(&shop.boss, dialog).await["session"]["offered_to"], both);
        let mine = |it: &Value| it["meta"]["counts"]["offered"].as_i64();
        assert_eq!(mine(&shop.ivan.get("/api/dialogs").await.expect(200).json()), Some(1));
        act(&shop.anna, dialog, "skip").await.expect(200);
        assert_eq!(shop.dialog(&shop.boss, dialog).await["session"]["offered_to"], json!([shop.ivan.operator]));
        act(&shop.ivan, dialog, "accept").await.expect(200);
        assert_eq!(act(&shop.anna, dialog, "accept").await.problem().1, "taken");
        assert_eq!(mine(&shop.ivan.get("/api/dialogs").await.expect(200).json()), Some(0));
    }
}

#[tokio::test]
async fn a_dialog_goes_from_hand_to_hand() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        act(&shop.anna, dialog, "accept").await.expect(200);
        assert_eq!(act(&shop.ivan, dialog, "finish").await.problem().1, "not_yours");
        assert_eq!(act(&shop.ivan, dialog, "return").await.problem().1, "not_yours");

        let path = format!("/api/dialogs/{dialog}/transfer");
        let to = |it: Value| shop.anna.post(&path, it);
        assert_eq!(to(json!({})).await.problem().2, "operator_id");
        assert_eq!(to(json!({"operator_id": 999})).await.problem().2, "operator_id");
        assert_eq!(to(json!({"line_id": 999})).await.problem().2, "line_id");
        let stranger = shop.stranger().await;
        assert_eq!(to(json!({"operator_id": stranger.operator})).await.problem().2, "operator_id");
        let given = to(json!({"operator_id": shop.ivan.operator})).await.expect(200).json();
        assert_eq!(state_of(&given["dialog"]), ("active".to_owned(), Some(shop.ivan.operator)));

        act(&shop.anna, dialog, "take_over").await.expect(200);
        act(&shop.anna, dialog, "return").await.expect(200);
        shop.route().await;
        let offered = shop.dialog(&shop.boss, dialog).await["session"]["offered_to"].clone();
        assert_eq!(offered, json!([shop.ivan.operator]), "who gave it back is asked last");
        act(&shop.ivan, dialog, "take_over").await.expect(200);

        let other = shop.office.line("Support", &[stranger.operator]).await;
        let moved = shop.ivan.post(&path, json!({"line_id": other})).await.expect(200).json();
        assert_eq!((state_of(&moved["dialog"]).0.as_str(), &moved["dialog"]["line_id"]), ("waiting", &json!(other)));
        shop.anna.get(&format!("/api/dialogs/{dialog}")).await.expect(404);
        act(&stranger, dialog, "accept").await.expect(200);
        let story = shop.story(dialog).await;
        let expected = [
            "session_opened",
            "lead_created",
            "accepted",
            "transferred",
            "taken_over",
            "returned",
            "offered",
            "accepted",
            "transferred",
            "accepted",
        ];
        assert_eq!(story, expected);
    }
}

#[tokio::test]
async fn finished_is_over_until_reopened_or_until_the_customer_writes() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        assert_eq!(act(&shop.anna, dialog, "reopen").await.problem().1, "session_open");
        act(&shop.anna, dialog, "accept").await.expect(200);
        let closed = act(&shop.anna, dialog, "finish").await.expect(200).json()["dialog"].clone();
        assert_eq!(closed["session"]["closed_by"], json!(shop.anna.operator));
        assert_eq!((closed["waiting_since"].clone(), closed["unread_count"].clone()), (Value::Null, json!(0)));
        for what in ["finish", "return", "accept", "take_over"] {
            assert_eq!(act(&shop.anna, dialog, what).await.problem().1, "session_closed", "{what}");
        }
        let body = json!({"client_id": "x", "kind": "reply", "text": "late"});
        let path = format!("/api/dialogs/{dialog}/messages");
        assert_eq!(shop.anna.post(&path, body).await.problem().1, "session_closed");

        let reopened = act(&shop.ivan, dialog, "reopen").await.expect(200).json()["dialog"].clone();
        assert_eq!(state_of(&reopened), ("active".to_owned(), Some(shop.ivan.operator)));
        assert_eq!(reopened["session"]["reopened"], true);
        assert_eq!(reopened["session"]["number"], closed["session"]["number"]);
        act(&shop.ivan, dialog, "finish").await.expect(200);

        assert_eq!(shop.writes("Maria", "one more thing").await, dialog, "the same dialog");
        let again = shop.dialog(&shop.anna, dialog).await;
        assert_eq!(again["session"]["number"], json!(closed["session"]["number"].as_i64().unwrap() + 1));
        assert_eq!(state_of(&again), ("waiting".to_owned(), None));
        let detail = shop.anna.get(&format!("/api/dialogs/{dialog}")).await.expect(200).json();
        assert_eq!(detail["sessions"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn foreign_dialogs_do_not_exist_for_strangers_and_admins_see_all() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        let stranger = shop.stranger().await;
        for what in ["accept", "skip", "return", "take_over", "finish", "reopen", "unread", "typing"] {
            act(&stranger, dialog, what).await.expect(404);
        }
        for path in ["", "/messages"] {
            stranger.get(&format!("/api/dialogs/{dialog}{path}")).await.expect(404);
        }
        let message = reply(&shop.anna, dialog, "hi").await["id"].clone();
        stranger.patch(&format!("/api/messages/{message}"), json!({"text": "x"})).await.expect(404);
        stranger.delete(&format!("/api/messages/{message}")).await.expect(404);
        stranger.post(&format!("/api/messages/{message}/resend"), json!({})).await.expect(404);
        stranger.put(&format!("/api/dialogs/{dialog}/draft"), json!({"mode": "note", "text": "x"})).await.expect(404);
        let customer = shop.dialog(&shop.boss, dialog).await["customer"]["id"].clone();
        stranger.get(&format!("/api/customers/{customer}")).await.expect(404);
        stranger.patch(&format!("/api/customers/{customer}"), json!({"note": "x"})).await.expect(404);
        assert_eq!(stranger.get("/api/dialogs?view=all").await.expect(200).json()["dialogs"], json!([]));
        assert_eq!(stranger.get("/api/search?q=maria").await.expect(200).json()["dialogs"], json!([]));
        act(&shop.boss, dialog, "take_over").await.expect(200);
        act(&shop.boss, 999.into(), "accept").await.expect(404);
    }
}

#[tokio::test]
async fn who_leaves_work_or_a_line_leaves_no_dialog_behind() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        act(&shop.anna, dialog, "accept").await.expect(200);
        shop.anna.post("/api/me/presence", json!({"status": "off"})).await.expect(409);
        let body = json!({"status": "off", "open_dialogs": "return"});
        shop.anna.post("/api/me/presence", body).await.expect(200);
        shop.route().await;
        assert_eq!(shop.dialog(&shop.boss, dialog).await["session"]["offered_to"], json!([shop.ivan.operator]));

        act(&shop.ivan, dialog, "accept").await.expect(200);
        let queue = json!({"operator_ids": [shop.anna.operator]});
        shop.boss.patch(&format!("/api/lines/{}", shop.line), queue).await.expect(200);
        assert_eq!(state_of(&shop.dialog(&shop.anna, dialog).await), ("waiting".to_owned(), None));
        shop.ivan.get(&format!("/api/dialogs/{dialog}")).await.expect(404);
        shop.route().await;
        assert_eq!(state_of(&shop.dialog(&shop.boss, dialog).await).0, "waiting", "Anna is off");
        shop.anna.post("/api/me/presence", json!({"status": "available"})).await.expect(200);
        shop.route().await;
        assert_eq!(shop.dialog(&shop.anna, dialog).await["session"]["offered_to"], json!([shop.anna.operator]));
        // An offer is withdrawn from who goes for a break.
        shop.anna.post("/api/me/presence", json!({"status": "break"})).await.expect(200);
        shop.route().await;
        assert_eq!(state_of(&shop.dialog(&shop.boss, dialog).await).0, "waiting");
    }
}

#[tokio::test]
async fn the_first_who_accepts_is_responsible_for_the_lead() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        let detail = shop.anna.get(&format!("/api/dialogs/{dialog}")).await.expect(200).json();
        let lead = &detail["lead"];
        assert_eq!(
            (&lead["title"], &lead["stage"], &lead["source"]),
            (&json!("Maria"), &json!("new"), &json!("paper"))
        );
        assert_eq!(lead["responsible_id"], Value::Null);
        act(&shop.ivan, dialog, "accept").await.expect(200);
        act(&shop.anna, dialog, "take_over").await.expect(200);
        let path = format!("/api/leads/{}", lead["id"]);
        let lead = shop.anna.patch(&path, json!({"stage": "won"})).await.expect(200).json()["lead"].clone();
        assert_eq!((&lead["stage"], &lead["responsible_id"]), (&json!("won"), &json!(shop.ivan.operator)));
        let lead = shop.anna.patch(&path, json!({"responsible_id": null})).await.expect(200).json()["lead"].clone();
        assert_eq!((&lead["stage"], &lead["responsible_id"]), (&json!("won"), &Value::Null));
        assert_eq!(shop.anna.patch(&path, json!({"responsible_id": 999})).await.problem().2, "responsible_id");
        assert_eq!(shop.anna.patch(&path, json!({"stage": "lost?"})).await.problem().2, "stage");
        let detail = shop.anna.get(&format!("/api/dialogs/{dialog}")).await.expect(200).json();
        let count = detail["sessions"].as_array().unwrap().len();
        shop.writes("Maria", "more").await;
        assert_eq!(shop.number("SELECT COUNT(*) FROM lead").await, 1);
        assert_eq!(count, 1);
    }
}
