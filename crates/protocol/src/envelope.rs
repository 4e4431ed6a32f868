//! The envelope around everything that hub and portal say to each other: encrypt, then sign.
//!
//! A letter's JSON becomes a compact JWE (`dir`, `A256GCM`, RFC 7516), and the Standard Webhooks scheme signs the sealed
//! text. [`seal`] makes both. Opening goes in two steps, as the site must be known before its keys can be found:
//! [`Envelope::from_headers`] reads the headers, [`Envelope::open`] proves and decrypts. [`Letter`] keeps the four kinds
//! of letters apart, so none can be played back as another. Contract and byte layout: `docs/protocol.md`.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use openlines_base::{Rng, Time};
use ring::{aead, hmac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use crate::error::{OpenError, SealError};
use crate::keys::{Direction, KeySet, Keys};
use crate::{PROTOCOL_VERSION, SiteId};

/// Largest sealed body, in bytes. More is refused before anything is computed.
pub const BODY_MAX_BYTES: usize = 8 * 1024 * 1024;
/// Longest `webhook-id`, in characters.
pub const ID_MAX_CHARS: usize = 128;
/// How far the clocks of both sides may differ, in seconds, either way; the border itself is good.
pub const WINDOW_S: u64 = 300;

/// Header with the id of the letter, the same over all tries.
pub const HEADER_ID: &str = "webhook-id";
/// Header with the moment of this try, in whole seconds since 1970.
pub const HEADER_TIMESTAMP: &str = "webhook-timestamp";
/// Header with the signatures: `v1,<base64>`, separated by single spaces.
pub const HEADER_SIGNATURE: &str = "webhook-signature";
/// Header with the hub's number of the site. Not secret; bound by the `sub` of the sealed body.
pub const HEADER_SITE: &str = "openlines-site";
/// Media type of a sealed body (RFC 7515, section 9.2.1).
pub const CONTENT_TYPE: &str = "application/jose";

/// Signatures looked at in one header: more than both sides could have keys.
const SIGNATURES_MAX: usize = 16;
/// Longest value of any of our headers, in bytes. 16 signatures take under 800.
const HEADER_MAX_BYTES: usize = 1024;
/// Bytes of the authentication tag of AES-GCM.
const TAG_BYTES: usize = 16;
/// Longest protected header in base64url, in bytes. Ours has about 200.
const PROTECTED_MAX_BYTES: usize = 2048;

/// The four kinds of letters. The kind decides the direction and stands sealed as `typ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Letter {
    /// Hub to portal, a request: [`crate::Batch`].
    Batch,
    /// Portal to hub, the answer to a batch: [`crate::Receipt`].
    Receipt,
    /// Portal to hub, a request: [`crate::PortalCall`].
    Call,
    /// Hub to portal, the answer to a call: [`crate::CallAnswer`].
    Answer,
}

impl Letter {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Batch, Self::Receipt, Self::Call, Self::Answer];

    /// The word in the protected header.
    #[must_use]
    pub const fn typ(self) -> &'static str {
        match self {
            Self::Batch => "openlines-batch",
            Self::Receipt => "openlines-receipt",
            Self::Call => "openlines-call",
            Self::Answer => "openlines-answer",
        }
    }

    /// Who writes it.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::Batch | Self::Answer => Direction::HubToPortal,
            Self::Receipt | Self::Call => Direction::PortalToHub,
        }
    }
}

/// What stands on the outside of a letter that is to be sealed.
#[derive(Debug, Clone, Copy)]
pub struct Address<'a> {
    /// Which kind of letter.
    pub letter: Letter,
    /// The site that the letter comes from or goes to.
    pub site: SiteId,
    /// The `webhook-id`: of a request its own, the same over all tries; of an answer the request's.
    /// 1 to [`ID_MAX_CHARS`] of `A-Z a-z 0-9 _ -`.
    pub id: &'a str,
}

/// A sealed letter, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The body: compact JWE, ASCII.
    pub body: String,
    /// The four headers by name. `content-type` is [`CONTENT_TYPE`], always.
    pub headers: [(&'static str, String); 4],
}

/// The protected header. Unknown members are ignored, except those that change how the body is read.
#[derive(Serialize, Deserialize)]
struct Protected<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow)]
    enc: Cow<'a, str>,
    #[serde(borrow)]
    kid: Cow<'a, str>,
    #[serde(borrow)]
    typ: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    v: u32,
    #[serde(default, skip_serializing)]
    zip: Option<serde::de::IgnoredAny>,
    #[serde(default, skip_serializing)]
    crit: Option<serde::de::IgnoredAny>,
}

/// The one member of the protected header that every version has.
#[derive(Deserialize)]
struct Version {
    v: u32,
}

/// Seals one letter: writes `content` as JSON, encrypts it with the first key, signs the result with all keys.
///
/// Every try is sealed anew: `now` and the nonce differ, so an honest retry is never taken for a replay.
///
/// # Errors
/// When the id is not one, or the sealed body would be larger than [`BODY_MAX_BYTES`].
pub fn seal<T: Serialize + ?Sized>(
    keys: &Keys,
    address: &Address<'_>,
    content: &T,
    now: Time,
    rng: &dyn Rng,
) -> Result<Sealed, SealError> {
    if !is_id(address.id) {
        return Err(SealError::Id);
    }
    let plain = serde_json::to_vec(content).map_err(|_| SealError::NotJson)?;
    let direction = address.letter.direction();
    let body = encrypt(keys.first(), address, plain, rng)?;
    let timestamp = now.s().to_string();
    let signatures: Vec<_> = keys
        .all()
        .iter()
        .map(|it| {
            let tag = mac(&it.pair(direction).sign, address.id, &timestamp, body.as_bytes()).sign();
            format!("v1,{}", BASE64_STANDARD.encode(tag))
        })
        .collect();
    let headers = [
        (HEADER_ID, address.id.to_owned()),
        (HEADER_TIMESTAMP, timestamp),
        (HEADER_SIGNATURE, signatures.join(" ")),
        (HEADER_SITE, address.site.to_string()),
    ];
    Ok(Sealed { body, headers })
}

fn encrypt(key: &KeySet, address: &Address<'_>, mut text: Vec<u8>, rng: &dyn Rng) -> Result<String, SealError> {
    let protected = Protected {
        alg: "dir".into(),
        enc: "A256GCM".into(),
        kid: key.id.as_str().into(),
        typ: address.letter.typ().into(),
        sub: address.site.to_string().into(),
        v: PROTOCOL_VERSION,
        zip: None,
        crit: None,
    };
    let protected = serde_json::to_vec(&protected).map_err(|_| SealError::NotJson)?;
    let mut body = BASE64_URL_SAFE_NO_PAD.encode(protected);
    // Four dots, nonce and tag take 42 characters.
    let size = body.len() + 42 + text.len().saturating_mul(4).div_ceil(3);
    if size > BODY_MAX_BYTES {
        return Err(SealError::TooLarge { size, limit: BODY_MAX_BYTES });
    }
    body.reserve_exact(size.saturating_sub(body.len()));

    let mut nonce = [0; aead::NONCE_LEN];
    rng.fill(&mut nonce);
    let tag = key
        .pair(address.letter.direction())
        .encrypt
        .seal_in_place_separate_tag(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::from(body.as_bytes()),
            &mut text,
        )
        .expect("AES-GCM takes up to 64 GiB, we give at most 8 MiB");
    // The second part of a compact JWE, the encrypted key, is empty with `dir`.
    body.push_str("..");
    BASE64_URL_SAFE_NO_PAD.encode_string(nonce, &mut body);
    body.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(text, &mut body);
    body.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(tag, &mut body);
    Ok(body)
}

/// The outside of a letter that came in: what the headers say, nothing proven yet.
#[derive(Debug, Clone)]
pub struct Envelope {
    site: SiteId,
    id: String,
    timestamp: String,
    signatures: String,
}

impl Envelope {
    /// Reads the four headers. `get` gives a header's value by its lower-case name.
    ///
    /// # Errors
    /// When a header is missing or not of the form that the contract wants.
    pub fn from_headers<'h>(get: impl Fn(&'static str) -> Option<&'h str>) -> Result<Self, OpenError> {
        let value = |name| {
            let value = get(name).ok_or(OpenError::MissingHeader { name })?;
            if value.len() > HEADER_MAX_BYTES {
                return Err(OpenError::BadHeader { name, hint: "at most 1024 bytes" });
            }
            Ok(value)
        };
        let id = value(HEADER_ID)?;
        if !is_id(id) {
            return Err(OpenError::BadHeader { name: HEADER_ID, hint: "1 to 128 characters of A-Z a-z 0-9 _ -" });
        }
        let timestamp = value(HEADER_TIMESTAMP)?;
        if canonical_number(timestamp).is_none() {
            return Err(OpenError::BadHeader { name: HEADER_TIMESTAMP, hint: "whole seconds since 1970, digits only" });
        }
        let signatures = value(HEADER_SIGNATURE)?;
        let site = value(HEADER_SITE)?;
        let site = canonical_number(site)
            .filter(|it| *it > 0)
            .ok_or(OpenError::BadHeader { name: HEADER_SITE, hint: "the site's number, digits only" })?;
        Ok(Self {
            site: SiteId(site),
            id: id.to_owned(),
            timestamp: timestamp.to_owned(),
            signatures: signatures.to_owned(),
        })
    }

    /// The site that the sender claims to be or to mean: look its keys up, then [`Envelope::open`].
    #[must_use]
    pub const fn site(&self) -> SiteId {
        self.site
    }

    /// The `webhook-id`, as claimed.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When the sender sealed it, as claimed.
    #[must_use]
    pub fn timestamp(&self) -> Time {
        Time::from_s(canonical_number(&self.timestamp).expect("from_headers has checked it"))
    }

    /// Proves that a holder of the site's licence key sealed this body as this kind of letter just now, and decrypts.
    ///
    /// A request must then pass [`crate::ReplayGuard`]. For an answer take [`Envelope::open_answer`].
    ///
    /// # Errors
    /// The first check that fails, in the order of [`OpenError`]'s variants.
    pub fn open(self, keys: &Keys, letter: Letter, body: &[u8], now: Time) -> Result<Opened, OpenError> {
        if body.len() > BODY_MAX_BYTES {
            return Err(OpenError::TooLarge { size: body.len(), limit: BODY_MAX_BYTES });
        }
        let timestamp = self.timestamp();
        let off_s = now.s().abs_diff(timestamp.s());
        if off_s > WINDOW_S {
            return Err(OpenError::TimestampOutOfWindow { timestamp, now, off_s });
        }
        if !self.is_signed(keys, letter.direction(), body) {
            return Err(OpenError::BadSignature);
        }
        let (plain, mark) = decrypt(keys, letter, self.site, body)?;
        Ok(Opened { site: self.site, id: self.id, timestamp, mark, plain })
    }

    /// Opens the answer to the request that went to, or came from, `request`'s site under `request`'s id.
    ///
    /// # Errors
    /// As [`Envelope::open`]; an answer to another request is refused.
    pub fn open_answer(self, keys: &Keys, answer: &Address<'_>, body: &[u8], now: Time) -> Result<Opened, OpenError> {
        let opened = self.open(keys, answer.letter, body, now)?;
        if opened.site != answer.site || opened.id != answer.id {
            return Err(OpenError::OtherAnswer);
        }
        Ok(opened)
    }

    /// Whether any signature of the known scheme is by any of the keys. Compares in constant time.
    fn is_signed(&self, keys: &Keys, direction: Direction, body: &[u8]) -> bool {
        let signatures: Vec<[u8; 32]> = self
            .signatures
            .split(' ')
            .take(SIGNATURES_MAX)
            .filter_map(|it| it.strip_prefix("v1,"))
            .filter_map(|it| BASE64_STANDARD.decode(it).ok()?.try_into().ok())
            .collect();
        keys.all().iter().any(|it| {
            let tag = mac(&it.pair(direction).sign, &self.id, &self.timestamp, body).sign();
            signatures.iter().any(|given| tag.as_ref().ct_eq(given).into())
        })
    }
}

/// An opened letter: proven, decrypted, not yet read.
#[derive(Clone)]
pub struct Opened {
    /// The site that it is of.
    pub site: SiteId,
    /// The `webhook-id`.
    pub id: String,
    /// When this try was sealed, in whole seconds.
    pub timestamp: Time,
    mark: Mark,
    plain: Vec<u8>,
}

/// Nonce and authentication tag: no two sealings share them, and who cannot seal cannot change them.
pub(crate) type Mark = [u8; aead::NONCE_LEN + TAG_BYTES];

impl Opened {
    /// The content as it was sealed: JSON text.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.plain
    }

    /// Reads the content.
    ///
    /// # Errors
    /// [`OpenError::Content`] names the place and the problem, never the value.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, OpenError> {
        let mut json = serde_json::Deserializer::from_slice(&self.plain);
        let value = serde_path_to_error::deserialize(&mut json)
            .map_err(|it| content_error(it.path().to_string(), it.inner()))?;
        json.end().map_err(|it| content_error(".".to_owned(), &it))?;
        Ok(value)
    }

    pub(crate) const fn mark(&self) -> &Mark {
        &self.mark
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened {{ site: {}, id: {:?}, {} bytes }}", self.site, self.id, self.plain.len())
    }
}

/// serde's words often repeat the value ("invalid type: string ..."), so only those without one go through.
fn content_error(path: String, error: &serde_json::Error) -> OpenError {
    let text = error.to_string();
    let problem = match error.classify() {
        serde_json::error::Category::Data if text.starts_with("missing field") => text,
        serde_json::error::Category::Data => format!("wrong type or value, column {}", error.column()),
        _ => format!("not JSON, column {}", error.column()),
    };
    OpenError::Content { path, problem }
}

fn decrypt(keys: &Keys, letter: Letter, site: SiteId, body: &[u8]) -> Result<(Vec<u8>, Mark), OpenError> {
    let malformed = |what| OpenError::Malformed { what };
    let mut parts = body.split(|it| *it == b'.');
    let (Some(protected), Some(encrypted_key), Some(nonce), Some(text), Some(tag), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed("a compact JWE has five parts with dots between them"));
    };
    if protected.len() > PROTECTED_MAX_BYTES {
        return Err(malformed("the protected header is too long"));
    }
    let header = unbase64(protected).ok_or(malformed("the protected header is not base64url"))?;
    let version: Version =
        serde_json::from_slice(&header).map_err(|_| malformed("the protected header is not JSON with a number v"))?;
    if version.v != PROTOCOL_VERSION {
        return Err(OpenError::UnknownVersion { version: version.v, supported: PROTOCOL_VERSION });
    }
    let header: Protected<'_> = serde_json::from_slice(&header)
        .map_err(|_| malformed("the protected header wants the strings alg, enc, kid, typ, sub"))?;
    if header.alg != "dir" || header.enc != "A256GCM" {
        return Err(malformed("alg is dir and enc is A256GCM"));
    }
    if header.zip.is_some() || header.crit.is_some() {
        return Err(malformed("zip and crit are not used"));
    }
    if !encrypted_key.is_empty() {
        return Err(malformed("the second part, the encrypted key, is empty with dir"));
    }
    if header.typ != letter.typ() {
        return Err(OpenError::WrongLetter { wanted: letter.typ() });
    }
    if header.sub != site.to_string() {
        return Err(OpenError::WrongSite);
    }
    let nonce = unbase64(nonce).ok_or(malformed("the nonce is not base64url"))?;
    let nonce: [u8; aead::NONCE_LEN] = nonce.try_into().map_err(|_| malformed("the nonce has 12 bytes"))?;
    let tag = unbase64(tag).ok_or(malformed("the tag is not base64url"))?;
    let tag: [u8; TAG_BYTES] = tag.try_into().map_err(|_| malformed("the tag has 16 bytes"))?;
    let mut text = unbase64(text).ok_or(malformed("the ciphertext is not base64url"))?;

    let key = keys
        .all()
        .iter()
        .find(|it| it.id == header.kid)
        .ok_or_else(|| OpenError::UnknownKey { known: keys.ids().collect::<Vec<_>>().join(", ") })?;
    key.pair(letter.direction())
        .encrypt
        .open_in_place_separate_tag(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::from(protected),
            aead::Tag::from(tag),
            &mut text,
            0..,
        )
        .map_err(|_| OpenError::Undecryptable)?;
    let mut mark = [0; aead::NONCE_LEN + TAG_BYTES];
    mark[..aead::NONCE_LEN].copy_from_slice(&nonce);
    mark[aead::NONCE_LEN..].copy_from_slice(&tag);
    Ok((text, mark))
}

/// Strict base64url: no padding, no stray bits, so one sealing has one text only.
fn unbase64(text: &[u8]) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

/// The Standard Webhooks signature of `id.timestamp.body`, ready to be finished.
fn mac(key: &hmac::Key, id: &str, timestamp: &str, body: &[u8]) -> hmac::Context {
    let mut mac = hmac::Context::with_key(key);
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

/// No dots, so that `id.timestamp.body` can be cut in one way only; nothing that a header or a log could stumble over.
fn is_id(text: &str) -> bool {
    (1..=ID_MAX_CHARS).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_' || it == b'-')
}

/// A number below 2^53 in the one way to write it: digits without sign, space or leading zero.
fn canonical_number(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    ((0..1 << 53).contains(&number) && number.to_string() == text).then_some(number)
}
