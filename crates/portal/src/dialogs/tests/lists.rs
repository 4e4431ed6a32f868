//! Lists, counters, pages of messages, search, the lines' own settings.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Shop, act, reply};

fn ids(list: &Value) -> Vec<i64> {
    list["dialogs"].as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn each_view_shows_and_counts_its_own() {
    for shop in Shop::on_each_engine().await {
        let mut dialogs = Vec::new();
        for n in 0..6 {
            dialogs.push(shop.writes(&format!("Customer {n}"), "hello").await.get());
            shop.office.clock.advance(Duration::from_secs(1)).await;
        }
        act(&shop.anna, dialogs[0].into(), "accept").await.expect(200);
        act(&shop.ivan, dialogs[1].into(), "accept").await.expect(200);
        act(&shop.ivan, dialogs[2].into(), "accept").await.expect(200);
        act(&shop.ivan, dialogs[2].into(), "finish").await.expect(200);
        shop.boss.patch(&format!("/api/lines/{}", shop.line), json!({"capacity": 2})).await.expect(200);
        shop.route().await;
        let list = |query: String| {
            let anna = &shop.anna;
            async move { anna.get(&format!("/api/dialogs?{query}")).await.expect(200).json() }
        };
        let mine = list("view=mine".to_owned()).await;
        assert_eq!(mine["meta"]["counts"], json!({"mine": 2, "waiting": 3, "all": 5, "finished": 1, "offered": 1}));
        assert!(mine["meta"]["seq"].as_i64().unwrap() > 0);
        assert_eq!(ids(&mine).len(), 2);
        assert!(ids(&mine).contains(&dialogs[0]));
        assert_eq!(ids(&list("view=waiting".to_owned()).await), [dialogs[3], dialogs[4], dialogs[5]]);
        assert_eq!(ids(&list("view=finished".to_owned()).await), [dialogs[2]]);
        let all = list("view=all&sort=activity".to_owned()).await;
        assert_eq!(ids(&all), [dialogs[5], dialogs[4], dialogs[3], dialogs[1], dialogs[0]]);
        reply(&shop.anna, dialogs[0].into(), "hi").await;
        assert_eq!(ids(&list("view=all&sort=activity".to_owned()).await)[0], dialogs[0]);
        let unanswered = list("view=all&sort=waiting&unanswered=true".to_owned()).await;
        assert_eq!(ids(&unanswered), [dialogs[1], dialogs[3], dialogs[4], dialogs[5]]);
        assert_eq!(ids(&list("view=all&sort=waiting".to_owned()).await)[4], dialogs[0], "the answered one is last");
        assert_eq!(ids(&list(format!("view=all&operator={}", shop.ivan.operator)).await), [dialogs[1]]);
        assert_eq!(ids(&list(format!("view=all&line={}&channel=paper", shop.line)).await).len(), 5);
        assert_eq!(ids(&list("view=all&channel=other".to_owned()).await).len(), 0);
        // Pages meet without a gap, in both orders.
        for sort in ["activity", "waiting"] {
            let whole = ids(&list(format!("view=all&sort={sort}")).await);
            let mut paged = Vec::new();
            let mut cursor = String::new();
            loop {
                let page = list(format!("view=all&sort={sort}&limit=2{cursor}")).await;
                paged.extend(ids(&page));
                match page["meta"]["next"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(paged, whole, "{sort}");
        }
        for query in ["view=none", "cursor=x", "limit=many", "colour=red"] {
            shop.anna.get(&format!("/api/dialogs?{query}")).await.expect(400);
        }
    }
}

#[tokio::test]
async fn pages_of_messages_meet_without_a_gap() {
    for shop in Shop::on_each_engine().await {
        let mut dialog = shop.writes("Maria", "0").await;
        for n in 1..9 {
            dialog = shop.writes("Maria", &n.to_string()).await;
        }
        let all: Vec<i64> = shop.messages(dialog).await.iter().map(|it| it["id"].as_i64().unwrap()).collect();
        assert_eq!(all.len(), 11);
        let page = |query: String| {
            let anna = &shop.anna;
            async move {
                let page = anna.get(&format!("/api/dialogs/{dialog}/messages?{query}")).await.expect(200).json();
                let ids: Vec<i64> =
                    page["messages"].as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect();
                let more =
                    (page["meta"]["more_before"].as_bool().unwrap(), page["meta"]["more_after"].as_bool().unwrap());
                (ids, more)
            }
        };
        assert_eq!(page("limit=4".to_owned()).await, (all[7..].to_vec(), (true, false)));
        assert_eq!(page(format!("limit=4&before={}", all[7])).await, (all[3..7].to_vec(), (true, true)));
        assert_eq!(page(format!("limit=4&before={}", all[3])).await, (all[..3].to_vec(), (false, true)));
        assert_eq!(page(format!("limit=4&after={}", all[7])).await, (all[8..].to_vec(), (true, false)));
        assert_eq!(page(format!("limit=4&around={}", all[5])).await, (all[3..7].to_vec(), (true, true)));
        let path = format!("/api/dialogs/{dialog}/messages?before=1&after=2");
        assert_eq!(shop.anna.get(&path).await.problem().2, "before");
    }
}

#[tokio::test]
async fn search_folds_and_shows_only_what_is_ours() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Пётр", "Где мой ЗАКАЗ номер 12-34?").await;
        let elsewhere = shop.stranger().await;
        for (query, found) in [
            ("%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7", true),
            ("%D0%97%D0%90%D0%9A%D0%90%D0%97%20%D0%BC%D0%BE%D0%B9", true),
            ("%D0%B7%D0%B0%D0%BA%20%D0%BD%D0%B5%D1%82", false),
            ("12-34", true),
            ("%22%27%3B--%20OR%20*", false),
            ("", false),
        ] {
            let result = shop.anna.get(&format!("/api/search?q={query}")).await.expect(200).json();
            assert_eq!(result["messages"].as_array().unwrap().len(), usize::from(found), "{query}");
            let result = elsewhere.get(&format!("/api/search?q={query}")).await.expect(200).json();
            assert_eq!(result["messages"], json!([]), "{query}");
        }
        for query in ["%D0%BF%D0%B5%D1%82%D1%80", "%D0%9F%D0%81%D0%A2%D0%A0", "%231"] {
            let result = shop.anna.get(&format!("/api/search?q={query}")).await.expect(200).json();
            assert_eq!(result["dialogs"][0]["id"], json!(dialog), "{query}");
            assert_eq!(elsewhere.get(&format!("/api/search?q={query}")).await.expect(200).json()["dialogs"], json!([]));
        }
        let hit = shop.anna.get("/api/search?q=%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7&limit=1").await.expect(200).json();
        assert_eq!(hit["messages"][0]["snippet"], "Где мой ЗАКАЗ номер 12-34?");
        assert_eq!(hit["messages"][0]["author"], "Пётр");
        assert_eq!(shop.anna.get("/api/search").await.problem().2, "q");
    }
}

#[tokio::test]
async fn lines_are_made_changed_and_deleted_by_admins() {
    for shop in Shop::on_each_engine().await {
        shop.anna.post("/api/lines", json!({"name": "x"})).await.expect(403);
        let body =
            json!({"name": " Support ", "mode": "all", "operator_ids": [shop.ivan.operator, shop.anna.operator]});
        let line = shop.boss.post("/api/lines", body).await.expect(201).json()["line"].clone();
        assert_eq!((&line["name"], &line["language"], &line["on_line"]), (&json!("Support"), &json!("en"), &json!(2)));
        assert_eq!(line["greeting"], json!({"enabled": false, "when": "each", "texts": {"ru": "", "en": ""}}));
        assert_eq!(line["closing"], json!({"enabled": false, "texts": {"ru": "", "en": ""}}));
        let path = format!("/api/lines/{}", line["id"]);
        let queue = json!({"operator_ids": [shop.anna.operator, shop.ivan.operator]});
        let changed = shop.boss.patch(&path, queue.clone()).await.expect(200).json()["line"].clone();
        assert_eq!(changed["operator_ids"], queue["operator_ids"]);
        assert!(changed["version"].as_i64() > line["version"].as_i64());
        for (body, field) in [
            (json!({"name": " "}), "name"),
            (json!({"accept_time_s": 5}), "accept_time_s"),
            (json!({"capacity": 101}), "capacity"),
            (json!({"mode": "randomly"}), "mode"),
            (json!({"operator_ids": [999]}), "operator_ids"),
            (json!({"operator_ids": [shop.anna.operator, shop.anna.operator]}), "operator_ids"),
            (json!({"greeting": {"enabled": true, "texts": {"en": "Hi {name}"}}}), "greeting.texts"),
            (json!({"closing": {"enabled": true, "texts": {"en": ""}}}), "closing.texts"),
            (json!({"closing": {"enabled": true, "when": "first", "texts": {"en": "Bye"}}}), "closing.when"),
            (json!({"hours": 1}), "hours"),
        ] {
            assert_eq!(shop.boss.patch(&path, body.clone()).await.problem().2, field, "{body}");
        }
        assert_eq!(shop.boss.post("/api/lines", json!({})).await.problem().2, "name");
        shop.boss.patch("/api/lines/999", json!({"name": "x"})).await.expect(404);
        shop.writes("Maria", "hello").await;
        let busy = format!("/api/lines/{}", shop.line);
        assert_eq!(shop.anna.get(&busy).await.expect(200).json()["line"]["waiting"], 1);
        assert_eq!(shop.boss.delete(&busy).await.problem().1, "line_in_use");
        shop.boss.delete(&path).await.expect(204);
        shop.boss.get(&path).await.expect(404);
        assert_eq!(shop.anna.get("/api/lines").await.expect(200).json()["lines"].as_array().unwrap().len(), 1);
    }
}
