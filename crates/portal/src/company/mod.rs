//! The company: its name, zone and language, and the first run that makes it.

mod setup_code;

pub use setup_code::SetupCode;
