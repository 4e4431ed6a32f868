//! People who work here: operators, roles, sign-in, invitations, presence.
//!
//! It knows nothing of dialogs but how many an operator has open. Start with `auth.rs`: every endpoint takes [`Signed`]
//! or [`Admin`]; then `rules.rs` for the limits of sign-in, `presence.rs` for who is on the line.

mod api;
mod auth;
mod error;
mod invitations;
mod logins;
mod me;
mod model;
mod passwords;
mod people;
pub(crate) mod presence;
mod rules;
mod sign_in;
mod store;
mod sweep;
pub(crate) mod tries;

pub use auth::{Admin, Signed};
pub use error::StaffError;
pub use me::{Checklist, Me};
pub use model::{Invitation, Language, Operator, Presence, Role, Settings, Theme};
pub use passwords::Passwords;
pub use presence::OpenDialogs;

pub(crate) use api::{MeAnswer, open_routes, routes};
pub(crate) use auth::{hex, is_same_origin, require_login, same_origin_only};
pub(crate) use logins::{NewLogin, open_login, touch_login};
pub(crate) use people::add;
pub(crate) use rules::check_password;
pub(crate) use sign_in::{Visitor, make_link};
#[cfg(test)]
pub(crate) use store::load_operator;
pub(crate) use store::{NewOperator, insert_operator, load_operators};
pub(crate) use sweep::sweep;
