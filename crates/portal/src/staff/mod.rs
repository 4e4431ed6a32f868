//! People who work here: operators, roles, sign-in, invitations, presence.
//!
//! It knows nothing of dialogs but how many an operator has open. Start with `auth.rs`: every endpoint takes [`Signed`]
//! or [`Admin`]; then `rules.rs` for the limits of sign-in.

mod auth;
mod logins;
mod model;
mod passwords;

pub use auth::{Admin, Signed};
pub(crate) use auth::{LOGIN_COOKIE, is_same_origin, require_login, same_origin_only};
pub(crate) use logins::open_login;
pub use model::{Presence, Role};
pub use passwords::Passwords;
