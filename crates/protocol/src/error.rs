//! Why a letter could not be sealed or opened. No variant holds key material or anything of the letter's content.

use openlines_base::{Fault, Kind, Time};

/// Why a letter cannot be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The id cannot stand in a header.
    #[error("the id of a letter has 1 to 128 characters of A-Z a-z 0-9 _ -")]
    Id,
    /// The content has no JSON form: a map with keys that are no strings.
    #[error("the content of the letter has no JSON form")]
    NotJson,
    /// Send less at a time.
    #[error("the sealed body would have {size} bytes, at most {limit} are allowed: send less at a time")]
    TooLarge {
        /// Bytes that it would have.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

impl Fault for SealError {
    fn kind(&self) -> Kind {
        match self {
            Self::Id | Self::NotJson => Kind::Bug,
            Self::TooLarge { .. } => Kind::BadInput,
        }
    }

    fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Id => "bad_id",
            Self::NotJson => "not_json",
            Self::TooLarge { .. } => "too_large",
        })
    }
}

/// Why a letter that came in is refused. The order is that of the checks: each holds only if all before it passed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// A header is not there.
    #[error("header {name} is missing")]
    MissingHeader {
        /// Its name.
        name: &'static str,
    },
    /// A header cannot be read.
    #[error("header {name} is malformed: {hint}")]
    BadHeader {
        /// Its name.
        name: &'static str,
        /// What it should look like.
        hint: &'static str,
    },
    /// The body is over the limit.
    #[error("the body has {size} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Its bytes.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The clocks of both sides differ too much, or it is an old letter.
    #[error("webhook-timestamp {timestamp} is {off_s} s away from this side's clock, {now}: at most 300 s are allowed")]
    TimestampOutOfWindow {
        /// The letter's.
        timestamp: Time,
        /// Ours.
        now: Time,
        /// Seconds between them.
        off_s: u64,
    },
    /// Another key, another direction, or changed on the way.
    #[error("no signature is by a key of this site: the licence keys differ, or the letter was changed on the way")]
    BadSignature,
    /// The body is not a sealed letter.
    #[error("the body is not a sealed letter: {what}")]
    Malformed {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The sender speaks a version that we do not.
    #[error("protocol version {version} is not known here, only {supported}")]
    UnknownVersion {
        /// Theirs.
        version: u32,
        /// Ours.
        supported: u32,
    },
    /// Another kind of letter than wanted here.
    #[error("this is not a letter of type {wanted}")]
    WrongLetter {
        /// The `typ` wanted here.
        wanted: &'static str,
    },
    /// The header names another site than the sealed letter.
    #[error("header openlines-site names another site than the sealed letter")]
    WrongSite,
    /// Sealed with a licence key that we do not have, though signed by one that we have: a change of keys done half.
    #[error("sealed with a licence key that is not known here (known: {known}): add the new key on this side too")]
    UnknownKey {
        /// Public ids of the keys known here.
        known: String,
    },
    /// The key's id is known, but the body does not open.
    #[error("the sealed body cannot be decrypted")]
    Undecryptable,
    /// The content is not what was agreed on. Never holds values, as they may be a customer's words.
    #[error("content is wrong at {path}: {problem}")]
    Content {
        /// Where: `events[3].message.date`, `.` for the whole.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// An answer to something else.
    #[error("this answers another request than the one sent")]
    OtherAnswer,
    /// The same sealed letter came before.
    #[error("this sealed letter came before: seal it anew to try again")]
    Replayed,
}

impl Fault for OpenError {
    fn kind(&self) -> Kind {
        match self {
            Self::MissingHeader { .. }
            | Self::BadHeader { .. }
            | Self::TooLarge { .. }
            | Self::Malformed { .. }
            | Self::UnknownVersion { .. }
            | Self::WrongLetter { .. }
            | Self::Content { .. }
            | Self::OtherAnswer => Kind::BadInput,
            Self::TimestampOutOfWindow { .. }
            | Self::BadSignature
            | Self::WrongSite
            | Self::UnknownKey { .. }
            | Self::Undecryptable => Kind::Forbidden,
            Self::Replayed => Kind::Conflict,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::MissingHeader { name } | Self::BadHeader { name, .. } => Some(name),
            Self::Content { path, .. } => Some(path),
            _ => None,
        }
    }

    fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::MissingHeader { .. } => "missing_header",
            Self::BadHeader { .. } => "bad_header",
            Self::TooLarge { .. } => "too_large",
            Self::TimestampOutOfWindow { .. } => "timestamp_out_of_window",
            Self::BadSignature => "bad_signature",
            Self::Malformed { .. } => "malformed",
            Self::UnknownVersion { .. } => "unknown_version",
            Self::WrongLetter { .. } => "wrong_letter",
            Self::WrongSite => "wrong_site",
            Self::UnknownKey { .. } => "unknown_key",
            Self::Undecryptable => "undecryptable",
            Self::Content { .. } => "wrong_content",
            Self::OtherAnswer => "other_answer",
            Self::Replayed => "replayed",
        })
    }

    /// The caller did not prove who it is, rather than may not do it.
    fn needs_login(&self) -> bool {
        self.kind() == Kind::Forbidden
    }
}
