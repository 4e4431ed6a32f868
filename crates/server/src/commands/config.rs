//! `openlines config`: what can be set.

use crate::commands::print;
use crate::config::{Config, DEFAULTS};

/// Prints the commented defaults, or what is in force.
pub(crate) fn run(config: &Config, effective: bool) -> anyhow::Result<()> {
    if effective { print(&config.describe()) } else { print(DEFAULTS) }
}
