//! The people talk, and the same way each time.

use std::collections::BTreeSet;

use openlines_base::{Clock as _, HOUR, SECOND};
use serde_json::{Value, json};

use super::*;
use crate::telegram::methods::{self, Ask};
use crate::{FakeTelegram, TestClock};

/// An operator who answers everybody after some seconds, for `hours`. What people wrote, with the time.
async fn day(seed: u64, answers: &[&str], hours: u32) -> Vec<(i64, Value)> {
    let clock = TestClock::new();
    let telegram = FakeTelegram::start(Arc::new(clock.clone())).await;
    let bot = telegram.bot().clone();
    telegram.start_talking(&Talk { seed, ..Talk::default() });
    assert_eq!(bot.pending(), 0, "nobody talks to a bot that is not connected");
    bot.is_taken_by("http://127.0.0.1:9/");
    let end = clock.now() + HOUR * hours;
    let mut heard = Vec::new();
    let mut spoken = 0;
    while clock.now() < end {
        clock.advance(10 * SECOND).await;
        let updates: Vec<Value> = {
            let mut world = bot.shared().lock();
            let bot = world.bots.get_mut(&bot.id()).expect("is there");
            bot.updates.drain(..).map(|it| it.body).collect()
        };
        for update in &updates {
            let message = &update["message"];
            if let (Some(chat_id), false) = (message["chat"]["id"].as_i64(), answers.is_empty()) {
                let text = answers[spoken % answers.len()];
                spoken += 1;
                let params = json!({ "chat_id": chat_id, "text": text });
                let ask = Ask { method: "sendMessage", params: &params, files: vec![], now: clock.now() };
                methods::call(&mut bot.shared().lock(), bot.id(), ask).expect("the chat is open");
            }
            heard.push((clock.now().s(), update.clone()));
        }
        bot.shared().tell();
    }
    telegram.forgive();
    telegram.finish().await;
    heard
}

#[tokio::test]
async fn everybody_talks_in_every_way_and_answers_what_is_asked() {
    let answers = [
        "Здравствуйте! Какой у вас номер заказа? What is your order number?",
        "Да, есть. Yes, sure",
        "Замена. Replace",
    ];
    let heard = day(1, &answers, 3).await;
    let messages: Vec<&Value> = heard.iter().map(|it| &it.1["message"]).collect();
    let people: BTreeSet<_> = messages.iter().filter_map(|it| it["from"]["id"].as_i64()).collect();
    assert_eq!(people.len(), Talk::PEOPLE_MAX);
    for kind in ["text", "photo", "voice", "sticker", "document", "video", "media_group_id", "location"] {
        assert!(messages.iter().any(|it| it.get(kind).is_some()), "nobody sent {kind}");
    }
    assert!(messages.iter().any(|it| it["text"] == "Заказ 1042, от вторника"), "a fact is told when asked");
    assert!(heard.iter().any(|it| it.1.get("edited_message").is_some()), "somebody corrects a typo");
    let first: Vec<_> =
        heard.iter().take(6).filter_map(|it| it.1["message"]["from"]["language_code"].as_str()).collect();
    assert!(first.contains(&"ru") && first.contains(&"en"), "both languages from the start: {first:?}");
}

#[tokio::test]
async fn equal_seeds_give_equal_talks() {
    let essence = |heard: Vec<(i64, Value)>| -> Vec<(i64, Value)> {
        heard.into_iter().map(|(at, it)| (at, it["message"]["text"].clone())).collect()
    };
    let (one, two, other) = (day(5, &["ok"], 1).await, day(5, &["ok"], 1).await, day(6, &["ok"], 1).await);
    let (one, two, other) = (essence(one), essence(two), essence(other));
    assert_eq!(one, two);
    assert_ne!(one, other);
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let heard = day(2, &[], 2).await;
    let says = |text: &str| heard.iter().filter(|it| it.1["message"]["text"] == text).count();
    assert!(says("Подскажите, вы тут?") >= 1);
    assert!(says("Ладно, напишу позже") >= 1);
    assert!(heard.len() < 400, "people do not flood: {}", heard.len());
}
