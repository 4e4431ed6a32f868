//! Opening a letter, in two steps, as the site must be known before its keys can be found.
//!
//! [`Envelope::from_headers`] reads the headers, [`Envelope::open`] proves and decrypts. Nothing of the body is looked at
//! before its signature is proven. The order of the checks is part of the contract: `docs/protocol.md`.

use std::fmt;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use openlines_base::Time;
use ring::aead;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;

use crate::envelope::{
    Address, BODY_MAX_BYTES, HEADER_ID, HEADER_SIGNATURE, HEADER_SITE, HEADER_TIMESTAMP, Letter, Protected, TAG_BYTES,
    WINDOW_S, is_id, mac,
};
use crate::error::OpenError;
use crate::keys::{Direction, Keys};
use crate::{PROTOCOL_VERSION, SiteId};

/// Signatures looked at in one header: more than both sides could have keys.
const SIGNATURES_MAX: usize = 16;
/// Longest value of any of our headers, in bytes. 16 signatures take under 800.
const HEADER_MAX_BYTES: usize = 1024;
/// Longest protected header in base64url, in bytes. Ours has about 200.
const PROTECTED_MAX_BYTES: usize = 2048;

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
    let nonce = unbase64(nonce).ok_or(malformed("the nonce is not base64url"))?;
    let nonce: [u8; aead::NONCE_LEN] = nonce.try_into().map_err(|_| malformed("the nonce has 12 bytes"))?;
    let tag = unbase64(tag).ok_or(malformed("the tag is not base64url"))?;
    let tag: [u8; TAG_BYTES] = tag.try_into().map_err(|_| malformed("the tag has 16 bytes"))?;
    let mut text = unbase64(text).ok_or(malformed("the ciphertext is not base64url"))?;
    if header.typ != letter.typ() {
        return Err(OpenError::WrongLetter { wanted: letter.typ() });
    }
    if header.sub != site.to_string() {
        return Err(OpenError::WrongSite);
    }

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

/// A number below 2^53 in the one way to write it: digits without sign, space or leading zero.
fn canonical_number(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    ((0..1 << 53).contains(&number) && number.to_string() == text).then_some(number)
}

/// The one member of the protected header that every version has.
#[derive(Deserialize)]
struct Version {
    v: u32,
}
