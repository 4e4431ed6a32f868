//! The files in `vectors/`: the crate must agree with them, and so must `vectors/check`, which shares no code with it.

use std::collections::BTreeSet;
use std::path::Path;

use openlines_base::{Fault as _, Time};
use openlines_protocol::{
    Accepted, Action, Address, Batch, Body, CallAnswer, ConnectionInfo, ConnectionList, ConnectionRef, Envelope, Event,
    Hello, Keys, KnownMethods, Letter, LicenceKey, OpenError, Opened, Outgoing, OutgoingList, Receipt, ReplayGuard,
    SaveSettings, SiteId, TestConnect, TestReport, markup,
};
use serde_json::{Value, json};

use crate::vector_files::{self, KeysFile, LetterVector, LettersFile, MarkupFile, letter_word};

fn file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name)).unwrap()
}

fn keys_of(vector: &LetterVector) -> Keys {
    let keys: Vec<LicenceKey> = vector.licence_keys.iter().map(|it| it.parse().unwrap()).collect();
    Keys::several(&keys).unwrap()
}

fn open(vector: &LetterVector) -> Result<Opened, OpenError> {
    let letter = Letter::ALL.into_iter().find(|it| letter_word(*it) == vector.letter).unwrap();
    let envelope = Envelope::from_headers(|name| match name {
        "webhook-id" => vector.headers.id.as_deref(),
        "webhook-timestamp" => vector.headers.timestamp.as_deref(),
        "webhook-signature" => vector.headers.signature.as_deref(),
        _ => vector.headers.site.as_deref(),
    })?;
    let (keys, now) = (keys_of(vector), Time::from_s(vector.now));
    let opened = match &vector.request {
        None => envelope.open(&keys, letter, &vector.body.bytes(), now)?,
        Some(asked) => {
            let address = Address { letter, site: SiteId(asked.site.parse().unwrap()), id: &asked.id };
            envelope.open_answer(&keys, &address, &vector.body.bytes(), now)?
        }
    };
    if vector.twice {
        let mut guard = ReplayGuard::new();
        guard.admit(&opened, now)?;
        guard.admit(&opened, now)?;
    }
    if vector.error.as_deref() == Some("wrong_content") {
        opened.json::<Batch>()?;
    }
    Ok(opened)
}

#[test]
fn the_files_are_what_the_generator_writes() {
    for (name, text) in vector_files::all() {
        let (made, kept): (Value, Value) =
            (serde_json::from_str(&text).unwrap(), serde_json::from_str(&file(name)).unwrap());
        assert!(
            made == kept,
            "{name} differs: cargo run -p openlines-protocol --example vectors, then look at the diff"
        );
    }
}

#[test]
fn keys_are_derived_as_written_down() {
    let keys: KeysFile = serde_json::from_str(&file("keys.json")).unwrap();
    for vector in keys.licence_keys {
        let key: LicenceKey = vector.text.parse().unwrap();
        assert_eq!(key.id(), vector.id);
        assert_eq!(vector.derived.len(), 5);
    }
}

#[test]
fn good_letters_open() {
    let letters: LettersFile = serde_json::from_str(&file("letters.json")).unwrap();
    for vector in letters.letters {
        let opened = open(&vector).unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        assert_eq!(Some(opened.json::<Value>().unwrap()), vector.content, "{}", vector.name);
    }
}

#[test]
fn bad_letters_are_refused_with_the_named_error() {
    let letters: LettersFile = serde_json::from_str(&file("refused.json")).unwrap();
    let mut codes = BTreeSet::new();
    for vector in letters.letters {
        let error = open(&vector).expect_err(&vector.name);
        assert_eq!(error.code(), vector.error.as_deref(), "{}: {error}", vector.name);
        codes.insert(vector.error);
    }
    assert_eq!(codes.len(), 14, "every refusal has a vector");
}

#[test]
fn texts_are_read_and_written_as_listed() {
    let texts: MarkupFile = serde_json::from_str(&file("markup.json")).unwrap();
    for vector in texts.texts {
        let nodes = markup::parse(&vector.text);
        assert_eq!(markup::render(&nodes), vector.canonical, "{}", vector.name);
        assert_eq!(markup::to_plain(&nodes), vector.plain, "{}", vector.name);
        assert_eq!(markup::parse(&vector.canonical), nodes, "{}", vector.name);
    }
}

#[test]
fn every_kind_of_event_is_read_and_written_without_loss() {
    let events: Vec<Value> = serde_json::from_str(&file("events.json")).unwrap();
    let mut kinds = BTreeSet::new();
    for value in events {
        let event: Event = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&event).unwrap(), value);
        assert_eq!(event.body.kind(), value["kind"]);
        assert_ne!(event.body, Body::Newer);
        kinds.insert(event.body.kind());
    }
    // One line per variant of Body but the last: a new kind needs an example here and in the contract.
    assert_eq!(kinds.len(), 17, "{kinds:?}");
}

#[test]
fn every_act_is_read_and_written_without_loss() {
    let acts: Vec<Value> = serde_json::from_str(&file("outgoing.json")).unwrap();
    let mut seen = [false; 5];
    for value in acts {
        let act: Outgoing = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&act).unwrap(), value);
        seen[match act.action {
            Action::Send { .. } => 0,
            Action::Edit { .. } => 1,
            Action::Delete { .. } => 2,
            Action::Typing => 3,
            Action::Read { .. } => 4,
        }] = true;
    }
    assert_eq!(seen, [true; 5]);
}

/// Reads a value as `T` and gives it back as `T` writes it.
fn through<T: serde::de::DeserializeOwned + serde::Serialize>(value: &Value) -> Value {
    serde_json::to_value(serde_json::from_value::<T>(value.clone()).unwrap()).unwrap()
}

#[test]
fn every_method_has_its_parameters_and_its_answer() {
    use KnownMethods as Of;
    let calls: Vec<Value> = serde_json::from_str(&file("calls.json")).unwrap();
    let mut seen = BTreeSet::new();
    for call in calls {
        let (name, params) = (call["method"].as_str().unwrap(), &call["params"]);
        let method = Of::ALL.into_iter().find(|it| it.name() == name).unwrap();
        let written = match method {
            Of::SaveSettings => through::<SaveSettings>(params),
            Of::TestConnect => through::<TestConnect>(params),
            Of::RemoveSettings | Of::Status => through::<ConnectionRef>(params),
            Of::SendMessages | Of::UpdateMessages | Of::DeleteMessages | Of::SendTyping | Of::SendStatusReading => {
                through::<OutgoingList>(params)
            }
            Of::Channels => json!({}),
            Of::Hello => through::<Hello>(params),
            Of::Received => through::<Receipt>(params),
        };
        assert_eq!(&written, params, "{name}");
        seen.insert(name.to_owned());

        let answer =
            call.get("error").map_or_else(|| json!({"result": call["result"]}), |error| json!({ "error": error }));
        assert_eq!(through::<CallAnswer>(&answer), answer, "{name}");
        let CallAnswer::Result(result) = serde_json::from_value(answer).unwrap() else { continue };
        let written = match method {
            Of::SaveSettings => through::<ConnectionInfo>(&result),
            Of::TestConnect => through::<TestReport>(&result),
            Of::SendMessages | Of::UpdateMessages | Of::DeleteMessages | Of::SendTyping | Of::SendStatusReading => {
                through::<Accepted>(&result)
            }
            Of::Status => through::<ConnectionList>(&result),
            Of::Channels => json!({"channels": []}),
            Of::RemoveSettings | Of::Hello | Of::Received => json!({}),
        };
        assert_eq!(written, result, "{name}");
    }
    assert_eq!(seen.len(), Of::ALL.len());
}

#[test]
fn a_newer_sender_may_say_more() {
    let event = json!({"id": "1-1", "seq": 1, "connection": 1, "line": "3", "channel": "c", "moon": "full",
        "occurred_at": "2026-11-21T10:00:00Z", "kind": "poll_answered", "poll": {"id": 5}});
    let event: Event = serde_json::from_value(event).unwrap();
    assert_eq!((event.seq, event.body.kind()), (1, "newer"));
    let event = json!({"id": "1-2", "seq": 2, "connection": 1, "line": "3", "channel": "c", "moon": "full",
        "occurred_at": "2026-11-21T10:00:00Z", "kind": "read", "chat": {"id": "5", "stars": 5}, "up_to": "7"});
    let event: Event = serde_json::from_value(event).unwrap();
    assert_eq!(event.body.kind(), "read");
}
