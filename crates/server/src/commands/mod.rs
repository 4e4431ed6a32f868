//! Commands that do one thing and end.

pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod migrate;
pub(crate) mod user;

use std::io::Write as _;

/// Writes to standard output, where a command's result belongs. A reader that has seen enough (`| head`) is no error.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    match write!(out, "{text}{end}").and_then(|()| out.flush()) {
        Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_description_of_the_api_is_what_the_program_says() {
        let committed = include_str!("../../../../docs/api/openapi.json");
        // Not by `assert_eq!`: nobody reads 160 kB twice.
        let is_fresh = committed.trim_end() == openlines_portal::openapi();
        assert!(is_fresh, "docs/api/openapi.json is stale: run `cargo xtask gen` and commit what it writes");
    }
}
