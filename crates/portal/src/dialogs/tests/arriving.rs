//! What customers do.

use openlines_protocol::{Body, Button, Contact, File, FileKind, Message, ReplyTo, User};
use serde_json::{Value, json};

use super::{Shop, act, reply};
use crate::test::{chat, picture, user};

fn message(shop: &Shop, id: &str, text: &str) -> Message {
    let date = shop.office.parts.clock.now();
    Message { id: id.to_owned(), date, text: text.to_owned(), ..Message::default() }
}

async fn comes(shop: &Shop, who: &str, message: Message) {
    let body = Body::MessageNew { user: user(who), chat: chat(who), message };
    shop.channel.happens(&shop.office, body).await;
}

fn incoming(messages: &[Value]) -> Vec<&Value> {
    messages.iter().filter(|it| it["kind"] == "incoming").collect()
}

#[tokio::test]
async fn parts_of_an_album_are_one_message_with_many_files() {
    for shop in Shop::on_each_engine().await {
        for (n, text) in ["", "Our cat", ""].into_iter().enumerate() {
            let album = Message {
                album: Some("album 1".to_owned()),
                files: vec![picture(&format!("{n}.png"))],
                ..message(&shop, &format!("a{n}"), text)
            };
            comes(&shop, "Maria", album.clone()).await;
            comes(&shop, "Maria", album).await;
        }
        comes(&shop, "Maria", message(&shop, "b", "done")).await;
        let dialog = shop.channel.dialog_of(&shop.office, "Maria").await;
        let messages = shop.messages(dialog).await;
        let incoming = incoming(&messages);
        assert_eq!(incoming.len(), 2);
        assert_eq!(incoming[0]["text"], "Our cat");
        let files: Vec<&str> =
            incoming[0]["files"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(files, ["0.png", "1.png", "2.png"]);
        assert_eq!(shop.dialog(&shop.boss, dialog).await["unread_count"], 2);
        let found = shop.boss.get("/api/search?q=CAT").await.expect(200).json();
        assert_eq!(found["messages"][0]["message_id"], incoming[0]["id"]);
        // A deletion may name any of its parts.
        let deleted = Body::MessageDeleted { chat: chat("Maria"), message_ids: vec!["a2".to_owned()] };
        shop.channel.happens(&shop.office, deleted).await;
        assert!(
            shop.messages(dialog).await.iter().any(|it| it["id"] == incoming[0]["id"] && it["deleted_at"].is_string())
        );
        let found = shop.boss.get("/api/search?q=cat").await.expect(200).json();
        assert_eq!(found["messages"], json!([]));
    }
}

#[tokio::test]
async fn a_message_keeps_all_that_it_brought() {
    for shop in Shop::on_each_engine().await {
        comes(&shop, "Maria", message(&shop, "m1", "first")).await;
        let too_big = File { url: None, name: "../film.mp4".to_owned(), kind: FileKind::Video, ..picture("x") };
        let rich = Message {
            files: vec![picture("cat.png"), too_big],
            reply_to: Some(ReplyTo { message_id: "m1".to_owned(), quote: None }),
            contact: Some(Contact {
                name: "Maria".to_owned(),
                phone: Some("+7 916 123-45-67".to_owned()),
                own: true,
                vcard: None,
            }),
            buttons: vec![vec![Button { text: "Yes".to_owned(), data: Some("y".to_owned()), url: None }]],
            start_payload: Some("promo".to_owned()),
            ..message(&shop, "m2", "[b]bold[/b]")
        };
        comes(&shop, "Maria", rich).await;
        let dialog = shop.channel.dialog_of(&shop.office, "Maria").await;
        let messages = shop.messages(dialog).await;
        let got = incoming(&messages)[1];
        assert_eq!(got["reply_to"]["preview"], "first");
        assert_eq!(got["reply_to"]["author"], "Maria");
        assert_eq!((&got["files"][0]["state"], &got["files"][0]["url"]), (&json!("loading"), &Value::Null));
        assert_eq!((&got["files"][1]["state"], &got["files"][1]["name"]), (&json!("too_big"), &json!("film.mp4")));
        assert_eq!(got["buttons"], json!([[{"text": "Yes", "url": null}]]));
        assert_eq!(got["author"]["name"], "Maria");
        assert!(shop.story(dialog).await.contains(&"opened_by_link".to_owned()));
        let row = shop.dialog(&shop.boss, dialog).await;
        assert_eq!((&row["last_message"]["preview"], &row["last_message"]["files"]), (&json!("bold"), &json!(2)));
        // The own contact card fills in the phone, and the dialog is found by it however it is typed.
        let customer = shop.boss.get(&format!("/api/customers/{}", row["customer"]["id"])).await.expect(200).json();
        assert_eq!(customer["customer"]["phone"], "+7 916 123-45-67");
        for query in ["89161234567", "%2B7%20(916)%20123", "мАРИ", "maria"] {
            let found = shop.boss.get(&format!("/api/search?q={query}")).await.expect(200).json();
            let expected = if query == "мАРИ" { 0 } else { 1 };
            assert_eq!(found["dialogs"].as_array().unwrap().len(), expected, "{query}");
        }
        // Pressing the button is a message that says which.
        let pressed = Body::Callback {
            user: user("Maria"),
            chat: chat("Maria"),
            message_id: Some("m2".to_owned()),
            data: "y".to_owned(),
        };
        shop.channel.happens(&shop.office, pressed).await;
        let messages = shop.messages(dialog).await;
        assert_eq!(incoming(&messages).last().unwrap()["text"], "Pressed: Yes");
    }
}

#[tokio::test]
async fn edits_deletions_and_reactions_find_their_message() {
    for shop in Shop::on_each_engine().await {
        comes(&shop, "Maria", message(&shop, "m1", "helo")).await;
        let dialog = shop.channel.dialog_of(&shop.office, "Maria").await;
        let edited = |id: &str, text: &str| Body::MessageEdited {
            user: user("Maria"),
            chat: chat("Maria"),
            message: message(&shop, id, text),
        };
        shop.channel.happens(&shop.office, edited("m1", "hello")).await;
        shop.channel.happens(&shop.office, edited("m0", "written before you came")).await;
        let reaction = |added: &[&str], removed: &[&str]| Body::Reaction {
            user: user("Maria"),
            chat: chat("Maria"),
            message_id: "m1".to_owned(),
            added: added.iter().map(|it| (*it).to_owned()).collect(),
            removed: removed.iter().map(|it| (*it).to_owned()).collect(),
        };
        shop.channel.happens(&shop.office, reaction(&["👍", "❤"], &[])).await;
        shop.channel.happens(&shop.office, reaction(&[], &["👍"])).await;
        let messages = shop.messages(dialog).await;
        let got = incoming(&messages);
        assert_eq!(got.len(), 2);
        assert_eq!((&got[0]["text"], &got[0]["reactions"]), (&json!("hello"), &json!(["❤"])));
        assert!(got[0]["edited_at"].is_string() && got[1]["edited_at"].is_string());
        assert_eq!(got[1]["text"], "written before you came");
        let deleted = Body::MessageDeleted { chat: chat("Maria"), message_ids: vec!["m1".to_owned(), "??".to_owned()] };
        shop.channel.happens(&shop.office, deleted).await;
        let messages = shop.messages(dialog).await;
        assert!(incoming(&messages)[0]["deleted_at"].is_string());
        assert_eq!(shop.number("SELECT COUNT(*) FROM session").await, 1);
    }
}

#[tokio::test]
async fn who_blocks_us_is_unreachable_until_they_come_back() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        act(&shop.anna, dialog, "accept").await.expect(200);
        let blocked = Body::Unsubscribed { user: user("Maria"), chat: chat("Maria") };
        shop.channel.happens(&shop.office, blocked.clone()).await;
        shop.channel.happens(&shop.office, blocked).await;
        assert_eq!(shop.dialog(&shop.anna, dialog).await["reachable"], false);
        let body = json!({"client_id": "x", "kind": "reply", "text": "hi"});
        let path = format!("/api/dialogs/{dialog}/messages");
        assert_eq!(shop.anna.post(&path, body.clone()).await.problem().1, "unreachable");
        let note = json!({"client_id": "n", "kind": "note", "text": "blocked us"});
        shop.anna.post(&path, note).await.expect(201);
        let back = Body::Subscribed { user: user("Maria"), chat: chat("Maria") };
        shop.channel.happens(&shop.office, back).await;
        shop.anna.post(&path, body).await.expect(201);
        let story = shop.story(dialog).await;
        assert_eq!(story.iter().filter(|it| *it == "unreachable").count(), 1);
        assert_eq!(story.iter().filter(|it| *it == "reachable").count(), 1);
        // Nobody known: nothing to do.
        shop.channel.happens(&shop.office, Body::Subscribed { user: user("New"), chat: chat("New") }).await;
        assert_eq!(shop.number("SELECT COUNT(*) FROM dialog").await, 1);
    }
}

#[tokio::test]
async fn what_the_channel_tells_of_a_person_is_kept_until_staff_know_better() {
    for shop in Shop::on_each_engine().await {
        let tells = |name: &str, language: &str| Body::MessageNew {
            user: User {
                name: name.to_owned(),
                language: Some(language.to_owned()),
                picture: Some(format!("http://files.test/{name}.jpg?sig={language}")),
                login: Some("maria_k".to_owned()),
                ..user("Maria")
            },
            chat: chat("Maria"),
            message: message(&shop, &format!("m {name} {language}"), "hello"),
        };
        shop.channel.happens(&shop.office, tells("Maria", "en")).await;
        let dialog = shop.channel.dialog_of(&shop.office, "Maria").await;
        let customer = shop.dialog(&shop.boss, dialog).await["customer"]["id"].clone();
        let path = format!("/api/customers/{customer}");
        shop.channel.happens(&shop.office, tells("Мария Ким", "ru")).await;
        let card = shop.anna.get(&path).await.expect(200).json()["customer"].clone();
        assert_eq!((&card["name"], &card["language"]), (&json!("Мария Ким"), &json!("ru")));
        assert_eq!(card["identities"][0]["login"], "maria_k");
        assert_eq!(
            shop.number("SELECT COUNT(*) FROM file").await,
            2,
            "a photo for each address, not for each signature"
        );
        let found = shop.anna.get("/api/search?q=%D0%BA%D0%B8%D0%BC").await.expect(200).json();
        assert_eq!(found["dialogs"][0]["id"], json!(dialog));

        let before = card["version"].as_i64().unwrap();
        let changed = json!({"name": "VIP Maria", "phone": "+7 1", "email": "M@Shop.Test", "note": "likes tea"});
        let card = shop.anna.patch(&path, changed).await.expect(200).json()["customer"].clone();
        assert!(card["version"].as_i64().unwrap() > before);
        assert_eq!(card["email"], "m@shop.test");
        shop.channel.happens(&shop.office, tells("Masha", "ru")).await;
        let card = shop.anna.get(&path).await.expect(200).json()["customer"].clone();
        assert_eq!((&card["name"], &card["phone"]), (&json!("VIP Maria"), &json!("+7 1")));
        let cleared = shop.anna.patch(&path, json!({"phone": "", "email": ""})).await.expect(200).json();
        assert_eq!((&cleared["customer"]["phone"], &cleared["customer"]["email"]), (&Value::Null, &Value::Null));
        for (field, value) in [("phone", "call me"), ("email", "nobody"), ("name", " ")] {
            assert_eq!(shop.anna.patch(&path, json!({field: value})).await.problem().2, field);
        }
        assert_eq!(shop.anna.patch(&path, json!({"height": 1})).await.problem().2, "height");
    }
}

#[tokio::test]
async fn greetings_and_closing_texts_speak_the_customers_language() {
    for shop in Shop::on_each_engine().await {
        let texts = json!({
            "greeting": {"enabled": true, "when": "first",
                "texts": {"ru": "Здравствуйте, {customer_name}!", "en": "Hello {customer_name}, this is {company_name}."}},
            "closing": {"enabled": true, "texts": {"ru": "Пока!", "en": "{operator_name} says bye."}},
        });
        shop.boss.patch(&format!("/api/lines/{}", shop.line), texts).await.expect(200);
        let dialog = shop.writes("Ma[b]ria", "hello").await;
        act(&shop.anna, dialog, "accept").await.expect(200);
        act(&shop.anna, dialog, "finish").await.expect(200);
        shop.writes("Ma[b]ria", "again").await;
        let first = |it: &Value| it["message"]["text"].as_str().unwrap().to_owned();
        let sent: Vec<String> = shop.hand_over().await.iter().map(first).collect();
        assert_eq!(sent, ["Hello Ma[[]b]ria, this is Shop.", "Anna says bye."], "only at the first session");
        let row = shop.dialog(&shop.boss, dialog).await;
        assert_eq!(row["last_message"]["preview"], "again", "automatic texts do not hide the customer's words");
        assert!(row["waiting_since"].is_string(), "and answer nothing");
        // One that was never served gets no goodbye.
        let waiting = shop.writes("Bob", "spam").await;
        act(&shop.anna, waiting, "finish").await.expect(200);
        assert!(!shop.hand_over().await.iter().map(first).any(|it| it.contains("Bob") && it.contains("bye")));
    }
}

#[tokio::test]
async fn a_connection_taken_elsewhere_is_told_in_open_dialogs() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        act(&shop.anna, dialog, "accept").await.expect(200);
        let now = shop.office.parts.clock.now();
        shop.channel.happens(&shop.office, Body::Dropped { count: 3, from: now, to: now }).await;
        let taken = Body::Deactivated { by_same_site: false, taken_by_line: None };
        shop.channel.happens(&shop.office, taken).await;
        let story = shop.story(dialog).await;
        assert_eq!(story[story.len() - 2..], ["messages_lost", "connection_lost"]);
        let connections = shop.anna.get("/api/connections").await.expect(200).json();
        assert_eq!(connections["connections"][0]["state"], "displaced");
        let body = json!({"client_id": "x", "kind": "reply", "text": "hi"});
        let path = format!("/api/dialogs/{dialog}/messages");
        assert_eq!(shop.anna.post(&path, body).await.problem().1, "connection_gone");
    }
}

#[tokio::test]
async fn a_moved_chat_is_the_same_dialog() {
    for shop in Shop::on_each_engine().await {
        let dialog = shop.writes("Maria", "hello").await;
        reply(&shop.anna, dialog, "before").await;
        let moved = Body::ChatMoved { chat: chat("Maria"), to: "chat Other".to_owned() };
        shop.channel.happens(&shop.office, moved).await;
        let body =
            Body::MessageNew { user: user("Maria"), chat: chat("Other"), message: message(&shop, "m2", "moved") };
        shop.channel.happens(&shop.office, body).await;
        assert_eq!(shop.number("SELECT COUNT(*) FROM dialog").await, 1);
        assert_eq!(shop.hand_over().await[0]["chat"]["id"], "chat Other", "also for what was written before");
        let messages = shop.messages(dialog).await;
        assert_eq!(incoming(&messages).len(), 2);
    }
}

#[tokio::test]
async fn in_a_group_each_writer_is_named() {
    for shop in Shop::on_each_engine().await {
        for (n, who) in ["Maria", "Bob"].into_iter().enumerate() {
            let body = Body::MessageNew {
                user: user(who),
                chat: chat("group"),
                message: message(&shop, &n.to_string(), "hello"),
            };
            shop.channel.happens(&shop.office, body).await;
        }
        let dialog = shop.channel.dialog_of(&shop.office, "group").await;
        let messages = shop.messages(dialog).await;
        let names: Vec<&Value> = incoming(&messages).into_iter().map(|it| &it["author"]["name"]).collect();
        assert_eq!(names, ["Maria", "Bob"]);
        assert_eq!(shop.number("SELECT COUNT(*) FROM dialog").await, 1);
    }
}
