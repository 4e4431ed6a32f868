//! What the portal's own tests stand on: a fresh portal over a fresh database, a clock moved by hand, a hub that answers
//! what it is told, browsers that keep their cookie.

mod browser;
mod channel;
mod hub;
mod office;

pub(crate) use browser::{Answer, Browser};
pub(crate) use channel::{Channel, chat, picture, user};
pub(crate) use hub::FakeHub;
pub(crate) use office::Office;
