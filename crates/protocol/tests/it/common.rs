//! A site, its keys and a generator of fixed bytes.

use std::sync::atomic::{AtomicU8, Ordering};

use openlines_base::{Rng, Time};
use openlines_protocol::{Address, Envelope, Keys, Letter, LicenceKey, OpenError, Opened, Sealed, SiteId, seal};

/// The moment at which all letters here are sealed: 2026-11-21 10:00 UTC.
pub(crate) const NOW: Time = Time::from_s(1_795_255_200);
/// The site of all letters here.
pub(crate) const SITE: SiteId = SiteId(7);

/// Gives 0, 1, 2, … from `start`, going on from call to call: never the same nonce twice, always the same in a rerun.
pub(crate) struct Counting(AtomicU8);

impl Counting {
    pub(crate) const fn from(start: u8) -> Self {
        Self(AtomicU8::new(start))
    }
}

impl Rng for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

/// A licence key of 32 equal bytes.
pub(crate) fn licence(byte: u8) -> LicenceKey {
    struct Same(u8);
    impl Rng for Same {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }
    LicenceKey::generate(&Same(byte))
}

pub(crate) fn keys(byte: u8) -> Keys {
    Keys::one(&licence(byte))
}

pub(crate) fn sealed(letter: Letter, id: &str, content: &serde_json::Value) -> Sealed {
    seal(&keys(1), &Address { letter, site: SITE, id }, content, NOW, &Counting::from(0)).unwrap()
}

/// A sealed letter with one header changed; an empty value takes the header away.
pub(crate) fn with_header(mut sealed: Sealed, name: &str, value: &str) -> Sealed {
    sealed.headers.iter_mut().find(|(it, _)| *it == name).unwrap().1 = value.to_owned();
    sealed
}

pub(crate) fn header<'s>(sealed: &'s Sealed, name: &str) -> Option<&'s str> {
    sealed.headers.iter().find(|(it, value)| *it == name && !value.is_empty()).map(|(_, value)| value.as_str())
}

pub(crate) fn open(keys: &Keys, letter: Letter, sealed: &Sealed, now: Time) -> Result<Opened, OpenError> {
    Envelope::from_headers(|name| header(sealed, name))?.open(keys, letter, sealed.body.as_bytes(), now)
}
