//! Secrets at rest, and signatures of our own links: everything that hangs on the master key.
//!
//! A sealed value is bound to its place (`setting/12/token`), so that a value moved to another row does not open.

use std::sync::Arc;

use openlines_base::{Rng, Secret};
use ring::{aead, hkdf, hmac};

/// Start of a sealed value: which key and scheme. Room for a second master key while one is changed.
const SCHEME: u8 = 1;
const SALT: &[u8] = b"openlines hub";

/// Seals and opens values, signs links.
pub(crate) struct Vault {
    rest: aead::LessSafeKey,
    links: hmac::Key,
    rng: Arc<dyn Rng>,
}

/// A stored secret does not open: another master key, or a damaged or moved row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored secret does not open: the master key is not the one that it was stored with, or the row is damaged")]
pub struct VaultError;

impl Vault {
    pub(crate) fn new(master: &Secret<[u8; 32]>, rng: Arc<dyn Rng>) -> Self {
        let rest = derive(master, b"at-rest");
        let rest = aead::UnboundKey::new(&aead::AES_256_GCM, &rest).expect("AES-256 takes 32 bytes");
        let links = hmac::Key::new(hmac::HMAC_SHA256, &derive(master, b"file-links"));
        Self { rest: aead::LessSafeKey::new(rest), links, rng }
    }

    pub(crate) fn seal(&self, place: &str, plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; aead::NONCE_LEN];
        self.rng.fill(&mut nonce);
        let mut text = plain.to_vec();
        let tag = self
            .rest
            .seal_in_place_separate_tag(
                aead::Nonce::assume_unique_for_key(nonce),
                aead::Aad::from(place.as_bytes()),
                &mut text,
            )
            .expect("AES-GCM takes up to 64 GiB");
        let mut sealed = vec![SCHEME];
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    pub(crate) fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (scheme, rest) = sealed.split_first().ok_or(VaultError)?;
        if *scheme != SCHEME || rest.len() < aead::NONCE_LEN {
            return Err(VaultError);
        }
        let (nonce, text) = rest.split_at(aead::NONCE_LEN);
        let nonce = aead::Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError)?;
        let mut text = text.to_vec();
        let plain =
            self.rest.open_in_place(nonce, aead::Aad::from(place.as_bytes()), &mut text).map_err(|_| VaultError)?;
        Ok(plain.to_vec())
    }

    pub(crate) fn open_text(&self, place: &str, sealed: &[u8]) -> Result<Secret<String>, VaultError> {
        String::from_utf8(self.open(place, sealed)?).map(Secret::new).map_err(|_| VaultError)
    }

    /// Signs the words of a link.
    pub(crate) fn sign(&self, words: &str) -> hmac::Tag {
        hmac::sign(&self.links, words.as_bytes())
    }

    /// Checks a signature in constant time.
    pub(crate) fn is_signed(&self, words: &str, tag: &[u8]) -> bool {
        hmac::verify(&self.links, words.as_bytes(), tag).is_ok()
    }
}

fn derive(master: &Secret<[u8; 32]>, purpose: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    hkdf::Salt::new(hkdf::HKDF_SHA256, SALT)
        .extract(master.expose())
        .expand(&[purpose], hkdf::HKDF_SHA256)
        .and_then(|it| it.fill(&mut key))
        .expect("HKDF-SHA256 gives 32 bytes");
    key
}

#[cfg(test)]
mod tests {
    use openlines_base::SystemRng;

    use super::*;

    #[test]
    fn a_sealed_value_opens_in_its_place_only_and_shows_nothing() {
        let vault = Vault::new(&Secret::new([7; 32]), Arc::new(SystemRng));
        let sealed = vault.seal("setting/1/token", b"123:secret");
        assert_ne!(sealed, vault.seal("setting/1/token", b"123:secret"));
        assert!(!sealed.windows(6).any(|it| it == b"secret"));
        assert_eq!(vault.open("setting/1/token", &sealed).unwrap(), b"123:secret");
        assert_eq!(vault.open("setting/2/token", &sealed), Err(VaultError));
        let other = Vault::new(&Secret::new([8; 32]), Arc::new(SystemRng));
        assert_eq!(other.open("setting/1/token", &sealed), Err(VaultError));
        for damaged in [&sealed[..0], &sealed[..5], &sealed[..sealed.len() - 1]] {
            assert_eq!(vault.open("setting/1/token", damaged), Err(VaultError));
        }
    }
}
