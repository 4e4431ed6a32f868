//! What both stores write the same way: keys, notices.

use bytes::Bytes;
use openlines_base::Time;
use openlines_protocol::Body;
use serde::Serialize;

use super::KEY_MAX_BYTES;

/// The dedupe key of an external id: bounded, so that a strange messenger cannot fill the index.
pub(super) fn key(external_id: &str) -> String {
    if external_id.len() <= KEY_MAX_BYTES {
        return external_id.to_owned();
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, external_id.as_bytes());
    digest.as_ref().iter().fold(String::from("sha256:"), |mut text, byte| {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The stored form of an event: what does not depend on its number.
#[derive(Serialize)]
struct Stored<'a> {
    occurred_at: Time,
    #[serde(flatten)]
    body: &'a Body,
}

/// Writes the stored form.
pub(crate) fn stored(occurred_at: Time, body: &Body) -> Bytes {
    let json = serde_json::to_vec(&Stored { occurred_at, body });
    json.expect("a body has string keys and finite numbers only").into()
}

/// What the portal's admin is told of a drop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) count: i64,
    pub(super) from: Time,
    pub(super) to: Time,
}

impl Told {
    /// Together with what an earlier notice, given up as well, would have told.
    pub(super) fn and(self, earlier: Option<Self>) -> Self {
        match earlier {
            None => self,
            Some(it) => Self { count: self.count + it.count, from: self.from.min(it.from), to: self.to.max(it.to) },
        }
    }

    pub(super) fn body(self, now: Time) -> Bytes {
        let count = u64::try_from(self.count).unwrap_or(0);
        stored(now, &Body::Dropped { count, from: self.from, to: self.to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_external_id_is_kept_as_its_hash() {
        assert_eq!(key("tg:1:2"), "tg:1:2");
        let (one, two) = (key(&"a".repeat(1000)), key(&"a".repeat(1001)));
        assert_eq!(one.len(), 7 + 64);
        assert_ne!(one, two);
    }
}
