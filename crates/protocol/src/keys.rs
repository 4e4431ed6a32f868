//! The licence key of a site and everything derived from it.
//!
//! Hub and portal share one secret, the licence key. It is never used itself: HKDF-SHA256 (RFC 5869) makes from it one
//! key per purpose and direction, so that what one side says can never be played back as if the other had said it.
//! [`Keys`] holds one or several licence keys with all that is derived, ready for use: build it once, keep it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use openlines_base::{Fault, Kind, Rng, Secret};
use ring::{aead, hkdf, hmac};

/// Start of a licence key's text, so that people and secret scanners know it.
const PREFIX: &str = "ol_";
/// Bytes of a licence key.
const KEY_BYTES: usize = 32;
/// Bytes of the public id of a key.
const KEY_ID_BYTES: usize = 8;
/// Salt of the derivation.
const SALT: &[u8] = b"openlines";
/// Derivation info of the public id of a key.
const INFO_KEY_ID: &str = "openlines/v1/key-id";

/// Licence keys that one site may have at a time: the one in use, and those on their way in or out.
pub const KEYS_MAX: usize = 4;

/// The secret that a hub and one portal share. Text form: `ol_` and 32 bytes in base64url, 46 characters.
#[derive(Clone, Debug)]
pub struct LicenceKey(Secret<[u8; KEY_BYTES]>);

/// Why a text is no licence key. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a licence key: it starts with ol_ and has 46 characters of A-Z a-z 0-9 _ -; copy it from the hub once more"
)]
pub struct LicenceKeyError;

impl Fault for LicenceKeyError {
    fn kind(&self) -> Kind {
        Kind::BadInput
    }

    fn field(&self) -> Option<&str> {
        Some("licence_key")
    }

    fn code(&self) -> Option<&'static str> {
        Some("not_a_licence_key")
    }
}

impl LicenceKey {
    /// Makes a new one.
    #[must_use]
    pub fn generate(rng: &dyn Rng) -> Self {
        let mut bytes = [0; KEY_BYTES];
        rng.fill(&mut bytes);
        Self(Secret::new(bytes))
    }

    /// The text form, for the admin who sets up the portal and for the encrypted store.
    #[must_use]
    pub fn text(&self) -> Secret<String> {
        Secret::new(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(self.0.expose())))
    }

    /// The public id: names the key in envelopes, logs and on screens, and tells nothing about it. 11 characters.
    #[must_use]
    pub fn id(&self) -> String {
        let mut bytes = [0; KEY_ID_BYTES];
        self.derive(INFO_KEY_ID, &mut bytes);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// HKDF-SHA256 with our salt.
    pub(crate) fn derive(&self, info: &str, into: &mut [u8]) {
        struct Length(usize);
        impl hkdf::KeyType for Length {
            fn len(&self) -> usize {
                self.0
            }
        }
        let parent = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(self.0.expose());
        parent
            .expand(&[info.as_bytes()], Length(into.len()))
            .and_then(|it| it.fill(into))
            .expect("HKDF gives up to 8160 bytes, we ask for at most 32");
    }
}

impl FromStr for LicenceKey {
    type Err = LicenceKeyError;

    /// Reads the text form; white space around it is forgiven, as people paste it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(LicenceKeyError)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(encoded).map_err(|_| LicenceKeyError)?;
        Ok(Self(Secret::new(bytes.try_into().map_err(|_| LicenceKeyError)?)))
    }
}

/// Who speaks to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The hub speaks: batches, and answers to calls.
    HubToPortal,
    /// The portal speaks: calls, and receipts.
    PortalToHub,
}

impl Direction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::HubToPortal, Self::PortalToHub];

    /// The word in the derivation infos.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HubToPortal => "hub-to-portal",
            Self::PortalToHub => "portal-to-hub",
        }
    }

    /// Derivation info of the AES-256-GCM key of this direction.
    pub(crate) fn encrypt_info(self) -> String {
        format!("openlines/v1/encrypt/{}", self.name())
    }

    /// Derivation info of the HMAC-SHA256 key of this direction.
    pub(crate) fn sign_info(self) -> String {
        format!("openlines/v1/sign/{}", self.name())
    }
}

/// All keys of one site, ready for use. The first seals; any of them opens.
///
/// To change a licence key without losing a message: add the new one behind the old one on both sides, then put it
/// first on both sides, then take the old one away on both sides.
#[derive(Clone)]
pub struct Keys(Vec<KeySet>);

/// What is derived from one licence key.
#[derive(Clone)]
pub(crate) struct KeySet {
    pub(crate) id: String,
    hub_to_portal: Pair,
    portal_to_hub: Pair,
}

/// The keys of one direction.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) encrypt: aead::LessSafeKey,
    pub(crate) sign: hmac::Key,
}

/// Why a list of licence keys cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a site has 1 to {KEYS_MAX} licence keys, not {count}: take the oldest away")]
pub struct KeyCountError {
    /// How many there were.
    pub count: usize,
}

impl Fault for KeyCountError {
    fn kind(&self) -> Kind {
        Kind::BadInput
    }

    fn field(&self) -> Option<&str> {
        Some("licence_keys")
    }

    fn code(&self) -> Option<&'static str> {
        Some("licence_key_count")
    }
}

impl Keys {
    /// The keys of a site that has one licence key.
    #[must_use]
    pub fn one(key: &LicenceKey) -> Self {
        Self(vec![KeySet::of(key)])
    }

    /// The keys of a site amid a change of its licence key: the first seals, newest first otherwise.
    ///
    /// # Errors
    /// When there are none or more than [`KEYS_MAX`].
    pub fn several<'k>(keys: impl IntoIterator<Item = &'k LicenceKey>) -> Result<Self, KeyCountError> {
        let sets: Vec<_> = keys.into_iter().map(KeySet::of).collect();
        match sets.len() {
            1..=KEYS_MAX => Ok(Self(sets)),
            count => Err(KeyCountError { count }),
        }
    }

    /// Public ids of the licence keys, the sealing one first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|it| it.id.as_str())
    }

    /// The one that seals.
    pub(crate) fn first(&self) -> &KeySet {
        self.0.first().expect("both constructors refuse an empty list")
    }

    pub(crate) fn all(&self) -> &[KeySet] {
        &self.0
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

impl KeySet {
    fn of(key: &LicenceKey) -> Self {
        Self {
            id: key.id(),
            hub_to_portal: Pair::of(key, Direction::HubToPortal),
            portal_to_hub: Pair::of(key, Direction::PortalToHub),
        }
    }

    pub(crate) const fn pair(&self, direction: Direction) -> &Pair {
        match direction {
            Direction::HubToPortal => &self.hub_to_portal,
            Direction::PortalToHub => &self.portal_to_hub,
        }
    }
}

impl Pair {
    fn of(key: &LicenceKey, direction: Direction) -> Self {
        let mut bytes = [0; KEY_BYTES];
        key.derive(&direction.encrypt_info(), &mut bytes);
        let encrypt = aead::UnboundKey::new(&aead::AES_256_GCM, &bytes).expect("AES-256 takes 32 bytes");
        key.derive(&direction.sign_info(), &mut bytes);
        Self { encrypt: aead::LessSafeKey::new(encrypt), sign: hmac::Key::new(hmac::HMAC_SHA256, &bytes) }
    }
}

#[cfg(test)]
mod tests {
    use openlines_base::SystemRng;

    use super::*;

    #[test]
    fn the_text_form_is_read_back_and_never_printed() {
        let key = LicenceKey::generate(&SystemRng);
        let text = key.text();
        assert_eq!(text.expose().len(), 46);
        let again: LicenceKey = format!(" {}\n", text.expose()).parse().unwrap();
        assert_eq!(again.text().expose(), text.expose());
        assert_eq!(again.id(), key.id());
        assert!(!format!("{key:?} {:?}", Keys::one(&key)).contains(&text.expose()[3..]));
    }

    #[test]
    fn a_wrong_text_is_refused_without_being_repeated() {
        let good = LicenceKey::generate(&SystemRng).text();
        let good = good.expose();
        for (name, text) in [
            ("empty", String::new()),
            ("no prefix", good[3..].to_owned()),
            ("another prefix", good.replacen("ol_", "sk_", 1)),
            ("a character lost", good[..45].to_owned()),
            ("a character more", format!("{good}A")),
            ("padding", format!("{good}=")),
            ("not base64url", format!("{}+", &good[..45])),
            ("not ASCII", "ol_ключ".to_owned()),
        ] {
            let error = text.parse::<LicenceKey>().expect_err(name);
            assert!(text.is_empty() || !error.to_string().contains(&text), "{name}");
        }
    }

    #[test]
    fn every_purpose_and_direction_has_its_own_key() {
        let key = LicenceKey::generate(&SystemRng);
        let mut seen = std::collections::BTreeSet::new();
        for direction in Direction::ALL {
            for info in [direction.encrypt_info(), direction.sign_info()] {
                let mut bytes = [0; KEY_BYTES];
                key.derive(&info, &mut bytes);
                assert!(seen.insert(bytes), "{info}");
            }
        }
        assert_eq!(seen.len(), 4);
    }

    #[test]
    fn a_site_has_one_to_four_keys() {
        let keys: Vec<_> = (0..5).map(|_| LicenceKey::generate(&SystemRng)).collect();
        assert_eq!(Keys::several(&keys[..0]).unwrap_err().count, 0);
        assert_eq!(Keys::several(&keys).unwrap_err().count, 5);
        let four = Keys::several(&keys[..4]).unwrap();
        assert_eq!(four.ids().next(), Some(keys[0].id().as_str()));
    }
}
