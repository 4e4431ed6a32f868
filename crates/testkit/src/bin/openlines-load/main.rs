//! Both ends of a hub under load, in processes of their own: `send` plays messengers, `receive` plays portals.
//!
//! `cargo xtask bench` starts it and talks to it in lines of JSON, one plan in, one answer out. It measures with the
//! machine's clock, as both ends and the hub run on one machine. Start with [`send`] and [`receive`].
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "talks to the program that started it")]

mod measure;
mod receive;
mod send;
mod telegram;

use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;
use serde::de::DeserializeOwned;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match std::env::args().nth(1).as_deref() {
        Some("send") => send::run().await,
        Some("receive") => receive::run().await,
        _ => Err("usage: openlines-load send | receive; plans are lines of JSON on the input".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("openlines-load: {cause}");
            ExitCode::FAILURE
        }
    }
}

/// Waits for the next plan.
async fn plan<T: DeserializeOwned + Send + 'static>() -> Result<T> {
    tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        if line.is_empty() {
            return Err("the program that started this one went away".into());
        }
        Ok(serde_json::from_str(&line)?)
    })
    .await?
}

/// Answers a plan.
fn answer<T: Serialize>(answer: &T) -> Result<()> {
    println!("{}", serde_json::to_string(answer)?);
    Ok(std::io::stdout().flush()?)
}
