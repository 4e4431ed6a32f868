//! What every connector promises: proven for all of them alike.

use std::collections::BTreeSet;
use std::fs;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use openlines_connectors::{ALL, Call, Outcome, ParseError, Payload, Refusal, Reply, Verdict, find};
use openlines_protocol::markup;
use openlines_protocol::{Action, Body, Button, Chat, ConnectionId, FileKind, Outgoing, OutgoingFile, OutgoingMessage};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{Fixture, all, sources};

fn outgoing(fixture: &Fixture, action: Action) -> Outgoing {
    let chat = Chat { id: fixture.data.chat.clone(), ..Chat::default() };
    Outgoing { id: "m-1".to_owned(), connection: ConnectionId(7), chat, action }
}

fn send(text: &str) -> Action {
    Action::Send { message: OutgoingMessage { text: text.to_owned(), ..OutgoingMessage::default() } }
}

fn file() -> OutgoingFile {
    OutgoingFile {
        url: "https://portal.example/f/1?sig=2".to_owned(),
        name: "photo.jpg".to_owned(),
        mime: "image/jpeg".to_owned(),
        size: 1000,
        kind: FileKind::Image,
    }
}

fn answered(status: u16, headers: HeaderMap) -> Reply {
    Reply { outcome: Outcome::Answered { status, headers, body: Bytes::from_static(b"<html>gateway</html>") } }
}

/// All texts in a call's body, in order.
fn texts(call: &Call) -> String {
    fn into(value: &Value, out: &mut String) {
        match value {
            Value::String(it) => {
                out.push_str(it);
                out.push('\n');
            }
            Value::Array(it) => it.iter().for_each(|it| into(it, out)),
            Value::Object(it) => it.values().for_each(|it| into(it, out)),
            _ => {}
        }
    }
    let mut out = String::new();
    match &call.request.payload {
        Payload::Empty => {}
        Payload::Json(it) => into(it, &mut out),
        Payload::Multipart { fields, .. } => fields.iter().for_each(|(_, it)| out.push_str(it)),
    }
    out
}

#[test]
fn the_list_holds_every_folder_once() {
    let folders: BTreeSet<String> = fs::read_dir(sources())
        .unwrap()
        .map(|it| it.unwrap())
        .filter(|it| it.path().is_dir())
        .map(|it| it.file_name().into_string().unwrap())
        .collect();
    let listed: Vec<String> = ALL.iter().map(|it| it.about().code.to_owned()).collect();
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), folders);
    assert_eq!(listed.len(), folders.len(), "a connector is listed twice");
    for code in &listed {
        assert!(find(code).is_some_and(|it| it.about().code == code));
        assert!(sources().join(code).join("README.md").is_file(), "{code} has no README.md");
    }
    assert!(find("no-such-channel").is_none());
}

#[test]
fn what_a_connector_tells_about_itself_can_be_drawn() {
    for fixture in all() {
        let about = fixture.connector.about();
        assert!(about.code.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit()));
        assert!((2..=3).contains(&about.mark.chars().count()));
        assert!(about.color.len() == 7 && about.color.starts_with('#'));
        assert!(about.icon.starts_with("<svg") && !about.icon.contains("script") && !about.icon.contains("href"));
        let helps = about.fields.iter().flat_map(|it| [it.label, it.help]);
        for text in about.steps.iter().copied().chain(helps).chain([about.summary]) {
            assert!(!text.en.is_empty() && !text.ru.is_empty());
        }
        assert!(
            about.limits.text_max > 0 && about.limits.chat_rate.calls > 0 && about.limits.connection_rate.burst > 0
        );
    }
}

#[test]
fn a_caller_without_proof_is_refused() {
    for fixture in all() {
        let connection = fixture.connection();
        let unattached = openlines_connectors::Connection { memory: Value::Null, ..fixture.connection() };
        for (name, body) in fixture.files("in") {
            let good = fixture.hook(&body);
            for header in good.headers.keys() {
                let mut changed = good.clone();
                let mut value = good.headers[header].as_bytes().to_vec();
                *value.last_mut().unwrap() ^= 1;
                changed.headers.insert(header, HeaderValue::from_bytes(&value).unwrap());
                let refused = fixture.connector.parse(&connection, &changed).err();
                assert_eq!(refused, Some(ParseError::Unauthorized), "{name} with another {header}");

                let mut missing = good.clone();
                missing.headers.remove(header);
                let refused = fixture.connector.parse(&connection, &missing).err();
                assert_eq!(refused, Some(ParseError::Unauthorized), "{name} without {header}");
            }
            let refused = fixture.connector.parse(&unattached, &good).err();
            assert_eq!(refused, Some(ParseError::Unauthorized), "{name} before attach");
        }
    }
}

#[test]
fn truncated_bodies_are_malformed_not_a_panic() {
    for fixture in all() {
        let connection = fixture.connection();
        for (_, body) in fixture.files("in") {
            for end in 0..body.len() {
                drop(fixture.connector.parse(&connection, &fixture.hook(&body[..end])));
            }
        }
        let junk: [&[u8]; 6] = [b"", b"null", b"[]", b"{}", b"\xff\xfe", b"{\"update_id\":\"1\"}"];
        for body in junk {
            let refused = fixture.connector.parse(&connection, &fixture.hook(body)).err();
            assert!(matches!(refused, Some(ParseError::Malformed(_))), "{body:?}");
        }
    }
}

/// Puts `value` in the place of the `n`th value of a tree.
fn replace_nth(tree: &mut Value, n: &mut usize, value: &Value) {
    if *n == 0 {
        *tree = value.clone();
        *n = usize::MAX;
        return;
    }
    *n -= 1;
    let children: Vec<&mut Value> = match tree {
        Value::Array(it) => it.iter_mut().collect(),
        Value::Object(it) => it.values_mut().collect(),
        _ => return,
    };
    for child in children {
        if *n == usize::MAX {
            return;
        }
        replace_nth(child, n, value);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_bytes_do_not_panic(pick in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte: u8) {
        for fixture in all() {
            let files = fixture.files("in");
            let (_, mut body) = pick.get(&files).clone();
            let place = at.index(body.len());
            body[place] = byte;
            drop(fixture.connector.parse(&fixture.connection(), &fixture.hook(&body)));
        }
    }

    #[test]
    fn odd_values_anywhere_neither_panic_nor_vanish(
        pick in any::<prop::sample::Index>(),
        n in 1_usize..60,
        odd in prop_oneof![
            Just(json!(null)), Just(json!(-1)), Just(json!(i64::MAX)), Just(json!(1e300)), Just(json!("")), Just(json!([])),
            Just(json!({})), Just(json!([null])), Just(json!("x".repeat(100_000))), Just(json!({"a": {"b": [1]}})),
        ],
    ) {
        for fixture in all() {
            let files = fixture.files("in");
            let mut tree: Value = serde_json::from_slice(&pick.get(&files).1).unwrap();
            let mut place = n;
            replace_nth(&mut tree, &mut place, &odd);
            let hook = fixture.hook(tree.to_string().as_bytes());
            if let Ok(parsed) = fixture.connector.parse(&fixture.connection(), &hook) {
                prop_assert!(!parsed.events.is_empty() || !parsed.ignored.is_empty(), "{tree}");
            }
        }
    }

    #[test]
    fn any_text_is_rendered_within_the_limit(text in "([a-zа-я😂 \n<>&\"]|\\[b\\]|\\[/b\\]){1,40}", times in 1_usize..400) {
        for fixture in all() {
            let text = text.repeat(times);
            let plain = markup::to_plain(&markup::parse(&text));
            let Ok(calls) = fixture.connector.render(&fixture.connection(), &outgoing(&fixture, send(&text))) else {
                prop_assert!(plain.trim().is_empty());
                continue;
            };
            let units: usize = plain.trim().encode_utf16().count();
            prop_assert!(calls.len() * fixture.connector.about().limits.text_max >= units);
            prop_assert!(calls.iter().all(|it| it.cost >= 1 && it.request.timeout_s >= 1));
        }
    }
}

#[test]
fn what_came_in_can_be_sent_back_with_all_of_its_words() {
    for fixture in all() {
        let connection = fixture.connection();
        let mut texts_seen = 0;
        for (name, body) in fixture.files("in") {
            let parsed = fixture.connector.parse(&connection, &fixture.hook(&body)).unwrap();
            for event in parsed.events {
                let Body::MessageNew { message, .. } = event.body else { continue };
                if message.text.is_empty() {
                    continue;
                }
                texts_seen += 1;
                let back = outgoing(&fixture, send(&message.text));
                let calls = fixture.connector.render(&connection, &back).expect(&name);
                let sent: String = calls.iter().map(texts).collect();
                for word in markup::to_plain(&markup::parse(&message.text)).split([' ', '(', ')', '&', '\n']) {
                    assert!(sent.contains(word), "{name}: {word:?} is lost in {sent:?}");
                }
            }
        }
        assert!(texts_seen > 0);
    }
}

#[test]
fn powers_are_what_render_does() {
    for fixture in all() {
        let can = fixture.connector.about().can;
        let ids = vec![fixture.data.message_id.clone()];
        let with = |change: &dyn Fn(&mut OutgoingMessage)| {
            let mut message = OutgoingMessage { text: "hello".to_owned(), ..OutgoingMessage::default() };
            change(&mut message);
            Action::Send { message }
        };
        let button = Button { text: "Yes".to_owned(), data: Some("yes".to_owned()), url: None };
        let formatted = "[b]hello[/b]";
        for (power, is_able, action) in [
            ("edit", can.edit, Action::Edit { message_ids: ids.clone(), text: "new".to_owned() }),
            ("delete", can.delete, Action::Delete { message_ids: ids.clone() }),
            ("typing", can.typing, Action::Typing),
            ("read", can.read, Action::Read { up_to: ids[0].clone() }),
            ("reply", can.reply, with(&|it| it.reply_to = Some(ids[0].clone()))),
            ("buttons", can.buttons, with(&|it| it.buttons = vec![vec![button.clone()]])),
            ("files", can.files, with(&|it| it.files = vec![file()])),
            ("formatting", true, send(formatted)),
            ("text", true, send("hello")),
        ] {
            match fixture.connector.render(&fixture.connection(), &outgoing(&fixture, action)) {
                Ok(calls) => assert!(is_able && !calls.is_empty(), "{power} is rendered and not told"),
                Err(Refusal::Never { text, .. }) => assert!(!is_able && !text.is_empty(), "{power} is told: {text}"),
                Err(other) => panic!("{power}: {other}"),
            }
        }
        let calls = fixture.connector.render(&fixture.connection(), &outgoing(&fixture, send(formatted))).unwrap();
        assert!(!texts(&calls[0]).contains("[b]"), "BB code never reaches a customer");
    }
}

#[test]
fn status_codes_mean_the_same_everywhere() {
    for fixture in all() {
        let connection = fixture.connection();
        let calls = fixture.connector.render(&connection, &outgoing(&fixture, send("hello"))).unwrap();
        let verdict = |reply: &Reply| fixture.connector.verdict(&connection, &calls[0], reply);
        let mut wait = HeaderMap::new();
        wait.insert(http::header::RETRY_AFTER, HeaderValue::from_static("7"));
        let refused = verdict(&answered(429, wait));
        assert!(
            matches!(refused, Verdict::Refused(Refusal::Later { wait_s: Some(7), whole_connection: true, .. })),
            "{refused:?}"
        );
        for status in [500, 502, 503, 504] {
            let refused = verdict(&answered(status, HeaderMap::new()));
            assert!(matches!(refused, Verdict::Refused(Refusal::Later { wait_s: None, .. })), "{status}: {refused:?}");
        }
        let refused = verdict(&Reply { outcome: Outcome::NotSent("no route".to_owned()) });
        assert!(matches!(refused, Verdict::Refused(Refusal::Later { .. })), "{refused:?}");
    }
}

#[test]
fn verdicts_end() {
    // Whatever a channel answers again and again, "instead" must not go in a circle.
    for fixture in all() {
        let connection = fixture.connection();
        for (name, body) in fixture.files("errors") {
            for (out, act) in fixture.files("out") {
                let act: Outgoing = serde_json::from_slice(&act).unwrap();
                let Ok(mut calls) = fixture.connector.render(&connection, &act) else { continue };
                let mut count = 0;
                while let Some(call) = calls.pop() {
                    count += 1;
                    assert!(count < 20_000, "{name} on {out} goes in a circle");
                    let status = serde_json::from_slice::<Value>(&body).unwrap()["error_code"].as_u64().unwrap();
                    let status = u16::try_from(status).unwrap();
                    let body = Bytes::copy_from_slice(&body);
                    let outcome = Outcome::Answered { status, headers: HeaderMap::new(), body };
                    if let Verdict::Instead { calls: more, .. } =
                        fixture.connector.verdict(&connection, &call, &Reply { outcome })
                    {
                        calls.extend(more);
                    }
                }
            }
        }
    }
}
