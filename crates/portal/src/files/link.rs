//! Addresses of files: for signed-in browsers, and signed ones for the hub and messengers.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use openlines_base::{DAY, Secret, Time};
use ring::hmac;

use crate::{FileId, Parts};

/// How long a signed link is good: longer than the hub tries to deliver.
const LINK_LIFE: Duration = Duration::from_secs(7 * DAY.as_secs());

/// Where a signed-in browser gets a file.
pub(crate) fn address(id: FileId, name: &str) -> String {
    format!("/api/files/{id}/{}", encoded(name))
}

/// Where whoever has the link gets a file, for a week.
pub(crate) fn public_link(parts: &Parts, id: FileId, name: &str) -> String {
    let until = (parts.clock.now() + LINK_LIFE).s();
    let signature = sign(&parts.master_key, id, until);
    let base = parts.public_url.as_str().trim_end_matches('/');
    format!("{base}/f/{id}/{until}/{signature}/{}", encoded(name))
}

/// Whether a link was made by us for this file and is still good.
pub(super) fn is_good(master_key: &Secret<[u8; 32]>, id: FileId, until: i64, signature: &str, now: Time) -> bool {
    let Ok(signature) = BASE64_URL_SAFE_NO_PAD.decode(signature) else { return false };
    let is_ours = hmac::verify(&key(master_key), words(id, until).as_bytes(), &signature).is_ok();
    is_ours && now.s() < until
}

fn sign(master_key: &Secret<[u8; 32]>, id: FileId, until: i64) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&key(master_key), words(id, until).as_bytes()))
}

fn words(id: FileId, until: i64) -> String {
    format!("{id}\n{until}")
}

/// A key for links only: the master key signs nothing itself.
fn key(master_key: &Secret<[u8; 32]>) -> hmac::Key {
    let master = hmac::Key::new(hmac::HMAC_SHA256, master_key.expose());
    hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&master, b"openlines portal file link 1").as_ref())
}

fn encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(byte)),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

/// The value of `content-disposition`: the name for all, and in ASCII for old programs.
pub(super) fn disposition(is_shown: bool, name: &str) -> String {
    let kind = if is_shown { "inline" } else { "attachment" };
    let plain: String = name
        .chars()
        .map(|it| if it.is_ascii_graphic() && !matches!(it, '"' | '\\' | '%') { it } else { '_' })
        .collect();
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{}", encoded(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_for_its_file_and_time_only() {
        let (key, other) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let (id, until, now) = (FileId(7), 1000, Time::from_s(999));
        let good = sign(&key, id, until);
        assert!(is_good(&key, id, until, &good, now));
        assert!(!is_good(&key, id, until, &good, Time::from_s(1000)));
        assert!(!is_good(&key, FileId(8), until, &good, now));
        assert!(!is_good(&key, id, until + 1, &good, now));
        assert!(!is_good(&other, id, until, &good, now));
        for forged in ["", "x", "AAAA", &good[1..]] {
            assert!(!is_good(&key, id, until, forged, now), "{forged}");
        }
    }

    #[test]
    fn names_travel_in_addresses_and_headers() {
        assert_eq!(address(FileId(7), "a b/ё.pdf"), "/api/files/7/a%20b%2F%D1%91.pdf");
        assert_eq!(disposition(false, "ё\".pdf"), "attachment; filename=\"__.pdf\"; filename*=UTF-8''%D1%91%22.pdf");
    }
}
