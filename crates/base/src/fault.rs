//! What a caller may do about an error. The HTTP numbers for the six kinds live in `edge` alone.

use std::error::Error;

/// The six kinds of errors that we tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The caller sent something wrong and can mend it.
    BadInput,
    /// The caller is known, and may not do this. Or is not known at all: see [`Fault::needs_login`].
    Forbidden,
    /// The thing is not there, or the caller may not know that it is.
    NotFound,
    /// Somebody else was first, or the state forbids it now.
    Conflict,
    /// Try again later.
    Busy,
    /// Our mistake, or our store is away. The caller sees an id, never the text.
    Bug,
}

/// An error that knows its [`Kind`], so one place can turn any of them into an answer.
pub trait Fault: Error {
    /// Which of the six it is.
    fn kind(&self) -> Kind;

    /// The request field that is wrong, in the words of the API (`name`, `queue.accept_time_s`).
    fn field(&self) -> Option<&str> {
        None
    }

    /// A stable code that a program can act on: `taken`, `token_revoked`. Shown beside the text.
    fn code(&self) -> Option<&'static str> {
        None
    }

    /// Seconds to wait before trying again, for [`Kind::Busy`].
    fn retry_after_s(&self) -> Option<u32> {
        None
    }

    /// Whether the answer is "sign in first" rather than "you may not".
    fn needs_login(&self) -> bool {
        false
    }
}
