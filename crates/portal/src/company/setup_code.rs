//! The code that proves that whoever sets the portal up can read this server's terminal.

use openlines_base::{Rng, Secret};

/// Random bytes of the code.
const BYTES: usize = 16;

/// Lives in memory until the next start; useless once the company exists.
#[derive(Debug)]
pub struct SetupCode(Secret<String>);

impl SetupCode {
    /// A fresh code.
    #[must_use]
    pub fn new(rng: &dyn Rng) -> Self {
        Self(rng.token(BYTES).into())
    }

    /// The code, for the terminal.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.expose()
    }

    /// Compares in constant time.
    #[must_use]
    pub fn matches(&self, candidate: &str) -> bool {
        self.0.matches(candidate.trim().as_bytes())
    }
}
