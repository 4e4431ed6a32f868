//! A world for tests and for `openlines demo`: a clock that stands still, chance that repeats, messengers that are
//! not there.
//!
//! Nothing here leaves the machine. Start with [`TestClock`].

mod chance;
mod clock;
mod postgres;

pub use chance::TestRng;
pub use clock::TestClock;
pub use postgres::postgres;
