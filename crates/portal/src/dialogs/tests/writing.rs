//! Operators write, change, take back, send again.

use openlines_protocol::{Body, FailureReason};
use serde_json::{Value, json};

use super::{Shop, act, reply};
use crate::client::testing;
use crate::hub_port::HubError;
use crate::test::chat;
use crate::{DialogId, FileId, OperatorId};

async fn delivery(shop: &Shop, dialog: DialogId, id: &Value) -> Value {
    let messages = shop.messages(dialog).await;
    messages.iter().find(|it| it["id"] == *id).unwrap()["delivery"].clone()
}

#[tokio::test]
async fn the_same_client_id_twice_is_one_message() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        act(&shop.anna, dialog, "accept").await.expect(200);
        let path = format!("/api/dialogs/{dialog}/messages");
        let body = json!({"client_id": "one", "kind": "reply", "text": "hi"});
        let (a, b, c) = tokio::join!(
            shop.anna.post(&path, body.clone()),
            shop.anna.post(&path, body.clone()),
            shop.anna.post(&path, body.clone())
        );
        let mut statuses = [a.status.as_u16(), b.status.as_u16(), c.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 201]);
        assert_eq!(a.json()["message"]["id"], c.json()["message"]["id"]);
        assert_eq!(shop.hand_over().await.len(), 1);
    }
}

#[tokio::test]
async fn a_reply_answers_and_a_note_does_not() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        let path = format!("/api/dialogs/{dialog}/messages");
        let note = json!({"client_id": "n", "kind": "note", "text": "ask the boss"});
        shop.ivan.post(&path, note).await.expect(201);
        let row = shop.dialog(&shop.anna, dialog).await;
        assert!(row["waiting_since"].is_string());
        assert_eq!((&row["unread_count"], &row["last_message"]["kind"]), (&json!(1), &json!("note")));
        assert!(shop.hand_over().await.is_empty(), "a note stays here");

        let text = json!({"client_id": "r", "kind": "reply", "text": "hi"});
        assert_eq!(shop.anna.post(&path, text).await.problem().1, "not_yours", "nobody's is not mine");
        act(&shop.ivan, dialog, "accept").await.expect(200);
        let message = reply(&shop.anna, dialog, "hello Maria").await;
        assert_eq!(message["author"], json!({"kind": "operator", "operator_id": shop.anna.operator, "name": "Anna"}));
        let row = shop.dialog(&shop.anna, dialog).await;
        assert_eq!((&row["waiting_since"], &row["unread_count"]), (&Value::Null, &json!(0)));
        assert_eq!(row["session"]["operator_id"], json!(shop.anna.operator), "taken over as agreed");
        assert_eq!(shop.story(dialog).await.last().unwrap(), "taken_over");

        for (body, field) in [
            (json!({"client_id": "", "kind": "reply", "text": "x"}), "client_id"),
            (json!({"client_id": "e", "kind": "reply", "text": "  "}), "text"),
            (json!({"client_id": "e", "kind": "reply", "text": "x".repeat(20_001)}), "text"),
            (json!({"client_id": "e", "kind": "reply", "text": "x", "reply_to": 999}), "reply_to"),
            (json!({"client_id": "e", "kind": "reply", "text": "x", "file_ids": [999]}), "file_ids"),
            (json!({"client_id": "e", "kind": "shout", "text": "x"}), "kind"),
        ] {
            assert_eq!(shop.anna.post(&path, body).await.problem().2, field);
        }
    }
}

#[tokio::test]
async fn uploads_go_with_the_message_by_signed_links() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        let file = upload(&shop, shop.anna.operator).await;
        let foreign = upload(&shop, shop.ivan.operator).await;
        let path = format!("/api/dialogs/{dialog}/messages");
        let with = |files: Value| json!({"client_id": "f", "kind": "reply", "file_ids": files, "take_over": true});
        assert_eq!(shop.anna.post(&path, with(json!([foreign]))).await.problem().2, "file_ids");
        let message = shop.anna.post(&path, with(json!([file]))).await.expect(201).json()["message"].clone();
        assert_eq!(message["files"][0]["name"], "offer.pdf");
        let sent = shop.hand_over().await;
        let file = &sent[0]["message"]["files"][0];
        assert!(file["url"].as_str().unwrap().starts_with("http://desk.test/f/"), "{file}");
        assert_eq!((&file["name"], &file["size"], &file["kind"]), (&json!("offer.pdf"), &json!(5), &json!("file")));
        let again = json!({"client_id": "g", "kind": "reply", "file_ids": [message["files"][0]["id"]]});
        assert_eq!(shop.anna.post(&path, again).await.problem().2, "file_ids", "a file is of one message");
    }
}

async fn upload(shop: &Shop, by: OperatorId) -> FileId {
    let mut tx = shop.office.parts.db.tx("test").await.unwrap();
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO file (name, mime, size, kind, state, uploaded_by, created_at)
         VALUES ('offer.pdf', 'application/pdf', 5, 'file', 'ready', $1, 0) RETURNING id",
    )
    .bind(by.get())
    .fetch_one(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    FileId(id)
}

#[tokio::test]
async fn what_failed_is_sent_again_as_a_new_act() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        let id = reply(&shop.anna, dialog, "hi").await["id"].clone();
        let path = format!("/api/messages/{id}/resend");
        assert_eq!(shop.anna.post(&path, json!({})).await.problem().1, "not_failed");
        let first = shop.hand_over().await[0]["id"].as_str().unwrap().to_owned();
        shop.channel.failed(&shop.office, "Maria", &first, FailureReason::Uncertain).await;
        assert_eq!(delivery(&shop, dialog, &id).await["state"], "uncertain");
        let again = shop.anna.post(&path, json!({})).await.expect(200).json()["message"].clone();
        assert_eq!(again["delivery"], json!({"state": "queued", "reason": null, "text": null}));
        let second = shop.hand_over().await[1]["id"].as_str().unwrap().to_owned();
        assert_ne!(first, second);
        // The channel's late word on the first try changes nothing.
        shop.channel.failed(&shop.office, "Maria", &first, FailureReason::Rejected).await;
        assert_eq!(delivery(&shop, dialog, &id).await["state"], "sent");
        shop.channel.delivered(&shop.office, "Maria", &second, &["x1"]).await;
        assert_eq!(delivery(&shop, dialog, &id).await["state"], "delivered");
        assert_eq!(shop.anna.post(&path, json!({})).await.problem().1, "not_failed");

        let id = reply(&shop.anna, dialog, "bye").await["id"].clone();
        let third = shop.hand_over().await[2]["id"].as_str().unwrap().to_owned();
        shop.channel.failed(&shop.office, "Maria", &third, FailureReason::Unreachable).await;
        assert_eq!(delivery(&shop, dialog, &id).await["reason"], "unreachable");
        let path = format!("/api/messages/{id}/resend");
        assert_eq!(shop.anna.post(&path, json!({})).await.problem().1, "unreachable");
        shop.anna.delete(&format!("/api/messages/{id}")).await.expect(200);
    }
}

#[tokio::test]
async fn the_customer_may_be_told_before_we_know_that_the_hub_has_it() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        let id = reply(&shop.anna, dialog, "hi").await["id"].clone();
        // The hub took it, its answer was lost, the channel's word comes first.
        shop.office.hub.will("sendMessages", Err(HubError::Unreachable("lost".to_owned())));
        assert!(!testing::hand_over(&shop.office.parts).await);
        let act = shop.office.hub.asked("sendMessages")[0]["messages"][0]["id"].as_str().unwrap().to_owned();
        shop.channel.delivered(&shop.office, "Maria", &act, &["x1"]).await;
        shop.channel.happens(&shop.office, Body::Read { chat: chat("Maria"), up_to: None }).await;
        shop.office.hub.forget("sendMessages");
        assert!(testing::hand_over(&shop.office.parts).await);
        assert_eq!(delivery(&shop, dialog, &id).await["state"], "read");
        assert_eq!(shop.office.hub.asked("sendMessages").len(), 1, "it is settled, nothing is sent again");
    }
}

#[tokio::test]
async fn an_edit_follows_the_message_wherever_it_is() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        let id = reply(&shop.anna, dialog, "helo").await["id"].clone();
        let path = format!("/api/messages/{id}");
        let edit = |text: &'static str| shop.anna.patch(&path, json!({"text": text}));
        assert_eq!(shop.ivan.patch(&path, json!({"text": "x"})).await.problem().1, "not_yours");
        assert_eq!(edit("  ").await.problem().2, "text");
        // Still here: the stored act itself is changed, and the customer never sees the slip.
        let message = edit("hello!").await.expect(200).json()["message"].clone();
        assert_eq!((&message["text"], &message["edited_at"]), (&json!("hello!"), &Value::Null));
        let sent = shop.hand_over().await;
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0]["message"]["text"], "hello!");
        // On its way: wait.
        assert_eq!(edit("hello?").await.problem().1, "not_delivered_yet");
        assert_eq!(shop.anna.delete(&path).await.problem().1, "not_delivered_yet");
        shop.channel.delivered(&shop.office, "Maria", sent[0]["id"].as_str().unwrap(), &["x1", "x2"]).await;
        // At the channel: changed there too, and put back if the channel refuses.
        let message = edit("hello, Maria").await.expect(200).json()["message"].clone();
        assert!(message["edited_at"].is_string());
        shop.hand_over().await;
        let act = shop.office.hub.asked("updateMessages")[0]["messages"][0].clone();
        assert_eq!((&act["message_ids"], &act["text"]), (&json!(["x1", "x2"]), &json!("hello, Maria")));
        shop.channel.failed(&shop.office, "Maria", act["id"].as_str().unwrap(), FailureReason::TooLate).await;
        let messages = shop.messages(dialog).await;
        let message = messages.iter().find(|it| it["id"] == id).unwrap();
        assert_eq!((&message["text"], &message["edited_at"]), (&json!("hello!"), &Value::Null));
        assert_eq!(message["delivery"], json!({"state": "delivered", "reason": "too_late", "text": "no"}));

        let deleted = shop.anna.delete(&path).await.expect(200).json()["message"].clone();
        assert!(deleted["deleted_at"].is_string());
        shop.hand_over().await;
        let act = shop.office.hub.asked("deleteMessages")[0]["messages"][0].clone();
        assert_eq!(act["message_ids"], json!(["x1", "x2"]));
        shop.channel.delivered(&shop.office, "Maria", act["id"].as_str().unwrap(), &[]).await;
        shop.anna.delete(&path).await.expect(404);
        assert_eq!(
            shop.anna.get("/api/search?q=hello").await.expect(200).json()["messages"].as_array().unwrap().len(),
            1
        );
    }
}

#[tokio::test]
async fn what_was_not_handed_over_is_simply_withdrawn() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        let id = reply(&shop.anna, dialog, "oops").await["id"].clone();
        shop.anna.delete(&format!("/api/messages/{id}")).await.expect(200);
        let note = json!({"client_id": "n", "kind": "note", "text": "nota"});
        let note = shop.anna.post(&format!("/api/dialogs/{dialog}/messages"), note).await.expect(201).json();
        let path = format!("/api/messages/{}", note["message"]["id"]);
        shop.anna.patch(&path, json!({"text": "note"})).await.expect(200);
        shop.anna.delete(&path).await.expect(200);
        assert!(shop.hand_over().await.is_empty());
        let customers = shop.messages(dialog).await;
        let theirs = customers.iter().find(|it| it["kind"] == "incoming").unwrap();
        shop.boss.delete(&format!("/api/messages/{}", theirs["id"])).await.expect(404);
    }
}

#[tokio::test]
async fn reading_counts_for_the_holder_and_is_told_to_the_customer() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "one").await;
        shop.writes("Maria", "two").await;
        shop.writes("Maria", "three").await;
        act(&shop.anna, dialog, "accept").await.expect(200);
        let messages = shop.messages(dialog).await;
        let ids: Vec<&Value> = messages.iter().filter(|it| it["kind"] == "incoming").map(|it| &it["id"]).collect();
        let read = |by: usize, id: &Value| {
            let by = if by == 0 { &shop.anna } else { &shop.ivan };
            let body = json!({"message_id": id});
            async move { by.post(&format!("/api/dialogs/{dialog}/read"), body).await.expect(204) }
        };
        let unread = || async { shop.dialog(&shop.anna, dialog).await["unread_count"].clone() };
        read(1, ids[2]).await;
        assert_eq!(unread().await, 3, "a look by others takes nothing from the holder's attention");
        read(0, ids[1]).await;
        assert_eq!(unread().await, 1);
        read(0, ids[0]).await;
        assert_eq!(unread().await, 1, "reading does not go back");
        read(0, ids[2]).await;
        assert_eq!(unread().await, 0);
        act(&shop.anna, dialog, "unread").await.expect(204);
        assert_eq!(unread().await, 1);
        act(&shop.anna, dialog, "typing").await.expect(204);
        act(&shop.ivan, dialog, "typing").await.expect(204);
        shop.office.parts.tasks.stop(std::time::Duration::from_secs(10)).await;
        let told = shop.office.hub.asked("sendStatusReading");
        assert_eq!(told.len(), 2);
        assert_eq!(told[1]["messages"][0]["up_to"], "m3");
        assert_eq!(shop.office.hub.asked("sendTyping").len(), 1, "only the holder types to the customer");
    }
}

#[tokio::test]
async fn drafts_wait_on_other_devices_and_go_with_the_message() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        let path = format!("/api/dialogs/{dialog}/draft");
        let drafts = |it: &'static str| {
            let by = if it == "Anna" { &shop.anna } else { &shop.ivan };
            async move { by.get(&format!("/api/dialogs/{dialog}")).await.expect(200).json()["drafts"].clone() }
        };
        shop.anna.put(&path, json!({"mode": "reply", "text": "Dear Mar"})).await.expect(204);
        shop.anna.put(&path, json!({"mode": "note", "text": "rich"})).await.expect(204);
        shop.anna.put(&path, json!({"mode": "reply", "text": "Dear Maria"})).await.expect(204);
        assert_eq!(drafts("Anna").await, json!({"reply": "Dear Maria", "note": "rich"}));
        assert_eq!(drafts("Ivan").await, json!({"reply": "", "note": ""}));
        reply(&shop.anna, dialog, "Dear Maria!").await;
        assert_eq!(drafts("Anna").await, json!({"reply": "", "note": "rich"}));
        shop.anna.put(&path, json!({"mode": "note", "text": ""})).await.expect(204);
        assert_eq!(drafts("Anna").await, json!({"reply": "", "note": ""}));
        let long = "x".repeat(20_001);
        assert_eq!(shop.anna.put(&path, json!({"mode": "note", "text": long})).await.problem().2, "text");
    }
}
