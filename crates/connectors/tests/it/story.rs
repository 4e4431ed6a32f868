//! The connector and the fake Telegram talk to each other over real sockets.

use openlines_base::{HOUR, Secret};
use openlines_connectors::{AttachError, Health, Inbound, Incoming, Refusal};
use openlines_protocol::{Action, Body, Button, FailureReason, FileKind, OutgoingFile, OutgoingMessage};
use openlines_testkit::telegram::{Fault, media};
use serde_json::json;

use crate::world::{World, telegram};

fn send(text: &str) -> OutgoingMessage {
    OutgoingMessage { text: text.to_owned(), ..OutgoingMessage::default() }
}

fn file(world: &World, name: &str, mime: &str, kind: FileKind) -> OutgoingFile {
    OutgoingFile {
        url: format!("{}/f/{name}", world.url),
        name: name.to_owned(),
        mime: mime.to_owned(),
        size: 10_000,
        kind,
    }
}

async fn connected() -> World {
    let world = World::start().await;
    let attached = world.attach().await.expect("the token is good");
    assert_eq!(attached.inbound, Inbound::Webhook);
    world
}

#[tokio::test]
async fn attaching_sets_the_webhook_and_detaching_takes_it_away() {
    let world = World::start().await;
    let attached = world.attach().await.expect("the token is good");
    let bot = world.telegram.bot();
    assert_eq!(attached.identity, format!("telegram:{}", bot.id()));
    assert_eq!(attached.title, "Shop support");
    assert_eq!(attached.url, Some(format!("https://t.me/{}", bot.username())));
    assert_eq!(bot.webhook_url(), Some(format!("{}/in?line=7c1f", world.url)));
    assert_eq!(bot.calls_of("setWebhook")[0].params["secret_token"], "a-fresh-secret-of-the-webhook");

    let connection = world.connection.lock().await.clone();
    assert_eq!(telegram().check(&world.wire, &connection).await, Ok(Health::Good));
    bot.is_taken_by("https://thief.example/secret/path");
    let Ok(Health::Taken(words)) = telegram().check(&world.wire, &connection).await else { panic!("it was taken") };
    assert!(words.contains("thief.example") && !words.contains("secret"), "{words}");
    telegram().detach(&world.wire, &connection).await.expect("Telegram answers");
    assert!(bot.webhook_url().is_some(), "the webhook of somebody else stays");

    let Err(AttachError::Confirm { used_by }) = world.attach().await else { panic!("somebody else has the bot") };
    assert_eq!(used_by, "thief.example");
    world.connection.lock().await.take_over = true;
    world.attach().await.expect("the admin agreed");
    let connection = world.connection.lock().await.clone();
    telegram().detach(&world.wire, &connection).await.expect("Telegram answers");
    assert_eq!(bot.webhook_url(), None);
    world.finish().await;
}

#[tokio::test]
async fn a_wrong_token_is_told_at_its_field() {
    let world = World::start().await;
    let good = world.telegram.token();
    for token in ["", "hello", "7000000001:short", "7000000009:AAFake_0000-token-of-a-fake-bot_7000000001"] {
        world.connection.lock().await.settings.insert("token".to_owned(), Secret::new(token.to_owned()));
        let Err(error @ AttachError::Field { name: "token", .. }) = world.attach().await else { panic!("{token}") };
        assert!(token.is_empty() || !error.to_string().contains(token), "the token is not repeated");
    }
    // With the blanks and quotes that come along from a chat.
    let quoted = Secret::new(format!(" “{good}”\n"));
    world.connection.lock().await.settings.insert("token".to_owned(), quoted);
    world.attach().await.expect("the token is good");

    world.telegram.bot().revoke();
    let connection = world.connection.lock().await.clone();
    assert!(matches!(telegram().check(&world.wire, &connection).await, Err(Refusal::Revoked { .. })));
    assert!(matches!(world.act(1, Action::Typing).await, Err(Refusal::Revoked { .. })));
    world.finish().await;
}

#[tokio::test]
async fn every_kind_of_message_arrives_with_its_files() {
    let world = connected().await;
    let anna = world.telegram.customer("Anna");
    anna.starts("lead_42").await;
    assert_eq!(world.message().await.start_payload.as_deref(), Some("lead_42"));
    let first = anna.writes("Привет [b]!").await;
    assert_eq!(world.message().await.text, "Привет [[]b]!");
    anna.replies(first, "ещё").await;
    assert_eq!(world.message().await.reply_to.map(|it| it.message_id), Some(first.to_string()));
    anna.forwards("Boss", "do it").await;
    assert_eq!(world.message().await.forwarded.map(|it| it.from).as_deref(), Some("Boss"));

    anna.sends_photo(media::PHOTO_MUG, "broken").await;
    anna.sends_voice(media::VOICE_4S).await;
    anna.sends_video("look").await;
    anna.sends_video_note().await;
    anna.sends_sticker(media::STICKER_HEART, "❤️").await;
    anna.sends_document(media::INVOICE, "Счёт.pdf", "").await;
    for (kind, name, text, asset) in [
        (FileKind::Image, "photo_", "broken", media::PHOTO_MUG),
        (FileKind::Voice, "voice.ogg", "", media::VOICE_4S),
        (FileKind::Video, "video.mp4", "look", media::VIDEO),
        (FileKind::Video, "video_note_", "", media::VIDEO_ROUND),
        (FileKind::Sticker, "sticker_", "❤️", media::STICKER_HEART),
        (FileKind::File, "Счёт.pdf", "", media::INVOICE),
    ] {
        let message = world.message().await;
        let file = &message.files[0];
        assert_eq!((file.kind, message.text.as_str()), (kind, text));
        assert!(file.name.starts_with(name), "{}", file.name);
        let bytes = world.download(file.url.as_deref().expect("small files have links")).await.expect("is there");
        assert_eq!(bytes, asset.bytes());
    }

    let album: Vec<_> = anna.sends_album(&media::PHOTOS[..3], "three views");
    for written in album {
        written.await;
    }
    let parts = [world.message().await, world.message().await, world.message().await];
    assert!(parts[0].album.is_some() && parts.iter().all(|it| it.album == parts[0].album));
    assert_eq!(parts[0].text, "three views");

    anna.sends_location(55.75, 37.61).await;
    assert_eq!(world.message().await.location.map(|it| it.latitude), Some(55.75));
    anna.sends_venue("Café", "Main st. 1", 55.75, 37.61).await;
    assert_eq!(world.message().await.location.and_then(|it| it.title).as_deref(), Some("Café"));
    anna.shares_phone("+79990000001").await;
    assert!(world.message().await.contact.is_some_and(|it| it.own));
    anna.sends_big_file("film.mov", 30_000_000).await;
    assert_eq!(world.message().await.files[0].url, None);
    anna.edits(first, "Привет!").await;
    let Body::MessageEdited { message, user, .. } = world.event().await.body else { panic!("it was edited") };
    assert_eq!((message.id, message.text.as_str()), (first.to_string(), "Привет!"));
    let face = world.download(&user.picture.expect("a reference of the photo")).await.expect("Anna has a face");
    assert_eq!(face, media::FACES[0].bytes());
    anna.blocks().await;
    assert!(matches!(world.event().await.body, Body::Unsubscribed { .. }));
    anna.unblocks().await;
    assert!(matches!(world.event().await.body, Body::Subscribed { .. }));
    anna.reacts(first, "🔥").await;
    assert!(matches!(world.event().await.body, Body::Reaction { added, .. } if added == ["🔥"]));
    world.finish().await;
}

#[tokio::test]
async fn answers_arrive_as_the_operator_wrote_them() {
    let world = connected().await;
    let anna = world.telegram.customer("Anna");
    let question = anna.writes("Hello").await;
    world.message().await;

    let mut message = send("[b]Good day[/b], 5 < 6 & [url=https://shop.example/?a=1&b=2]look[/url]");
    message.reply_to = Some(question.to_string());
    message.buttons = vec![vec![Button { text: "Yes".to_owned(), data: Some("yes".to_owned()), url: None }]];
    let ids = world.act(anna.id(), Action::Send { message }).await.expect("is sent");
    let sent = anna.last().expect("Anna reads");
    assert_eq!(ids, [sent.message_id.to_string()]);
    assert_eq!(sent.text, "Good day, 5 < 6 & look");
    assert_eq!(sent.reply_to, Some(question));
    let link = json!({ "type": "text_link", "url": "https://shop.example/?a=1&b=2", "offset": 18, "length": 4 });
    assert_eq!(sent.entities, [json!({ "type": "bold", "offset": 0, "length": 8 }), link]);
    anna.presses("Yes").await;
    let Body::Callback { data, message_id, .. } = world.event().await.body else { panic!("a button was pressed") };
    assert_eq!((data.as_str(), message_id), ("yes", Some(ids[0].clone())));

    let text = "слово ".repeat(2000);
    let ids = world.act(anna.id(), Action::Send { message: send(&text) }).await.expect("is sent");
    assert_eq!(ids.len(), 3);
    let parts: Vec<String> = anna.all().into_iter().skip(1).map(|it| it.text).collect();
    assert_eq!(parts.join(" "), text.trim());
    let edit = Action::Edit { message_ids: ids.clone(), text: "Коротко".to_owned() };
    assert_eq!(world.act(anna.id(), edit).await.expect("is edited"), [ids[0].clone()]);
    assert_eq!(world.telegram.last_to("Anna"), "Коротко", "the surplus parts are gone");
    let again = Action::Edit { message_ids: vec![ids[0].clone()], text: "Коротко".to_owned() };
    world.act(anna.id(), again).await.expect("an equal edit is done already");

    let delete = Action::Delete { message_ids: ids[..1].to_vec() };
    world.act(anna.id(), delete.clone()).await.expect("is deleted");
    world.act(anna.id(), delete).await.expect("is deleted already");
    assert_eq!(world.telegram.last_to("Anna"), "Good day, 5 < 6 & look");
    world.act(anna.id(), Action::Typing).await.expect("is shown");
    assert_eq!(anna.typings(), 1);

    world.clock.advance(49 * HOUR).await;
    let late = Action::Delete { message_ids: vec![anna.last().expect("is there").message_id.to_string()] };
    let refused = world.act(anna.id(), late).await;
    assert!(matches!(refused, Err(Refusal::Never { reason: FailureReason::TooLate, .. })), "{refused:?}");
    world.finish().await;
}

#[tokio::test]
async fn files_go_by_link_or_through_the_hub() {
    let world = connected().await;
    let anna = world.telegram.customer("Anna");
    anna.writes("Show me").await;
    let photo = file(&world, "mug.jpg", "image/jpeg", FileKind::Image);
    let chair = file(&world, "chair.jpg", "image/jpeg", FileKind::Image);
    let pdf = file(&world, "invoice.pdf", "application/pdf", FileKind::File);
    let paper = file(&world, "price.txt", "text/plain", FileKind::File);
    let voice = file(&world, "answer.ogg", "audio/ogg", FileKind::Voice);
    let page = file(&world, "page.jpg", "image/jpeg", FileKind::Image);
    for (name, files, expected) in [
        ("one picture", vec![photo.clone()], vec![("photo", false)]),
        ("an album", vec![photo.clone(), chair.clone()], vec![("photo", false), ("photo", false)]),
        ("a paper that Telegram fetches", vec![pdf.clone()], vec![("document", false)]),
        ("a paper that it does not", vec![paper.clone()], vec![("document", true)]),
        ("papers together", vec![pdf, paper], vec![("document", true), ("document", true)]),
        ("a voice", vec![voice], vec![("voice", false)]),
        ("a page in place of a picture", vec![page.clone()], vec![("document", true)]),
        (
            "an album with a page",
            vec![photo.clone(), page, chair],
            vec![("document", true), ("document", true), ("document", true)],
        ),
    ] {
        let before = anna.all().len();
        let message = OutgoingMessage { files, ..send("[i]look[/i]") };
        let ids = world.act(anna.id(), Action::Send { message }).await.expect(name);
        let sent = &anna.all()[before..];
        let forms: Vec<_> = sent
            .iter()
            .map(|it| it.file.as_ref().map_or(("text", false), |it| (it.form.as_str(), it.is_upload)))
            .collect();
        assert_eq!((forms, ids.len()), (expected.clone(), expected.len()), "{name}");
        assert_eq!(sent[0].text, "look", "{name}");
    }
    let first = anna.all()[0].clone();
    let edit = Action::Edit { message_ids: vec![first.message_id.to_string()], text: "seen".to_owned() };
    world.act(anna.id(), edit).await.expect("the caption changes");
    assert_eq!(anna.all()[0].text, "seen");
    assert_eq!(first.file.expect("is a picture").bytes, media::PHOTO_MUG.bytes());

    let gone = file(&world, "gone.txt", "text/plain", FileKind::File);
    let refused =
        world.act(anna.id(), Action::Send { message: OutgoingMessage { files: vec![gone], ..send("") } }).await;
    assert!(matches!(refused, Err(Refusal::Never { reason: FailureReason::Rejected, .. })), "{refused:?}");
    world.telegram.bot().fail_method("sendDocument", Fault::bad_request("file_parts_invalid"));
    let paper = file(&world, "price.txt", "text/plain", FileKind::File);
    world
        .act(anna.id(), Action::Send { message: OutgoingMessage { files: vec![paper], ..send("here") } })
        .await
        .expect("a line");
    assert_eq!(world.telegram.last_to("Anna"), format!("here\nprice.txt: {}/f/price.txt", world.url));
    world.finish().await;
}

#[tokio::test]
async fn bad_days_are_told_by_what_to_do_next() {
    let world = connected().await;
    let anna = world.telegram.customer("Anna");
    anna.writes("Hello").await;
    let hello = || Action::Send { message: send("[b]hi[/b]") };
    let bot = world.telegram.bot();
    bot.fail_next(Fault::TooManyRequests { retry_after_s: 3 });
    let refused = world.act(anna.id(), hello()).await;
    assert!(matches!(refused, Err(Refusal::Later { wait_s: Some(3), whole_connection: false, .. })), "{refused:?}");
    bot.fail_next(Fault::BadGateway);
    let refused = world.act(anna.id(), hello()).await;
    assert!(matches!(refused, Err(Refusal::Later { wait_s: None, .. })), "{refused:?}");
    bot.fail_next(Fault::bad_request("can't parse entities: Unsupported start tag \"b\" at byte offset 0"));
    world.act(anna.id(), hello()).await.expect("goes as bare text");
    assert!(anna.last().is_some_and(|it| it.text == "hi" && it.entities.is_empty()));

    bot.fail_next(Fault::BreakAfter);
    world.act(anna.id(), hello()).await.expect("a double is better than a loss");
    assert_eq!(anna.all().len(), 3);
    bot.fail_times(2, Fault::Break);
    let refused = world.act(anna.id(), hello()).await;
    assert!(matches!(refused, Err(Refusal::Never { reason: FailureReason::Uncertain, .. })), "{refused:?}");
    anna.blocks().await;
    let refused = world.act(anna.id(), hello()).await;
    assert!(matches!(refused, Err(Refusal::Never { reason: FailureReason::Unreachable, .. })), "{refused:?}");
    anna.unblocks().await;
    world.finish().await;
}

#[tokio::test]
async fn a_hub_without_a_public_address_polls() {
    let world = World::start().await;
    world.connection.lock().await.hook_url = None;
    let anna = world.telegram.customer("Anna");
    anna.writes("before");
    let attached = world.attach().await.expect("the token is good");
    assert_eq!(attached.inbound, Inbound::Polling);
    let connection = world.connection.lock().await.clone();
    let polled = telegram().poll(&world.wire, &connection, None).await.expect("Telegram answers");
    assert!(matches!(&polled.events[0].body, Body::MessageNew { message, .. } if message.text == "before"));
    let again = telegram().poll(&world.wire, &connection, None).await.expect("Telegram answers");
    assert_eq!(again.events, polled.events, "not confirmed: the same once more, under the same id");

    anna.writes("after");
    for i in 0..20 {
        anna.writes(&i.to_string());
    }
    let mut cursor = polled.cursor;
    let mut texts = Vec::new();
    while texts.len() < 21 {
        let more = telegram().poll(&world.wire, &connection, cursor.as_deref()).await.expect("Telegram answers");
        for event in more.events {
            if let Body::MessageNew { message, .. } = event.body {
                texts.push(message.text);
            }
        }
        cursor = more.cursor;
    }
    assert_eq!((texts[0].as_str(), texts[20].as_str()), ("after", "19"));
    let rest = async { telegram().poll(&world.wire, &connection, cursor.as_deref()).await };
    let press = async {
        world.act(anna.id(), Action::Send { message: buttons() }).await.expect("is sent");
        anna.presses("Yes");
    };
    let polled = tokio::join!(rest, press).0.expect("Telegram answers");
    assert_eq!(polled.events[0].occurred_at, Incoming::UNDATED, "a press has no date");
    for call in &polled.calls {
        openlines_connectors::Net::send(&world.wire, &call.request).await;
    }

    world.telegram.bot().is_taken_by("https://thief.example/");
    let refused = telegram().poll(&world.wire, &connection, polled.cursor.as_deref()).await.err();
    assert!(matches!(refused, Some(Refusal::Later { wait_s: Some(30), whole_connection: true, .. })), "{refused:?}");
    assert!(matches!(telegram().check(&world.wire, &connection).await, Ok(Health::Taken(_))));
    assert_eq!(world.telegram.problems(), ["Shop support has not taken 1 updates"], "the press was not confirmed");
    world.telegram.forgive();
    world.finish().await;
}

fn buttons() -> OutgoingMessage {
    let button = Button { text: "Yes".to_owned(), data: Some("yes".to_owned()), url: None };
    OutgoingMessage { buttons: vec![vec![button]], ..send("Sure?") }
}

#[tokio::test]
async fn an_address_that_telegram_cannot_call_turns_to_polling() {
    let world = World::start().await;
    let hook_url = world.connection.lock().await.hook_url.clone();
    for hook in ["http://hub.example/in?line=7c1f", "ftp://127.0.0.1/in", "nonsense"] {
        world.connection.lock().await.hook_url = Some(hook.to_owned());
        assert_eq!(world.attach().await.expect("the token is good").inbound, Inbound::Polling, "{hook}");
    }
    world.connection.lock().await.hook_url = hook_url;
    let words = "bad webhook: IP address 10.0.0.1 is reserved";
    world.telegram.bot().fail_method("setWebhook", Fault::bad_request(words));
    assert_eq!(world.attach().await.expect("the token is good").inbound, Inbound::Polling);
    world.telegram.bot().heal();
    assert_eq!(world.attach().await.expect("the token is good").inbound, Inbound::Webhook);
    world.finish().await;
}
