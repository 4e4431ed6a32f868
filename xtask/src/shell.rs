//! Running other programs: where, with what environment, and what came back.

use std::io::{BufRead as _, BufReader, IsTerminal as _, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// The workspace's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}

/// The interface's folder.
pub(crate) fn web() -> PathBuf {
    root().join("web")
}

/// Where cargo builds to: `CARGO_TARGET_DIR`, a setting, or `target`.
pub(crate) fn target() -> Result<&'static Path> {
    static TARGET: OnceLock<PathBuf> = OnceLock::new();
    if let Some(known) = TARGET.get() {
        return Ok(known);
    }
    let metadata = metadata()?;
    let folder = metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
    Ok(TARGET.get_or_init(|| PathBuf::from(folder)))
}

/// What cargo knows about the crates of the workspace.
pub(crate) fn metadata() -> Result<serde_json::Value> {
    let text = output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    serde_json::from_str(&text).context("reading cargo metadata")
}

/// The cargo that runs us, in the workspace's folder.
pub(crate) fn cargo() -> Command {
    let program = var("CARGO").unwrap_or_else(|| "cargo".to_owned());
    let mut command = command(&program, root());
    // Set by `cargo run` for us, not for what we start: with it a build would not see that nothing changed.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    command
}

/// npm in a folder.
pub(crate) fn npm(folder: &Path) -> Command {
    command("npm", folder)
}

/// A program in a folder, without a terminal to ask questions on.
pub(crate) fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    if !std::io::stdout().is_terminal() {
        // Some programs colour whatever they print, and npm tells them to.
        command.env("NO_COLOR", "1").env_remove("FORCE_COLOR");
    }
    command
}

/// An environment variable, if set, readable and not empty.
#[expect(clippy::disallowed_methods, reason = "settings of the machine, not of the product")]
pub(crate) fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|it| !it.is_empty())
}

/// Runs to the end, showing all output; an error unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("starting `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Runs to the end and returns what it printed; an error with its complaint unless it succeeds.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command.output().with_context(|| format!("starting `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}` failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs to the end, showing all output and handing each line to `see`. True if the program succeeded.
pub(crate) fn watch(command: &mut Command, see: impl FnMut(&str) + Send + 'static) -> Result<bool> {
    let shown = shown(command);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().with_context(|| format!("starting `{shown}`"))?;
    let see = Arc::new(Mutex::new(see));
    let readers = [
        child.stdout.take().map(|it| copy(Box::new(it), Arc::clone(&see))),
        child.stderr.take().map(|it| copy(Box::new(it), Arc::clone(&see))),
    ];
    let status = child.wait().with_context(|| format!("waiting for `{shown}`"))?;
    for reader in readers.into_iter().flatten() {
        drop(reader.join());
    }
    Ok(status.success())
}

fn copy<F: FnMut(&str) + Send + 'static>(from: Box<dyn Read + Send>, see: Arc<Mutex<F>>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|it| it > 0) {
            let mut see = see.lock().expect("no reader panics");
            let mut out = std::io::stdout().lock();
            drop(out.write_all(&line));
            drop(out.flush());
            see(String::from_utf8_lossy(&line).trim_end());
            line.clear();
        }
    })
}

/// Whether a program is in the search path.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = var("PATH")?;
    path.split(':').map(|it| Path::new(it).join(program)).find(|it| it.is_file())
}

/// Whether we may do anything on this machine.
pub(crate) fn is_root() -> bool {
    output(command("id", root()).arg("-u")).is_ok_and(|it| it.trim() == "0")
}

/// A step of a wait for another program.
#[expect(clippy::disallowed_methods, reason = "another program's state can only be asked again")]
pub(crate) fn pause(wait: Duration) {
    thread::sleep(wait);
}

/// The moment from which a step is timed.
#[expect(clippy::disallowed_methods, reason = "times steps for people to read")]
pub(crate) fn start() -> Instant {
    Instant::now()
}

/// `3 min 12 s`, `4.2 s`.
pub(crate) fn took(since: Instant) -> String {
    let took = since.elapsed();
    match took.as_secs() {
        s @ 60.. => format!("{} min {:02} s", s / 60, s % 60),
        _ => format!("{:.1} s", took.as_secs_f64()),
    }
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program()).to_string_lossy();
    let args = command.get_args().map(|it| it.to_string_lossy());
    std::iter::once(program).chain(args).collect::<Vec<_>>().join(" ")
}
