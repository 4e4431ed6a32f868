//! A world for tests and for `openlines demo`: a clock that stands still, chance that repeats, messengers that are
//! not there.
//!
//! Nothing here leaves the machine. Start with [`FakeTelegram`] and [`TestClock`].

mod chance;
mod clock;
pub mod control;
mod fake_portal;
mod postgres;
pub mod telegram;

pub use chance::TestRng;
pub use clock::TestClock;
pub use fake_portal::{FakePortal, Mood, Reaction};
pub use postgres::{OwnPostgres, postgres};
pub use telegram::FakeTelegram;
