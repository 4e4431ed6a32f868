//! Prints the address of a fresh PostgreSQL database for a test in another language, and keeps it until its input ends.
//!
//! The server is that of `OPENLINES_TEST_POSTGRES`, or one of our own, see [`openlines_testkit::postgres`]. Databases
//! of ended programs are dropped by later tests.

use std::io::Write as _;

use tokio::io::AsyncReadExt as _;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = openlines_testkit::postgres().await;
    let mut out = std::io::stdout();
    writeln!(out, "{address}")?;
    out.flush()?;
    let mut input = tokio::io::stdin();
    let mut buffer = [0; 256];
    while matches!(input.read(&mut buffer).await, Ok(1..)) {}
    Ok(())
}
