//! What only Telegram does: each recorded refusal and what we make of it.

use bytes::Bytes;
use http::HeaderMap;
use openlines_connectors::{Call, Connection, Outcome, Payload, Refusal, Reply, Verdict};
use openlines_protocol::{FailureReason, Outgoing};
use serde_json::{Value, json};

use crate::fixture::{Fixture, all};

fn fixture() -> Fixture {
    all().into_iter().find(|it| it.connector.about().code == "telegram").expect("is in ALL")
}

fn act(fixture: &Fixture, name: &str) -> Outgoing {
    let (_, body) = fixture.files("out").into_iter().find(|it| it.0 == name).expect("the file is there");
    serde_json::from_slice(&body).expect("is an outgoing act")
}

fn calls(fixture: &Fixture, connection: &Connection, name: &str) -> Vec<Call> {
    fixture.connector.render(connection, &act(fixture, name)).expect(name)
}

fn answer(body: &Value) -> Reply {
    let status = body["error_code"].as_u64().map_or(200, |it| u16::try_from(it).unwrap());
    Reply { outcome: Outcome::Answered { status, headers: HeaderMap::new(), body: Bytes::from(body.to_string()) } }
}

fn error(code: u16, text: &str) -> Reply {
    answer(&json!({ "ok": false, "error_code": code, "description": text }))
}

/// A verdict in one line.
fn shown(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Done(ids) => format!("done {}", ids.join(" ")),
        Verdict::Instead { calls, chat_moved_to } => {
            let mut labels = calls.iter().map(|it| match &it.request.payload {
                Payload::Multipart { .. } => format!("{} upload", it.label),
                Payload::Json(it_body) if it_body.get("parse_mode").is_some() => it.label.to_owned(),
                _ => format!("{} bare", it.label),
            });
            let moved = chat_moved_to.as_ref().map(|it| format!(" in {it}")).unwrap_or_default();
            format!("instead {}{moved}", labels.by_ref().collect::<Vec<_>>().join(", "))
        }
        Verdict::Refused(Refusal::Later { wait_s, whole_connection, .. }) => {
            format!("later {wait_s:?}{}", if *whole_connection { " all" } else { "" })
        }
        Verdict::Refused(Refusal::Never { reason, .. }) => format!("never {reason:?}"),
        Verdict::Refused(Refusal::Revoked { .. }) => "revoked".to_owned(),
    }
}

#[test]
fn every_recorded_refusal_has_its_verdict() {
    let table = [
        ("400_cant_edit", "edit", "never Rejected"),
        ("400_chat_not_found", "text", "never Unreachable"),
        ("400_delete_not_found", "delete_one", "done "),
        ("400_file_too_big", "photo_caption", "instead sendDocument upload"),
        ("400_message_too_long", "long_text", "instead sendMessage, sendMessage"),
        ("400_migrated", "text", "instead sendMessage in -1001555296434"),
        ("400_not_modified", "edit", "done 6571"),
        ("400_parse_entities", "text", "instead sendMessage bare"),
        ("400_query_too_old", "typing", "done "),
        ("400_url_content", "photo_caption", "instead sendPhoto upload"),
        ("401", "text", "revoked"),
        ("403_blocked", "text", "never Unreachable"),
        ("403_deactivated", "text", "never Unreachable"),
        ("404", "text", "revoked"),
        ("409_other_getupdates", "text", "later Some(30) all"),
        ("409_webhook_active", "text", "later Some(30) all"),
        ("429", "text", "later Some(35) all"),
        ("500_restart", "text", "later None"),
    ];
    let fixture = fixture();
    let connection = fixture.connection();
    let files = fixture.files("errors");
    let names: Vec<&str> = files.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(names, table.map(|it| it.0), "each file has a row");
    for ((name, body), (_, out, expected)) in files.iter().zip(table) {
        let call = &calls(&fixture, &connection, out)[0];
        let reply = answer(&serde_json::from_slice(body).unwrap());
        assert_eq!(shown(&fixture.connector.verdict(&connection, call, &reply)), expected, "{name} on {out}");
    }
}

#[test]
fn other_refusals_have_their_verdict_too() {
    let fixture = fixture();
    let connection = fixture.connection();
    for (name, out, reply, expected) in [
        ("short pause holds the chat", "text", error(429, "Too Many Requests"), "later None"),
        (
            "a method that is not there is no revoked token",
            "text",
            error(404, "Not Found: method not found"),
            "never Rejected",
        ),
        (
            "caption too long",
            "photo_caption",
            error(400, "Bad Request: message caption is too long"),
            "instead sendMessage, sendPhoto bare",
        ),
        (
            "album by link refused",
            "album",
            error(400, "Bad Request: failed to get HTTP URL content"),
            "instead sendMediaGroup upload",
        ),
        (
            "album upload refused",
            "album_upload",
            error(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"),
            "instead sendDocument upload, sendDocument upload",
        ),
        (
            "album refused in new words",
            "album_upload",
            error(400, "Bad Request: something new"),
            "instead sendDocument upload, sendDocument upload",
        ),
        ("upload too big", "document_upload", error(413, "Request Entity Too Large"), "instead sendMessage"),
        (
            "picture is none",
            "photo_caption",
            error(400, "Bad Request: IMAGE_PROCESS_FAILED"),
            "instead sendDocument upload",
        ),
        (
            "answered message is gone",
            "reply",
            error(400, "Bad Request: message to be replied not found"),
            "instead sendMessage",
        ),
        (
            "edited message is a picture",
            "edit",
            error(400, "Bad Request: there is no text in the message to edit"),
            "instead editMessageCaption",
        ),
        (
            "text cannot become nothing",
            "edit_to_nothing",
            error(400, "Bad Request: there is no caption in the message to edit"),
            "never Rejected",
        ),
        (
            "too late to delete",
            "delete_one",
            error(400, "Bad Request: message can't be deleted for everyone"),
            "never TooLate",
        ),
        ("anything else", "text", error(400, "Bad Request: something new"), "never Rejected"),
        ("answer without a message", "delete_one", answer(&json!({"ok": true, "result": true})), "done "),
    ] {
        let call = &calls(&fixture, &connection, out)[0];
        assert_eq!(shown(&fixture.connector.verdict(&connection, call, &reply)), expected, "{name}");
    }
}

#[test]
fn a_surplus_part_of_an_edited_text_is_deleted() {
    let fixture = fixture();
    let connection = fixture.connection();
    let calls = calls(&fixture, &connection, "edit_shorter");
    let no_caption = error(400, "Bad Request: there is no caption in the message to edit");
    let Verdict::Instead { calls, .. } = fixture.connector.verdict(&connection, &calls[1], &no_caption) else {
        panic!("the second part is surplus");
    };
    assert_eq!(calls[0].label, "deleteMessage");
}

#[test]
fn success_tells_the_ids() {
    let fixture = fixture();
    let connection = fixture.connection();
    for (file, out, ids) in
        [("sendMessage_ok", "text", vec!["6571"]), ("sendMediaGroup_ok", "album", vec!["6572", "6573"])]
    {
        let (_, body) = fixture.files("answers").into_iter().find(|it| it.0 == file).unwrap();
        let call = &calls(&fixture, &connection, out)[0];
        let verdict = fixture.connector.verdict(&connection, call, &answer(&serde_json::from_slice(&body).unwrap()));
        assert!(matches!(&verdict, Verdict::Done(it) if *it == ids), "{verdict:?}");
    }
}

#[test]
fn a_lost_answer_is_tried_once_more_then_left_to_a_person() {
    let fixture = fixture();
    let connection = fixture.connection();
    let lost = Reply { outcome: Outcome::Lost("no answer for 30 s".to_owned()) };
    let first = &calls(&fixture, &connection, "text")[0];
    let Verdict::Instead { calls: again, .. } = fixture.connector.verdict(&connection, first, &lost) else {
        panic!("a double is better than a loss");
    };
    let second = fixture.connector.verdict(&connection, &again[0], &lost);
    let Verdict::Refused(Refusal::Never { reason: FailureReason::Uncertain, .. }) = second else {
        panic!("{second:?}");
    };
    let edit = &calls(&fixture, &connection, "edit")[0];
    assert_eq!(shown(&fixture.connector.verdict(&connection, edit, &lost)), "later None", "an edit may be done twice");
}

#[test]
fn a_refused_link_ends_as_a_line_of_text_with_the_caption() {
    let fixture = fixture();
    let connection = fixture.connection();
    let mut call = calls(&fixture, &connection, "photo_caption").remove(0);
    let mut way = vec![call.label];
    for reply in [
        error(400, "Bad Request: wrong type of the web page content"),
        error(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        error(413, "Request Entity Too Large"),
    ] {
        let Verdict::Instead { calls, .. } = fixture.connector.verdict(&connection, &call, &reply) else {
            panic!("{way:?} has a way on");
        };
        call = calls.into_iter().next().unwrap();
        way.push(call.label);
    }
    assert_eq!(way, ["sendPhoto", "sendPhoto", "sendDocument", "sendMessage"]);
    let Payload::Json(body) = &call.request.payload else { panic!("a text is JSON") };
    assert_eq!(body["text"], "Вот фото\nmug.jpg: https://portal.example.com/f/mug.jpg?sig=1");
    assert_eq!(body["reply_parameters"]["message_id"], 6557);
}

#[test]
fn a_file_that_the_portal_does_not_give_is_told_to_the_operator() {
    let fixture = fixture();
    let connection = fixture.connection();
    let call = &calls(&fixture, &connection, "document_upload")[0];
    let gone = Reply { outcome: Outcome::SourceGone("404 from the portal".to_owned()) };
    let Verdict::Refused(Refusal::Never { reason: FailureReason::Rejected, text }) =
        fixture.connector.verdict(&connection, call, &gone)
    else {
        panic!("sending again later would not help by itself");
    };
    assert!(text.contains("could not read the file"), "{text}");
}
