//! A channel's "no", and other answers.

use openlines_protocol::FailureReason;

use crate::Call;

/// Why the channel did not do it, by what the hub does next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Again later.
    #[error("later: {text}")]
    Later {
        /// Seconds that the channel asks for, 1 to 3600; absent: the hub's own steps.
        wait_s: Option<u32>,
        /// Holds the whole connection, not only this chat.
        whole_connection: bool,
        /// The channel's words.
        text: String,
    },
    /// Never.
    #[error("never: {text}")]
    Never {
        /// Class for the portal.
        reason: FailureReason,
        /// The channel's words.
        text: String,
    },
    /// The credentials are no longer good: the connection turns to failing, inbound is still taken.
    #[error("revoked: {text}")]
    Revoked {
        /// The channel's words.
        text: String,
    },
}

impl Refusal {
    /// A refusal for good of this content.
    #[must_use]
    pub fn rejected(text: &str) -> Self {
        Self::Never { reason: FailureReason::Rejected, text: text.to_owned() }
    }
}

/// What the channel's answer to one call means.
#[derive(Debug)]
pub enum Verdict {
    /// Done; the channel's ids of the messages that came of it, if any.
    Done(Vec<String>),
    /// Do these calls in place of this one: plain text for refused markup, an upload for a refused link.
    Instead {
        /// In order.
        calls: Vec<Call>,
        /// The chat lives under this id from now on.
        chat_moved_to: Option<String>,
    },
    /// No.
    Refused(Refusal),
}
