//! A Telegram that is not there, as a program: for browser tests and for tries by hand.
//!
//! It prints one line `{"api_base": …, "control": …}` when it is ready: the address for `channels.telegram.api_base`
//! and the address of the [remote control](openlines_testkit::control). It ends by `POST /finish`, or when its input
//! ends, so that a test that dies leaves nothing behind.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use openlines_base::SystemClock;
use openlines_testkit::FakeTelegram;
use openlines_testkit::control::Control;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

const USAGE: &str = "usage: fake-telegram [--listen ADDRESS:PORT]    (127.0.0.1:0, a free port, if absent)";

#[tokio::main]
#[expect(clippy::print_stderr, reason = "a command line program talks to its terminal")]
async fn main() -> ExitCode {
    let listen = match listen(std::env::args().skip(1)) {
        Ok(it) => it,
        Err(words) => {
            eprintln!("{words}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&listen).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("--listen {listen}: {cause}");
            ExitCode::FAILURE
        }
    }
}

/// The address of `--listen`.
fn listen(mut args: impl Iterator<Item = String>) -> Result<String, String> {
    let mut listen = "127.0.0.1:0".to_owned();
    while let Some(name) = args.next() {
        match name.as_str() {
            "--listen" => listen = args.next().ok_or("--listen: an address is missing")?,
            other => return Err(format!("{other}: no such option")),
        }
    }
    Ok(listen)
}

async fn run(listen: &str) -> std::io::Result<()> {
    let (api, remote) = (TcpListener::bind(listen).await?, TcpListener::bind("127.0.0.1:0").await?);
    let remote_url = format!("http://{}", remote.local_addr()?);
    let control = Control::new(FakeTelegram::start_on(api, Arc::new(SystemClock)));
    let ready = serde_json::json!({ "api_base": control.telegram().url(), "control": remote_url });
    let mut out = std::io::stdout();
    writeln!(out, "{ready}")?;
    out.flush()?;
    tokio::select! {
        it = Arc::clone(&control).serve(remote) => it,
        () = input_ends() => {
            control.telegram().stop().await;
            Ok(())
        }
    }
}

/// Waits until whoever started us closes our input or is gone.
async fn input_ends() {
    let mut input = tokio::io::stdin();
    let mut buffer = [0; 256];
    while matches!(input.read(&mut buffer).await, Ok(1..)) {}
}
