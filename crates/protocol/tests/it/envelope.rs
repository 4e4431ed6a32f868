//! Sealing and opening: what passes, and that nothing else does.

use openlines_base::{Fault as _, Kind, SECOND, SystemRng, Time};
use openlines_protocol::{
    Address, BODY_MAX_BYTES, Batch, Envelope, HEADER_ID, HEADER_SIGNATURE, HEADER_SITE, HEADER_TIMESTAMP, Keys, Letter,
    OpenError, ReplayGuard, SealError, Sealed, SiteId, seal,
};
use proptest::prelude::*;
use serde_json::json;

use crate::common::{Counting, NOW, SITE, header, keys, licence, open, sealed, with_header};

#[test]
fn a_letter_is_opened_as_it_was_sealed() {
    for letter in Letter::ALL {
        let content = json!({"text": "Привет 👋", "n": 1});
        let sealed = sealed(letter, "7-1-3", &content);
        assert!(!sealed.body.contains("text"));
        let opened = open(&keys(1), letter, &sealed, NOW).unwrap();
        assert_eq!(opened.json::<serde_json::Value>().unwrap(), content);
        assert_eq!((opened.site, opened.id.as_str(), opened.timestamp), (SITE, "7-1-3", NOW));
    }
}

#[test]
fn a_letter_of_one_kind_does_not_pass_as_another() {
    for written in Letter::ALL {
        let sealed = sealed(written, "id", &json!({}));
        for wanted in Letter::ALL.into_iter().filter(|it| *it != written) {
            let error = open(&keys(1), wanted, &sealed, NOW).unwrap_err();
            let expected = if wanted.direction() == written.direction() {
                OpenError::WrongLetter { wanted: wanted.typ() }
            } else {
                OpenError::BadSignature
            };
            assert_eq!(error, expected, "{written:?} as {wanted:?}");
        }
    }
}

#[test]
fn bad_headers_are_named() {
    let good = sealed(Letter::Call, "call_1", &json!({}));
    for name in [HEADER_ID, HEADER_TIMESTAMP, HEADER_SIGNATURE, HEADER_SITE] {
        let error = open(&keys(1), Letter::Call, &with_header(good.clone(), name, ""), NOW).unwrap_err();
        assert_eq!(error, OpenError::MissingHeader { name });
        assert_eq!((error.kind(), error.field()), (Kind::BadInput, Some(name)));
    }
    for (name, value) in [
        (HEADER_ID, "a.b"),
        (HEADER_ID, "a b"),
        (HEADER_ID, "ключ"),
        (HEADER_ID, &"a".repeat(129)),
        (HEADER_TIMESTAMP, "+1795255200"),
        (HEADER_TIMESTAMP, "01795255200"),
        (HEADER_TIMESTAMP, "1795255200.0"),
        (HEADER_TIMESTAMP, "-1"),
        (HEADER_TIMESTAMP, "99999999999999999999"),
        (HEADER_SITE, "0"),
        (HEADER_SITE, "07"),
        (HEADER_SITE, "seven"),
        (HEADER_SIGNATURE, &"v1,".repeat(400)),
    ] {
        let error = open(&keys(1), Letter::Call, &with_header(good.clone(), name, value), NOW).unwrap_err();
        assert!(matches!(error, OpenError::BadHeader { name: it, .. } if it == name), "{name}: {value}: {error}");
    }
}

#[test]
fn swapping_the_site_is_refused_even_with_the_same_key() {
    let other = with_header(sealed(Letter::Call, "call_1", &json!({})), HEADER_SITE, "8");
    let error = open(&keys(1), Letter::Call, &other, NOW).unwrap_err();
    assert_eq!(error, OpenError::WrongSite);
    assert!(error.needs_login());
}

#[test]
fn the_window_is_five_minutes_either_way_with_its_border() {
    let sealed = sealed(Letter::Batch, "7-1-1", &json!({}));
    for (name, now, good) in [
        ("300 s later", NOW + 300 * SECOND, true),
        ("300.9 s later: only whole seconds count", NOW + std::time::Duration::from_millis(300_900), true),
        ("301 s later", NOW + 301 * SECOND, false),
        ("300 s earlier", NOW - 300 * SECOND, true),
        ("301 s earlier", NOW - 301 * SECOND, false),
        ("at the beginning of time", Time::from_ms(i64::MIN), false),
    ] {
        let result = open(&keys(1), Letter::Batch, &sealed, now);
        assert_eq!(result.is_ok(), good, "{name}");
        if let Err(error) = result {
            assert!(matches!(error, OpenError::TimestampOutOfWindow { .. }), "{name}: {error}");
        }
    }
}

#[test]
fn a_licence_key_is_changed_without_losing_a_letter() {
    let (old, new) = (licence(1), licence(2));
    // Each side goes through these steps on its own time; neighbouring steps must understand each other.
    let steps = [
        Keys::several([&old]).unwrap(),
        Keys::several([&old, &new]).unwrap(),
        Keys::several([&new, &old]).unwrap(),
        Keys::several([&new]).unwrap(),
    ];
    for (one, other) in steps.iter().zip(&steps[1..]) {
        for (from, to) in [(one, other), (other, one), (one, one)] {
            let address = Address { letter: Letter::Call, site: SITE, id: "call_1" };
            let sealed = seal(from, &address, &json!({}), NOW, &SystemRng).unwrap();
            open(to, Letter::Call, &sealed, NOW).unwrap();
        }
    }
    let address = Address { letter: Letter::Call, site: SITE, id: "call_1" };
    let too_early = seal(&steps[2], &address, &json!({}), NOW, &SystemRng).unwrap();
    assert_eq!(header(&too_early, HEADER_SIGNATURE).unwrap().split(' ').count(), 2);
    let error = open(&steps[0], Letter::Call, &too_early, NOW).unwrap_err();
    assert_eq!(error, OpenError::UnknownKey { known: old.id() });
}

#[test]
fn what_is_too_large_is_refused_on_both_sides() {
    let address = Address { letter: Letter::Batch, site: SITE, id: "1-1-1" };
    let content = "x".repeat(BODY_MAX_BYTES / 4 * 3);
    let error = seal(&keys(1), &address, &content, NOW, &SystemRng).unwrap_err();
    assert!(matches!(error, SealError::TooLarge { size, limit } if size > limit), "{error}");
    let fits = "x".repeat(BODY_MAX_BYTES / 4 * 3 - 400);
    let sealed = seal(&keys(1), &address, &fits, NOW, &SystemRng).unwrap();
    assert!(sealed.body.len() <= BODY_MAX_BYTES);
    assert_eq!(open(&keys(1), Letter::Batch, &sealed, NOW).unwrap().json::<String>().unwrap(), fits);

    let huge = Sealed { body: "x".repeat(BODY_MAX_BYTES + 1), ..sealed };
    let error = open(&keys(1), Letter::Batch, &huge, NOW).unwrap_err();
    assert!(matches!(error, OpenError::TooLarge { .. }), "{error}");
}

#[test]
fn an_id_that_cannot_stand_in_a_header_is_not_sealed() {
    for id in ["", "a.b", "a\r\nb", "é", &"a".repeat(129)] {
        let address = Address { letter: Letter::Call, site: SITE, id };
        assert_eq!(seal(&keys(1), &address, &json!({}), NOW, &SystemRng).unwrap_err(), SealError::Id, "{id:?}");
    }
}

#[test]
fn an_answer_belongs_to_its_request() {
    let receipt = sealed(Letter::Receipt, "7-1-3", &json!({}));
    let envelope = || Envelope::from_headers(|name| header(&receipt, name)).unwrap();
    let answer = |site, id| Address { letter: Letter::Receipt, site, id };
    let body = receipt.body.as_bytes();
    assert!(envelope().open_answer(&keys(1), &answer(SITE, "7-1-3"), body, NOW).is_ok());
    for other in [answer(SITE, "7-4-9"), answer(SiteId(8), "7-1-3")] {
        let error = envelope().open_answer(&keys(1), &other, body, NOW).unwrap_err();
        assert_eq!(error, OpenError::OtherAnswer);
    }
}

#[test]
fn wrong_content_is_named_without_its_values() {
    for (name, content, path, problem) in [
        ("not an object", json!("SECRET"), ".", "wrong type or value"),
        ("nothing in it", json!({}), ".", "missing field `connection`"),
        ("a wrong type", json!({"connection": "SECRET", "events": []}), "connection", "wrong type or value"),
        ("deep inside", json!({"connection": 1, "events": [{"id": "SECRET"}]}), "events[0]", "missing field `seq`"),
    ] {
        let opened = open(&keys(1), Letter::Batch, &sealed(Letter::Batch, "1-1-1", &content), NOW).unwrap();
        let error = opened.json::<Batch>().unwrap_err();
        let text = error.to_string();
        assert!(!text.contains("SECRET"), "{name}: {text}");
        assert_eq!(error.field(), Some(path), "{name}: {text}");
        assert!(text.contains(problem), "{name}: {text}");
    }
}

#[test]
fn a_letter_passes_the_guard_once_and_its_honest_retry_too() {
    let mut guard = ReplayGuard::new();
    let rng = Counting::from(0);
    let address = Address { letter: Letter::Batch, site: SITE, id: "1-1-1" };
    let try_of = |at| seal(&keys(1), &address, &json!({}), at, &rng).unwrap();
    let first = try_of(NOW);
    let opened = open(&keys(1), Letter::Batch, &first, NOW).unwrap();
    guard.admit(&opened, NOW).unwrap();
    assert_eq!(guard.admit(&opened, NOW).unwrap_err(), OpenError::Replayed);
    // Same id, same second, sealed anew.
    let retry = open(&keys(1), Letter::Batch, &try_of(NOW), NOW).unwrap();
    guard.admit(&retry, NOW).unwrap();
    // The recording is refused as long as the window would let it pass, also by a clock that was set back.
    let late = NOW + 300 * SECOND;
    assert_eq!(guard.admit(&open(&keys(1), Letter::Batch, &first, late).unwrap(), late), Err(OpenError::Replayed));
    let early = NOW - 300 * SECOND;
    assert_eq!(guard.admit(&open(&keys(1), Letter::Batch, &first, early).unwrap(), early), Err(OpenError::Replayed));
}

#[test]
fn taking_a_signature_away_or_adding_one_does_not_make_a_replay_new() {
    let both = Keys::several([&licence(2), &licence(1)]).unwrap();
    let address = Address { letter: Letter::Call, site: SITE, id: "call_1" };
    let sealed = seal(&both, &address, &json!({}), NOW, &SystemRng).unwrap();
    let signatures = header(&sealed, HEADER_SIGNATURE).unwrap().to_owned();
    let (first, second) = signatures.split_once(' ').unwrap();
    let mut guard = ReplayGuard::new();
    guard.admit(&open(&both, Letter::Call, &sealed, NOW).unwrap(), NOW).unwrap();
    for changed in [first, second, &format!("{second} {first}"), &format!("v1a,AAAA {first}")] {
        let replay = with_header(sealed.clone(), HEADER_SIGNATURE, changed);
        let opened = open(&both, Letter::Call, &replay, NOW).unwrap();
        assert_eq!(guard.admit(&opened, NOW), Err(OpenError::Replayed), "{changed}");
    }
}

/// Any JSON text content, of ASCII and beyond.
fn content() -> impl Strategy<Value = serde_json::Value> {
    any::<String>().prop_map(|it| json!({ "text": it }))
}

fn letter() -> impl Strategy<Value = Letter> {
    prop::sample::select(Letter::ALL.to_vec())
}

proptest! {
    #[test]
    fn seal_then_open_gives_the_same(content in content(), letter in letter(), id in "[A-Za-z0-9_-]{1,128}", skew in -300i64..=300) {
        let sealed = sealed(letter, &id, &content);
        let opened = open(&keys(1), letter, &sealed, Time::from_s(NOW.s() + skew)).unwrap();
        prop_assert_eq!(opened.json::<serde_json::Value>().unwrap(), content);
    }

    #[test]
    fn any_flipped_bit_is_refused(content in content(), letter in letter(), place in any::<prop::sample::Index>(), bit in 0u8..8) {
        let good = sealed(letter, "7-1-3", &content);
        // All bytes of the letter in a row: four headers, then the body.
        let mut parts: Vec<Vec<u8>> = good.headers.iter().map(|(_, value)| value.clone().into_bytes()).collect();
        parts.push(good.body.into_bytes());
        let mut place = place.index(parts.iter().map(Vec::len).sum());
        let part = parts.iter_mut().find(|it| { let here = place < it.len(); if !here { place -= it.len(); } here }).unwrap();
        part[place] ^= 1 << bit;
        let body = parts.pop().unwrap();
        let get = |name| {
            let place = good.headers.iter().position(|(it, _)| *it == name)?;
            // An HTTP library does not even hand out a header that is not text.
            std::str::from_utf8(&parts[place]).ok()
        };
        let result = Envelope::from_headers(get).and_then(|it| it.open(&keys(1), letter, &body, NOW));
        prop_assert!(result.is_err());
    }

    #[test]
    fn another_key_does_not_open(content in content(), letter in letter(), byte in 2u8..) {
        let sealed = sealed(letter, "7-1-3", &content);
        prop_assert_eq!(open(&keys(byte), letter, &sealed, NOW).unwrap_err(), OpenError::BadSignature);
    }

    #[test]
    fn an_old_or_future_letter_does_not_open(letter in letter(), off in 301i64..1 << 40, later in any::<bool>()) {
        let sealed = sealed(letter, "7-1-3", &json!({}));
        let now = Time::from_s(if later { NOW.s() + off } else { NOW.s() - off });
        let refused = matches!(open(&keys(1), letter, &sealed, now), Err(OpenError::TimestampOutOfWindow { .. }));
        prop_assert!(refused);
    }

    #[test]
    fn junk_never_panics(id in any::<String>(), timestamp in any::<String>(), signature in any::<String>(), site in any::<String>(), body in any::<Vec<u8>>()) {
        let get = |name| Some(match name { HEADER_ID => &*id, HEADER_TIMESTAMP => &*timestamp, HEADER_SIGNATURE => &*signature, _ => &*site });
        let result = Envelope::from_headers(get).and_then(|it| it.open(&keys(1), Letter::Call, &body, NOW));
        prop_assert!(result.is_err());
    }

    #[test]
    fn the_guard_never_lets_a_letter_pass_twice(tries in prop::collection::vec((0u8..20, 0i64..90, 0i64..=300), 1..200)) {
        // Letters stamped at various moments come again and again, by a clock that is set back now and then.
        let mut guard = ReplayGuard::new();
        let rng = Counting::from(0);
        let address = Address { letter: Letter::Call, site: SITE, id: "call_1" };
        let letters: Vec<_> = (0..20)
            .map(|it| seal(&keys(1), &address, &json!({}), Time::from_s(NOW.s() + it * 40), &rng).unwrap())
            .collect();
        let mut passed = std::collections::BTreeSet::new();
        let mut time_s = NOW.s();
        for (letter, on_s, back_s) in tries {
            time_s += on_s;
            let now = Time::from_s(time_s - back_s);
            let Ok(opened) = open(&keys(1), Letter::Call, &letters[usize::from(letter)], now) else { continue };
            if guard.admit(&opened, now).is_ok() {
                prop_assert!(passed.insert(letter), "letter {} passed twice", letter);
            } else {
                prop_assert!(passed.contains(&letter), "letter {} never passed", letter);
            }
        }
    }
}
