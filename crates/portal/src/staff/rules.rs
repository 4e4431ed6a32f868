//! Decisions about sign-in: is the password good enough, how long must the next try wait. Pure.

use std::time::Duration;

use openlines_base::{HOUR, MINUTE, Time};

use super::passwords::{PASSWORD_MAX, PASSWORD_MIN};
use crate::check::BadField;

/// Failures that count are not older than this.
pub(crate) const FAILURES_KEPT: Duration = HOUR;
/// Tries of one account before it must wait.
const ACCOUNT_FREE: u32 = 5;
/// Tries from one address, for any accounts, before it must wait: an office shares one.
const ADDRESS_FREE: u32 = 20;
/// Wait after the last free try; doubles with each further failure.
const FIRST_WAIT: Duration = Duration::from_secs(15);
/// Longest wait: a person who was attacked still gets in today.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * MINUTE.as_secs());

/// What the tries are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CountedBy {
    Account,
    Address,
}

/// Failed tries so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failures {
    pub(crate) count: u32,
    pub(crate) last_at: Time,
}

/// How long the next try must still wait; zero if it may go on.
pub(crate) fn wait_left(counted_by: CountedBy, failures: Failures, now: Time) -> Duration {
    let free = match counted_by {
        CountedBy::Account => ACCOUNT_FREE,
        CountedBy::Address => ADDRESS_FREE,
    };
    let Some(over) = failures.count.checked_sub(free) else { return Duration::ZERO };
    let wait = FIRST_WAIT.saturating_mul(1 << over.min(16)).min(LONGEST_WAIT);
    (failures.last_at + wait).since(now)
}

/// A password that is worth hashing.
pub(crate) fn check_password(field: &str, password: &str, email: &str) -> Result<(), BadField> {
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        return Err(BadField::new(field, format!("at least {PASSWORD_MIN} characters")));
    }
    if length > PASSWORD_MAX {
        return Err(BadField::new(field, format!("at most {PASSWORD_MAX} characters")));
    }
    let first = password.chars().next();
    if password.chars().all(|it| Some(it) == first) || password.to_lowercase() == email {
        return Err(BadField::new(field, "too easy to guess: not the address, not one character repeated"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_with_the_failures_and_has_an_end() {
        let failed = |count| Failures { count, last_at: Time::from_s(1000) };
        let rows = [
            ("the fifth try is free", CountedBy::Account, 4, 0, 0),
            ("after five failures", CountedBy::Account, 5, 0, 15),
            ("some of it has passed", CountedBy::Account, 5, 10, 5),
            ("it is over", CountedBy::Account, 5, 15, 0),
            ("each failure doubles it", CountedBy::Account, 8, 0, 120),
            ("never more than a quarter of an hour", CountedBy::Account, 500, 0, 900),
            ("an address has more", CountedBy::Address, 19, 0, 0),
            ("an address waits too", CountedBy::Address, 20, 0, 15),
        ];
        for (name, by, count, passed_s, expected_s) in rows {
            let wait = wait_left(by, failed(count), Time::from_s(1000 + passed_s));
            assert_eq!(wait.as_secs(), expected_s, "{name}");
        }
    }

    #[test]
    fn passwords_too_short_too_long_or_too_plain_are_refused() {
        let check = |it: &str| check_password("password", it, "anna@shop.example").is_ok();
        assert!(check("correct horse"));
        assert!(check("пароль-подлиннее"));
        for wrong in ["short", "aaaaaaaaaaaa", "Anna@shop.example", &"ab".repeat(PASSWORD_MAX)] {
            assert!(!check(wrong), "{wrong}");
        }
    }
}
