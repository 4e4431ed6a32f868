//! Decisions about fetching files. Pure.

use std::time::Duration;

use openlines_base::{HOUR, MINUTE};
use openlines_edge::client::ClientError;

/// Bytes of a file, sent or received.
pub(crate) const FILE_MAX: u64 = 50 * 1024 * 1024;
/// Pause after the 1st, 2nd, … failed try. After the last the file is failed.
pub(crate) const RETRY_STEPS: [Duration; 5] = [
    Duration::from_secs(10),
    MINUTE,
    Duration::from_secs(10 * MINUTE.as_secs()),
    HOUR,
    Duration::from_secs(6 * HOUR.as_secs()),
];

/// How a try to fetch a file went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The source answered with this status.
    Status(u16),
    /// No whole answer.
    Net(ClientError),
    /// Larger than we keep.
    TooBig,
    /// Our own disk.
    Disk(String),
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Try again after this pause.
    Later(Duration),
    /// Give up: it will not come.
    Failed,
    /// Give up: too large.
    TooBig,
}

/// What follows the `attempts`-th failed try.
pub(crate) fn after(failure: &Failure, attempts: usize) -> Next {
    let is_final = match failure {
        Failure::TooBig | Failure::Status(413) | Failure::Net(ClientError::TooLarge { .. }) => return Next::TooBig,
        // Gone for good, or an address that we never go to.
        Failure::Status(410) | Failure::Net(ClientError::Refused(_)) => true,
        Failure::Status(_) | Failure::Net(_) | Failure::Disk(_) => false,
    };
    match RETRY_STEPS.get(attempts.saturating_sub(1)) {
        Some(pause) if !is_final => Next::Later(*pause),
        _ => Next::Failed,
    }
}

/// Words for the admin; never the address, which may hold a secret.
pub(crate) fn words(failure: &Failure) -> String {
    match failure {
        Failure::Status(status) => format!("the source answered {status}"),
        Failure::Net(cause) => cause.to_string(),
        Failure::TooBig => format!("larger than {FILE_MAX} bytes"),
        Failure::Disk(cause) => format!("our disk: {cause}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetch_is_tried_again_for_seven_hours_unless_it_makes_no_sense() {
        let later = |s| Next::Later(Duration::from_secs(s));
        let rows = [
            ("first failure", Failure::Status(502), 1, later(10)),
            ("second", Failure::Net(ClientError::Timeout), 2, later(60)),
            ("third", Failure::Status(404), 3, later(600)),
            ("fourth", Failure::Status(500), 4, later(3600)),
            ("fifth", Failure::Disk("full".to_owned()), 5, later(21_600)),
            ("sixth is the last", Failure::Status(502), 6, Next::Failed),
            ("gone for good", Failure::Status(410), 1, Next::Failed),
            ("a private address", Failure::Net(ClientError::Refused("private")), 1, Next::Failed),
            ("told to be too big", Failure::Status(413), 1, Next::TooBig),
            ("too big", Failure::TooBig, 1, Next::TooBig),
        ];
        for (name, failure, attempts, expected) in rows {
            assert_eq!(after(&failure, attempts), expected, "{name}");
        }
    }
}
