//! Makes the files in `vectors/`, always the same: fixed keys, fixed moments, counted nonces.
//!
//! Good letters are sealed by the crate, the refused ones are forged in `refused.rs`. `examples/vectors.rs` writes the
//! files, `vectors.rs` checks them.

mod refused;

use std::sync::atomic::{AtomicU8, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use openlines_base::{Rng, Time};
use openlines_protocol::{
    Address, Batch, CallAnswer, CallError, ConnectionId, Direction, Keys, Letter, LicenceKey, PortalCall, Receipt,
    SiteId, markup, seal,
};
use ring::hkdf;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// All letters are sealed then: 2026-11-21 10:00:00 UTC.
const NOW_S: i64 = 1_795_255_200;
const SITE: SiteId = SiteId(7);

/// `vectors/keys.json`
#[derive(Serialize, Deserialize)]
pub(crate) struct KeysFile {
    pub(crate) about: String,
    /// The salt, ASCII.
    pub(crate) salt: String,
    pub(crate) licence_keys: Vec<KeyVector>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct KeyVector {
    pub(crate) text: String,
    pub(crate) id: String,
    pub(crate) derived: Vec<Derived>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Derived {
    pub(crate) info: String,
    pub(crate) bytes_hex: String,
}

/// `vectors/letters.json` and `vectors/refused.json`
#[derive(Serialize, Deserialize)]
pub(crate) struct LettersFile {
    pub(crate) about: String,
    pub(crate) letters: Vec<LetterVector>,
}

/// One letter as it comes over the wire, and what becomes of it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LetterVector {
    pub(crate) name: String,
    /// What the receiver expects: `batch`, `receipt`, `call`, `answer`.
    pub(crate) letter: String,
    /// Licence keys of the receiver, newest first.
    pub(crate) licence_keys: Vec<String>,
    /// The receiver's clock, seconds since 1970.
    pub(crate) now: i64,
    /// For answers: what was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<Asked>,
    /// The receiver gets the letter twice; `error` is about the second time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) twice: bool,
    pub(crate) headers: Headers,
    pub(crate) body: BodyText,
    /// What is inside, for letters that open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<Value>,
    /// The code of the refusal, for those that do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) site: String,
    pub(crate) id: String,
}

/// The four headers; an absent one is not sent.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Headers {
    #[serde(rename = "webhook-id", default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(rename = "webhook-timestamp", default, skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp: Option<String>,
    #[serde(rename = "webhook-signature", default, skip_serializing_if = "Option::is_none")]
    pub(crate) signature: Option<String>,
    #[serde(rename = "openlines-site", default, skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<String>,
}

/// A body as text, or, if it would be too long for a file, as a text to be repeated.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum BodyText {
    Whole(String),
    Repeated { repeat: String, times: usize },
}

impl BodyText {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Whole(text) => text.clone().into_bytes(),
            Self::Repeated { repeat, times } => repeat.repeat(*times).into_bytes(),
        }
    }
}

/// `vectors/markup.json`
#[derive(Serialize, Deserialize)]
pub(crate) struct MarkupFile {
    pub(crate) about: String,
    pub(crate) texts: Vec<MarkupVector>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct MarkupVector {
    pub(crate) name: String,
    /// As it may come.
    pub(crate) text: String,
    /// Read and written again.
    pub(crate) canonical: String,
    /// What people read where nothing can be formatted.
    pub(crate) plain: String,
}

/// Counts up from a given number.
struct Counting(AtomicU8);

impl Rng for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

fn counting(start: u8) -> Counting {
    Counting(AtomicU8::new(start))
}

/// The licence key of the bytes `start`, `start + 1`, …
fn licence(start: u8) -> LicenceKey {
    LicenceKey::generate(&counting(start))
}

fn text_of(key: &LicenceKey) -> String {
    key.text().expose().clone()
}

/// HKDF-SHA256, by the letter of `docs/protocol.md`.
fn derive(key: &LicenceKey, info: &str, size: usize) -> Vec<u8> {
    struct Size(usize);
    impl hkdf::KeyType for Size {
        fn len(&self) -> usize {
            self.0
        }
    }
    let text = text_of(key);
    let secret = BASE64_URL_SAFE_NO_PAD.decode(text.trim_start_matches("ol_")).unwrap();
    let mut bytes = vec![0; size];
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"openlines");
    salt.extract(&secret).expand(&[info.as_bytes()], Size(size)).unwrap().fill(&mut bytes).unwrap();
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

pub(crate) fn keys_file() -> KeysFile {
    let vector = |start| {
        let key = licence(start);
        let mut infos = vec![("openlines/v1/key-id".to_owned(), 8)];
        for direction in Direction::ALL {
            infos.extend(["encrypt", "sign"].map(|it| (format!("openlines/v1/{it}/{}", direction.name()), 32)));
        }
        let derived = infos
            .into_iter()
            .map(|(info, size)| Derived { bytes_hex: hex(&derive(&key, &info, size)), info })
            .collect();
        KeyVector { text: text_of(&key), id: key.id(), derived }
    };
    KeysFile {
        about: "HKDF-SHA256 over the 32 bytes of a licence key. The id is the base64url of the first one derived."
            .to_owned(),
        salt: "openlines".to_owned(),
        licence_keys: vec![vector(0), vector(100)],
    }
}

/// The word of a kind of letter in the files.
pub(crate) fn letter_word(letter: Letter) -> &'static str {
    letter.typ().trim_start_matches("openlines-")
}

fn good<T: Serialize>(name: &str, letter: Letter, id: &str, content: &T, keys: &[&LicenceKey]) -> LetterVector {
    let nonce_start = name.bytes().fold(0_u8, u8::wrapping_add);
    let ring = Keys::several(keys.iter().copied()).unwrap();
    let address = Address { letter, site: SITE, id };
    let sealed = seal(&ring, &address, content, Time::from_s(NOW_S), &counting(nonce_start)).unwrap();
    let [id, timestamp, signature, site] = sealed.headers.map(|(_, value)| Some(value));
    LetterVector {
        name: name.to_owned(),
        letter: letter_word(letter).to_owned(),
        licence_keys: keys.iter().map(|it| text_of(it)).collect(),
        now: NOW_S + 2,
        request: None,
        twice: false,
        headers: Headers { id, timestamp, signature, site },
        body: BodyText::Whole(sealed.body),
        content: Some(serde_json::to_value(content).unwrap()),
        error: None,
    }
}

fn asked(mut vector: LetterVector) -> LetterVector {
    vector.request = Some(Asked { site: SITE.to_string(), id: vector.headers.id.clone().unwrap() });
    vector
}

fn batch() -> Batch {
    let events: Vec<Value> = serde_json::from_str(include_str!("../../../vectors/events.json")).unwrap();
    let events = events.into_iter().take(2).map(|it| serde_json::from_value(it).unwrap()).collect();
    Batch { connection: ConnectionId(12), events }
}

fn call() -> PortalCall {
    let message = json!({"action": "send", "chat": {"id": "500"}, "connection": 12, "id": "m-81",
        "message": {"text": "Good day, [b]Anna[/b]!"}});
    PortalCall { method: "sendMessages".to_owned(), params: json!({ "messages": [message] }) }
}

pub(crate) fn letters_file() -> LettersFile {
    let (old, new) = (licence(0), licence(100));
    let receipt = |accepted, retry_after_s| Receipt { batch: "12-345-346".to_owned(), accepted, retry_after_s };
    let error = CallError {
        code: "unknown_method".to_owned(),
        text: "unknown method sendMesages; this hub knows sendMessages, updateMessages, …".to_owned(),
        field: Some("method".to_owned()),
        retry_after_s: None,
    };
    let mut at_the_border = good("a call at the border of the window", Letter::Call, "call_q3", &call(), &[&old]);
    at_the_border.now = NOW_S + 300;
    let mut only_old =
        good("signed with both keys, sealed with the old", Letter::Batch, "12-345-346", &batch(), &[&old, &new]);
    only_old.licence_keys = vec![text_of(&old)];
    let mut foreign =
        good("a signature of a scheme that is not known stands first", Letter::Call, "call_q4", &call(), &[&old]);
    foreign.headers.signature = foreign.headers.signature.map(|it| format!("v1a,bm90IG91cnM= {it}"));
    let letters = vec![
        good("a batch from hub to portal", Letter::Batch, "12-345-346", &batch(), &[&old]),
        asked(good("its receipt", Letter::Receipt, "12-345-346", &receipt(2, None), &[&old])),
        asked(good(
            "a receipt for the first event only",
            Letter::Receipt,
            "12-345-346",
            &receipt(1, Some(30)),
            &[&old],
        )),
        good("a call from portal to hub", Letter::Call, "call_q1", &call(), &[&old]),
        asked(good(
            "its answer",
            Letter::Answer,
            "call_q1",
            &CallAnswer::Result(json!({"accepted": ["m-81"]})),
            &[&old],
        )),
        asked(good("an answer that refuses", Letter::Answer, "call_q2", &CallAnswer::Error(error), &[&old])),
        good("two keys, two signatures, sealed with the new", Letter::Batch, "12-345-346", &batch(), &[&new, &old]),
        only_old,
        at_the_border,
        foreign,
    ];
    LettersFile { about: "Letters that open. `content` is the JSON inside.".to_owned(), letters }
}

pub(crate) fn markup_file() -> MarkupFile {
    let rows = [
        ("plain text", "Good day [1]"),
        ("bold and italic", "[b]Good [i]day[/i][/b]"),
        ("any case", "[B]Good[/B]"),
        ("crossed tags", "[b]one[i]two[/b]three[/i]"),
        ("never closed", "[b]one"),
        ("never opened", "one[/b]"),
        ("tags around nothing", "one[b][i][/i][/b]two"),
        ("a bracket that would be a tag", "[[]b] is bold"),
        ("the escape itself", "[[][]"),
        ("code", "[code]if a[[]b] then [i]stay[/i][/code]"),
        ("a link", "[url=https://shop.example/?a=1&b=2]the shop[/url]"),
        ("a link that is its label", "[url]https://shop.example[/url]"),
        ("a script is no link", "[url=javascript:alert(1)]press[/url]"),
        ("a telephone", "[url=tel:+79990001122]+79990001122[/url]"),
        ("quote and spoiler", "[quote]How much?[/quote]\n[spoiler]much[/spoiler]"),
    ];
    let texts = rows
        .into_iter()
        .map(|(name, text)| {
            let nodes = markup::parse(text);
            MarkupVector {
                name: name.to_owned(),
                text: text.to_owned(),
                canonical: markup::render(&nodes),
                plain: markup::to_plain(&nodes),
            }
        })
        .collect();
    MarkupFile {
        about:
            "The universal text: as it may come, as it is written again, and what a channel without formatting shows."
                .to_owned(),
        texts,
    }
}

/// All files that are made here: name and text.
pub(crate) fn all() -> [(&'static str, String); 4] {
    fn text<T: Serialize>(file: &T) -> String {
        serde_json::to_string_pretty(file).unwrap() + "\n"
    }
    [
        ("keys.json", text(&keys_file())),
        ("letters.json", text(&letters_file())),
        ("refused.json", text(&refused::file())),
        ("markup.json", text(&markup_file())),
    ]
}
