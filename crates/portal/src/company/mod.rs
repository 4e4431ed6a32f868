//! The company: its name, zone and language, and the first run that makes it.

mod api;
mod error;
mod flow;
mod setup_code;

pub use error::CompanyError;
pub use setup_code::SetupCode;

pub(crate) use api::{open_routes, routes};
pub(crate) use flow::{exists, load};

use serde::Serialize;
use utoipa::ToSchema;

use crate::staff::Language;

/// Where people work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Company {
    /// Name.
    pub name: String,
    /// IANA time zone: `Europe/Moscow`.
    pub time_zone: String,
    /// Language of new lines and of people who chose none.
    pub language: Language,
}
