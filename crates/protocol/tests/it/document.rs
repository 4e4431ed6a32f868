//! `docs/protocol.md` says what the crate does.

use std::collections::BTreeSet;

use openlines_protocol::{
    BATCH_MAX_BYTES, BODY_MAX_BYTES, CallAnswer, ConnectionInfo, Direction, Event, KnownMethods, Letter, Outgoing,
    PeerLimits, Receipt, TestReport, WellKnown, markup,
};
use serde_json::{Value, json};

const DOCUMENT: &str = include_str!("../../../../docs/protocol.md");

/// All examples of the document.
fn examples() -> Vec<Value> {
    let blocks = DOCUMENT.split("```json\n").skip(1).map(|it| it.split("```").next().unwrap());
    blocks.map(|it| serde_json::from_str(it).unwrap_or_else(|error| panic!("{error} in {it}"))).collect()
}

fn is<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error} in {value}"))
}

#[test]
fn every_example_is_read_by_the_crate() {
    let (mut kinds, mut others) = (BTreeSet::new(), 0);
    for example in examples() {
        let has = |name: &str| example.get(name).is_some();
        if let Some(kind) = example["kind"].as_str() {
            let mut event = json!({"id": "1-1", "seq": 1, "connection": 1, "line": "3", "channel": "c", "occurred_at": "2026-11-21T10:00:00Z"});
            event.as_object_mut().unwrap().extend(example.as_object().unwrap().clone());
            assert_eq!(is::<Event>(&event).body.kind(), kind);
            kinds.insert(kind.to_owned());
            continue;
        }
        others += 1;
        if has("events") {
            is::<openlines_protocol::Batch>(&example);
        } else if has("accepted") {
            is::<Receipt>(&example);
        } else if has("method") {
            is::<openlines_protocol::PortalCall>(&example);
        } else if has("result") || has("error") {
            is::<CallAnswer>(&example);
        } else if has("state") {
            is::<ConnectionInfo>(&example);
        } else if has("stages") {
            is::<TestReport>(&example);
        } else if has("action") {
            is::<Outgoing>(&example);
        } else if has("role") {
            assert_eq!(is::<WellKnown>(&example).limits, PeerLimits::default());
        } else {
            assert!(has("status"), "an example that no type reads: {example}");
        }
    }
    assert_eq!(kinds.len(), 17, "every kind has an example: {kinds:?}");
    assert_eq!(others, 11);
}

#[test]
fn every_name_on_the_wire_is_explained() {
    let mut names: Vec<String> = KnownMethods::ALL.iter().map(|it| format!("### {}\n", it.name())).collect();
    names.extend(Letter::ALL.iter().map(|it| format!("`{}`", it.typ())));
    for direction in Direction::ALL {
        names.extend(["encrypt", "sign"].map(|it| format!("| `openlines/v1/{it}/{}` | 32 |", direction.name())));
    }
    names.extend(markup::Style::ALL.iter().map(|it| format!("`[{0}]…[/{0}]`", it.tag())));
    let refused: Value = serde_json::from_str(include_str!("../../vectors/refused.json")).unwrap();
    let codes = refused["letters"].as_array().unwrap().iter().map(|it| format!("`{}`", it["error"].as_str().unwrap()));
    names.extend(codes);
    names.extend([format!("({BODY_MAX_BYTES} bytes)"), format!("({BATCH_MAX_BYTES} bytes)")]);
    for name in names {
        assert!(DOCUMENT.contains(&name), "docs/protocol.md does not explain {name}");
    }
}
