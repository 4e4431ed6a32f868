//! The driver: each file in `payloads/in` is parsed, each in `payloads/out` rendered, and the result lies beside it.
//! A new file is a new test.

use insta::{Settings, assert_json_snapshot};
use openlines_connectors::Refusal;
use openlines_protocol::Outgoing;
use serde_json::json;

use crate::fixture::{Fixture, all, shown};

fn beside(fixture: &Fixture, folder: &str) -> Settings {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(fixture.folder.join("payloads").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

#[test]
fn incoming_payloads_are_parsed() {
    for fixture in all() {
        let connection = fixture.connection();
        for (name, body) in fixture.files("in") {
            let parsed = fixture.connector.parse(&connection, &fixture.hook(&body)).expect(&name);
            assert!(
                !parsed.events.is_empty() || !parsed.ignored.is_empty() || !parsed.calls.is_empty(),
                "{name} vanished silently"
            );
            let events: Vec<_> = parsed
                .events
                .iter()
                .map(|it| json!({ "external_id": it.external_id, "occurred_at": it.occurred_at, "body": it.body }))
                .collect();
            let calls: Vec<_> = parsed.calls.iter().map(|it| shown(it, &connection)).collect();
            let result = json!({
                "events": events,
                "calls": calls,
                "ignored": parsed.ignored,
                "answer": parsed.answer.body,
            });
            beside(&fixture, "in").bind(|| assert_json_snapshot!(name.as_str(), result));
        }
    }
}

#[test]
fn outgoing_acts_are_rendered() {
    for fixture in all() {
        let connection = fixture.connection();
        for (name, body) in fixture.files("out") {
            let outgoing: Outgoing = serde_json::from_slice(&body).expect(&name);
            let result = match fixture.connector.render(&connection, &outgoing) {
                Ok(calls) => {
                    assert!(!calls.is_empty(), "{name} became nothing");
                    json!(calls.iter().map(|it| shown(it, &connection)).collect::<Vec<_>>())
                }
                Err(Refusal::Never { reason, text }) => json!({ "never": text, "reason": reason }),
                Err(other) => panic!("{name}: render has no reason to say {other}"),
            };
            beside(&fixture, "out").bind(|| assert_json_snapshot!(name.as_str(), result));
        }
    }
}
