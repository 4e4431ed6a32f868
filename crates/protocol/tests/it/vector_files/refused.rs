//! Letters that must be refused, forged with plain HKDF, HMAC and AES-GCM: a file can hold what `seal` would never write.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use openlines_base::Rng as _;
use openlines_protocol::{Direction, Letter, LicenceKey};
use ring::{aead, hmac};
use serde_json::{Value, json};

use super::{BodyText, Headers, LetterVector, LettersFile, NOW_S, asked, counting, derive, good, licence, text_of};

/// What a forger writes: any protected header, any content, well encrypted and well signed.
struct Forged<'f> {
    name: &'f str,
    letter: Letter,
    protected: Protected,
    /// Encrypted with the protected header that is meant, not with the one sent.
    aad: Option<&'f str>,
}

/// By name, so that the text is the same whatever features serde_json is built with.
type Protected = BTreeMap<&'static str, Value>;

fn protected(letter: Letter) -> Protected {
    BTreeMap::from([
        ("alg", json!("dir")),
        ("enc", json!("A256GCM")),
        ("kid", json!(licence(0).id())),
        ("sub", json!("7")),
        ("typ", json!(letter.typ())),
        ("v", json!(1)),
    ])
}

fn encoded(protected: &Protected) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(protected).unwrap())
}

fn signature(key: &LicenceKey, direction: Direction, headers: &Headers, body: &str) -> String {
    let sign = derive(key, &format!("openlines/v1/sign/{}", direction.name()), 32);
    let signed = format!("{}.{}.{body}", headers.id.as_deref().unwrap(), headers.timestamp.as_deref().unwrap());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &sign), signed.as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(tag))
}

/// Signs whatever body, as somebody with the key could.
fn signed(mut vector: LetterVector, direction: Direction, body: String) -> LetterVector {
    vector.headers.signature = Some(signature(&licence(0), direction, &vector.headers, &body));
    vector.body = BodyText::Whole(body);
    vector
}

impl Forged<'_> {
    fn vector(&self, error: &str) -> LetterVector {
        let key = licence(0);
        let direction = self.letter.direction();
        let encrypt = derive(&key, &format!("openlines/v1/encrypt/{}", direction.name()), 32);
        let encrypt = aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_256_GCM, &encrypt).unwrap());
        let mut nonce = [0; 12];
        counting(self.name.bytes().fold(0, u8::wrapping_add)).fill(&mut nonce);
        let protected = encoded(&self.protected);
        let mut text = b"{}".to_vec();
        let aad = aead::Aad::from(self.aad.unwrap_or(&protected).as_bytes());
        let nonce_of = aead::Nonce::assume_unique_for_key(nonce);
        let tag = encrypt.seal_in_place_separate_tag(nonce_of, aad, &mut text).unwrap();
        let [nonce, text, tag] = [&nonce[..], &text, tag.as_ref()].map(|it| BASE64_URL_SAFE_NO_PAD.encode(it));
        let base = refused(self.name, self.letter, error);
        signed(base, direction, format!("{protected}..{nonce}.{text}.{tag}"))
    }
}

/// A good letter that is about to be spoiled.
fn refused(name: &str, letter: Letter, error: &str) -> LetterVector {
    let mut vector = good(name, letter, "id_1", &json!({}), &[&licence(0)]);
    vector.error = Some(error.to_owned());
    vector.content = None;
    vector
}

/// Turns the character so far before the end of a text into another of the alphabet of base64.
fn spoiled(text: &str, from_end: usize) -> String {
    let place = text.len() - from_end;
    let other = if &text[place..=place] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &text[..place], &text[place + 1..])
}

fn whole(vector: &LetterVector) -> String {
    String::from_utf8(vector.body.bytes()).unwrap()
}

pub(super) fn file() -> LettersFile {
    let mut letters = broken_headers();
    letters.extend(broken_proofs());
    letters.extend(broken_bodies());
    letters.extend(misplaced());
    LettersFile {
        about: "Letters that are refused. `error` is the code of the first check that fails.".to_owned(),
        letters,
    }
}

type Spoil = fn(&mut LetterVector);

fn spoil(name: &str, letter: Letter, error: &str, spoil: Spoil) -> LetterVector {
    let mut vector = refused(name, letter, error);
    spoil(&mut vector);
    vector
}

fn broken_headers() -> Vec<LetterVector> {
    let rows: [(&str, &str, Spoil); 11] = [
        ("no webhook-id", "missing_header", |it| it.headers.id = None),
        ("no webhook-timestamp", "missing_header", |it| it.headers.timestamp = None),
        ("no webhook-signature", "missing_header", |it| it.headers.signature = None),
        ("no openlines-site", "missing_header", |it| it.headers.site = None),
        ("a dot in webhook-id", "bad_header", |it| it.headers.id = Some("id.1".to_owned())),
        ("an empty webhook-id", "bad_header", |it| it.headers.id = Some(String::new())),
        ("a timestamp with a fraction", "bad_header", |it| it.headers.timestamp = Some(format!("{NOW_S}.5"))),
        ("a timestamp with a leading zero", "bad_header", |it| it.headers.timestamp = Some(format!("0{NOW_S}"))),
        ("a site that is no number", "bad_header", |it| it.headers.site = Some("seven".to_owned())),
        ("301 seconds old", "timestamp_out_of_window", |it| it.now = NOW_S + 301),
        ("301 seconds ahead", "timestamp_out_of_window", |it| it.now = NOW_S - 301),
    ];
    rows.into_iter().map(|(name, error, how)| spoil(name, Letter::Call, error, how)).collect()
}

fn broken_proofs() -> Vec<LetterVector> {
    let rows: [(&str, &str, Spoil); 9] = [
        ("a body over 8 MiB", "too_large", |it| {
            it.body = BodyText::Repeated { repeat: "A".to_owned(), times: 8 * 1024 * 1024 + 1 };
        }),
        ("an empty body", "bad_signature", |it| it.body = BodyText::Whole(String::new())),
        ("another licence key", "bad_signature", |it| it.licence_keys = vec![text_of(&licence(100))]),
        ("another id", "bad_signature", |it| it.headers.id = Some("id_2".to_owned())),
        ("another timestamp", "bad_signature", |it| it.headers.timestamp = Some((NOW_S + 1).to_string())),
        ("a changed body", "bad_signature", |it| it.body = BodyText::Whole(spoiled(&whole(it), 25))),
        ("a changed signature", "bad_signature", |it| {
            it.headers.signature = it.headers.signature.as_deref().map(|it| spoiled(it, 10));
        }),
        ("a signature of another scheme only", "bad_signature", |it| {
            it.headers.signature = it.headers.signature.as_deref().map(|it| it.replacen("v1,", "v1a,", 1));
        }),
        ("signatures separated by a comma", "bad_signature", |it| {
            it.headers.signature = it.headers.signature.as_deref().map(|it| format!("v1,AAAA,{it}"));
        }),
    ];
    rows.into_iter().map(|(name, error, how)| spoil(name, Letter::Call, error, how)).collect()
}

fn broken_bodies() -> Vec<LetterVector> {
    let letter = Letter::Call;
    let direction = letter.direction();
    let forged = |name, protected, error| Forged { name, letter, protected, aad: None }.vector(error);
    let with = |name, member, value, error| {
        let mut protected = protected(letter);
        protected.insert(member, value);
        forged(name, protected, error)
    };
    let base = refused("signed, but", letter, "malformed");
    let resigned = |name: &str, error: &str, body: String| {
        let vector = signed(refused(name, letter, error), direction, body);
        LetterVector { name: name.to_owned(), ..vector }
    };
    let body = whole(&base);
    let parts: Vec<&str> = body.split('.').collect();
    let mut no_version = protected(letter);
    no_version.remove("v");
    let other_header = encoded(&protected(Letter::Receipt));
    vec![
        resigned("not a JWE", "malformed", "{}".to_owned()),
        resigned("four parts", "malformed", parts[..4].join(".")),
        resigned("six parts", "malformed", format!("{body}.")),
        resigned("an encrypted key with dir", "malformed", body.replacen("..", ".AAAA.", 1)),
        resigned("padding", "malformed", format!("{body}==")),
        resigned("a short tag", "malformed", body[..body.len() - 2].to_owned()),
        resigned("a protected header that is not JSON", "malformed", body.replacen(parts[0], "bm8", 1)),
        forged("a protected header without a version", no_version, "malformed"),
        with("another alg", "alg", json!("A256KW"), "malformed"),
        with("another enc", "enc", json!("A128GCM"), "malformed"),
        with("compressed", "zip", json!("DEF"), "malformed"),
        with("a critical member", "crit", json!(["exp"]), "malformed"),
        with("a newer version", "v", json!(2), "unknown_version"),
        with("another site inside", "sub", json!("8"), "wrong_site"),
        with("a key that is not known", "kid", json!(licence(100).id()), "unknown_key"),
        resigned("a changed tag", "undecryptable", spoiled(&body, 5)),
        Forged {
            name: "a protected header put over another",
            letter,
            protected: protected(letter),
            aad: Some(&other_header),
        }
        .vector("undecryptable"),
    ]
}

/// Good letters in the wrong place.
fn misplaced() -> Vec<LetterVector> {
    let mut other_site = refused("another site outside, with the same key", Letter::Call, "wrong_site");
    other_site.headers.site = Some("8".to_owned());
    let mut other_kind = refused("a receipt where a call is wanted", Letter::Receipt, "wrong_letter");
    other_kind.letter = "call".to_owned();
    let mut other_direction = refused("a batch sent back to the hub as a call", Letter::Batch, "bad_signature");
    other_direction.letter = "call".to_owned();
    let mut other_answer = asked(refused("a receipt for another batch", Letter::Receipt, "other_answer"));
    other_answer.request.as_mut().unwrap().id = "id_2".to_owned();
    let mut twice = refused("the same letter twice", Letter::Call, "replayed");
    twice.twice = true;
    let (old, new) = (licence(0), licence(100));
    let mut too_early =
        good("sealed with a key that the receiver does not have yet", Letter::Call, "id_1", &json!({}), &[&new, &old]);
    too_early.licence_keys = vec![text_of(&old)];
    too_early.content = None;
    too_early.error = Some("unknown_key".to_owned());
    let wrong_content = refused("a batch without a connection", Letter::Batch, "wrong_content");
    vec![other_site, other_kind, other_direction, other_answer, twice, too_early, wrong_content]
}
