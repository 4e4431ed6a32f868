//! The envelope around everything that hub and portal say to each other: encrypt, then sign.
//!
//! A letter's JSON becomes a compact JWE (`dir`, `A256GCM`, RFC 7516), and the Standard Webhooks scheme signs the sealed
//! text. [`seal`] makes both; the way back is in `open.rs`. [`Letter`] keeps the four kinds of letters apart, so none
//! can be played back as another. Contract and byte layout: `docs/protocol.md`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use openlines_base::{Rng, Time};
use ring::{aead, hmac};
use serde::{Deserialize, Serialize};

use crate::error::SealError;
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

/// Bytes of the authentication tag of AES-GCM.
pub(crate) const TAG_BYTES: usize = 16;

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
pub(crate) struct Protected<'a> {
    #[serde(borrow)]
    pub(crate) alg: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) enc: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) kid: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) typ: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) sub: Cow<'a, str>,
    pub(crate) v: u32,
    #[serde(default, skip_serializing)]
    pub(crate) zip: Option<serde::de::IgnoredAny>,
    #[serde(default, skip_serializing)]
    pub(crate) crit: Option<serde::de::IgnoredAny>,
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

/// The Standard Webhooks signature of `id.timestamp.body`, ready to be finished.
pub(crate) fn mac(key: &hmac::Key, id: &str, timestamp: &str, body: &[u8]) -> hmac::Context {
    let mut mac = hmac::Context::with_key(key);
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

/// No dots, so that `id.timestamp.body` can be cut in one way only; nothing that a header or a log could stumble over.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=ID_MAX_CHARS).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_' || it == b'-')
}
