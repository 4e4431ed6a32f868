//! What both sides tell about themselves at `GET /.well-known/openlines`, and what two of them agree on.
//!
//! The answer is plain JSON without a secret. It is asked for when a site is set up, at start and after
//! `unknown_version`, and may be remembered for an hour.

use openlines_base::{Fault, Kind, Time};
use serde::{Deserialize, Serialize};

use crate::envelope::{BODY_MAX_BYTES, WINDOW_S};

/// Where both sides tell about themselves.
pub const WELL_KNOWN_PATH: &str = "/.well-known/openlines";
/// Where a portal takes batches.
pub const EVENTS_PATH: &str = "/hub/events";
/// Where a hub takes calls.
pub const CALL_PATH: &str = "/call";
/// Largest answer of [`WELL_KNOWN_PATH`] that needs to be read, in bytes.
pub const WELL_KNOWN_MAX_BYTES: usize = 16 * 1024;

/// Events in one batch.
pub const BATCH_EVENTS_MAX: usize = 100;
/// JSON of one batch before sealing, in bytes. One event may be larger and then goes alone.
pub const BATCH_MAX_BYTES: usize = 256 * 1024;
/// Acts in one call.
pub const OUTGOING_MAX: usize = 100;
/// Smallest limit of a body that a side may tell, in bytes: one long message with buttons must fit.
pub const BODY_FLOOR_BYTES: usize = 1024 * 1024;

/// Versions of the protocol that this crate speaks.
pub const VERSIONS: [u32; 1] = [crate::PROTOCOL_VERSION];

/// Body of `GET /.well-known/openlines`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WellKnown {
    /// What answers here.
    pub role: Role,
    /// Versions of the protocol that it speaks.
    pub versions: Vec<u32>,
    /// Name and version of the software, for the other side's admin.
    #[serde(default)]
    pub software: String,
    /// Its clock, so that the other side can tell an admin of a wrong one.
    pub time: Time,
    /// What it takes.
    #[serde(default)]
    pub limits: PeerLimits,
}

/// Which of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The entry point for channels.
    Hub,
    /// One company's workspace.
    Portal,
}

/// What one side takes in. A member that is absent means the default, which is what this crate takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PeerLimits {
    /// Bytes of a sealed body.
    pub body_max_bytes: usize,
    /// Events in a batch.
    pub batch_events_max: usize,
    /// Bytes of a batch's JSON before sealing.
    pub batch_max_bytes: usize,
    /// Acts in a call.
    pub outgoing_max: usize,
    /// Seconds that the clocks may differ.
    pub window_s: u64,
}

impl Default for PeerLimits {
    fn default() -> Self {
        Self {
            body_max_bytes: BODY_MAX_BYTES,
            batch_events_max: BATCH_EVENTS_MAX,
            batch_max_bytes: BATCH_MAX_BYTES,
            outgoing_max: OUTGOING_MAX,
            window_s: WINDOW_S,
        }
    }
}

impl PeerLimits {
    /// The smaller of both, but never so small that nothing could be sent.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self {
            body_max_bytes: self.body_max_bytes.min(other.body_max_bytes).max(BODY_FLOOR_BYTES),
            batch_events_max: self.batch_events_max.min(other.batch_events_max).max(1),
            batch_max_bytes: self.batch_max_bytes.min(other.batch_max_bytes).max(1),
            outgoing_max: self.outgoing_max.min(other.outgoing_max).max(1),
            window_s: self.window_s.min(other.window_s).max(1),
        }
    }
}

/// What two sides agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// The highest version that both speak.
    pub version: u32,
    /// The smaller limits of both.
    pub limits: PeerLimits,
}

/// Why two sides cannot talk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgreeError {
    /// A hub was given the address of a hub, or a portal that of a portal.
    #[error("both sides are a {}: check the address", match role { Role::Hub => "hub", Role::Portal => "portal" })]
    SameRole {
        /// What both are.
        role: Role,
    },
    /// One of them is too old.
    #[error("no common protocol version, we speak {ours:?}, the other side {theirs:?}: update the older one")]
    NoCommonVersion {
        /// Ours.
        ours: Vec<u32>,
        /// Theirs.
        theirs: Vec<u32>,
    },
}

impl Fault for AgreeError {
    fn kind(&self) -> Kind {
        Kind::BadInput
    }

    fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::SameRole { .. } => "same_role",
            Self::NoCommonVersion { .. } => "no_common_version",
        })
    }
}

impl WellKnown {
    /// What this crate answers.
    #[must_use]
    pub fn ours(role: Role, software: &str, now: Time) -> Self {
        Self {
            role,
            versions: VERSIONS.to_vec(),
            software: software.to_owned(),
            time: now,
            limits: PeerLimits::default(),
        }
    }

    /// What these two sides agree on. Both come to the same result.
    ///
    /// # Errors
    /// When the other is of the same role or speaks none of our versions.
    pub fn agree(&self, peer: &Self) -> Result<Agreed, AgreeError> {
        if self.role == peer.role {
            return Err(AgreeError::SameRole { role: self.role });
        }
        let common = self.versions.iter().filter(|it| peer.versions.contains(it)).max();
        let version = *common.ok_or_else(|| AgreeError::NoCommonVersion {
            ours: self.versions.clone(),
            theirs: peer.versions.clone(),
        })?;
        Ok(Agreed { version, limits: self.limits.with(&peer.limits) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speaks(role: Role, versions: &[u32]) -> WellKnown {
        WellKnown { versions: versions.to_vec(), ..WellKnown::ours(role, "openlines 0.1.0", Time::from_s(0)) }
    }

    #[test]
    fn the_highest_common_version_is_taken() {
        for (name, ours, theirs, version) in [
            ("equal", &[1][..], &[1][..], Some(1)),
            ("they are newer", &[1, 2], &[2, 3], Some(2)),
            ("in any order", &[3, 1, 2], &[2, 1, 3], Some(3)),
            ("a gap", &[1, 3], &[1, 2], Some(1)),
            ("too far apart", &[3], &[1, 2], None),
            ("they tell nothing", &[1], &[], None),
        ] {
            let (hub, portal) = (speaks(Role::Hub, ours), speaks(Role::Portal, theirs));
            assert_eq!(hub.agree(&portal).ok().map(|it| it.version), version, "{name}");
            assert_eq!(portal.agree(&hub).ok().map(|it| it.version), version, "{name}, the other way");
        }
    }

    #[test]
    fn the_smaller_limit_counts_but_something_always_fits() {
        let tiny = PeerLimits { body_max_bytes: 0, batch_events_max: 0, batch_max_bytes: 0, ..PeerLimits::default() };
        let small = PeerLimits { batch_events_max: 10, ..PeerLimits::default() };
        let agreed = PeerLimits::default().with(&small);
        assert_eq!((agreed.batch_events_max, agreed.batch_max_bytes), (10, BATCH_MAX_BYTES));
        let agreed = small.with(&tiny);
        assert_eq!((agreed.body_max_bytes, agreed.batch_events_max), (BODY_FLOOR_BYTES, 1));
    }

    #[test]
    fn an_address_of_the_wrong_kind_is_told_so() {
        let hub = speaks(Role::Hub, &[1]);
        let error = hub.agree(&hub).unwrap_err();
        assert_eq!(error.to_string(), "both sides are a hub: check the address");
    }

    #[test]
    fn a_newer_side_may_tell_more_and_a_plain_one_less() {
        let text = r#"{"role": "portal", "versions": [1], "time": "2026-11-21T10:00:00Z", "moon": "full"}"#;
        let peer: WellKnown = serde_json::from_str(text).unwrap();
        assert_eq!(peer.limits, PeerLimits::default());
    }
}
