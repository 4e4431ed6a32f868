//! A PostgreSQL of our own for the tests: in a temporary folder, on a free port, gone afterwards.
//!
//! It never touches a server of the machine. A small shell stands guard over it and stops it as soon as we end, however
//! we end: its input is a pipe that only we hold open.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::shell::{command, is_root, output, pause, root, which};
use crate::system;

/// How long the server may take to start.
const START_MAX: Duration = Duration::from_secs(60);
/// How often we ask whether it has.
const ASK_EVERY: Duration = Duration::from_millis(100);
/// Tests run at once, each with pools of its own.
const CONNECTIONS_MAX: u32 = 400;
/// Who may run the server when we are root: PostgreSQL refuses to run as root.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// Starts the server, waits until our input ends, stops the server, removes the folder.
const GUARD: &str = r#"
folder=$1; shift
"$@" >"$folder/log" 2>&1 &
cat >/dev/null
kill -INT "$(head -n 1 "$folder/data/postmaster.pid")" 2>/dev/null
wait
rm -rf "$folder"
"#;

/// A running server; dropped, it stops and leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Postgres {
    guard: Child,
    port: u16,
}

impl Postgres {
    /// Starts a server.
    pub(crate) fn start() -> Result<Self> {
        let bin = system::postgres()?;
        let user = if is_root() { Some(unprivileged()?) } else { None };
        let folder = folder(user)?;
        let started = Self::start_in(&bin, &folder, user);
        if started.is_err() {
            drop(fs::remove_dir_all(&folder));
        }
        started
    }

    fn start_in(bin: &Path, folder: &Path, user: Option<&str>) -> Result<Self> {
        let data = folder.join("data");
        output(
            program(bin, "initdb", user)
                .arg("--pgdata")
                .arg(&data)
                .args(["--username=openlines", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
                .current_dir(folder),
        )
        .context("PostgreSQL: making a database folder")?;
        let port = free_port()?;
        let server = server(&program(bin, "postgres", user), &data, port);
        let guard = Command::new("sh")
            .args(["-c", GUARD, "sh"])
            .arg(folder)
            .args(server)
            .current_dir(folder)
            .stdin(Stdio::piped())
            // Ctrl-c in a terminal goes to a whole group: the guard must outlive us by a moment.
            .process_group(0)
            .spawn()
            .context("PostgreSQL: starting its guard")?;
        let this = Self { guard, port };
        this.wait_until_ready(bin, folder)?;
        Ok(this)
    }

    /// Its address, for a user who may create databases.
    pub(crate) fn url(&self) -> String {
        format!("postgres://openlines@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&self, bin: &Path, folder: &Path) -> Result<()> {
        let port = self.port.to_string();
        for _ in 0..START_MAX.as_millis() / ASK_EVERY.as_millis() {
            let ready = command(&bin.join("pg_isready").to_string_lossy(), root())
                .args(["--quiet", "--host=127.0.0.1", "--port", &port])
                .status()
                .context("PostgreSQL: asking whether it is ready")?;
            if ready.success() {
                return Ok(());
            }
            pause(ASK_EVERY);
        }
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        bail!("PostgreSQL did not start within {} s. It said:\n{log}", START_MAX.as_secs());
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        drop(self.guard.wait());
    }
}

/// The server's command line. Nothing of it must survive a power cut, so nothing waits for the disk.
fn server(program: &Command, data: &Path, port: u16) -> Vec<String> {
    let settings = [
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        format!("port={port}"),
        format!("max_connections={CONNECTIONS_MAX}"),
        "fsync=off".to_owned(),
        "synchronous_commit=off".to_owned(),
        "full_page_writes=off".to_owned(),
        "wal_level=minimal".to_owned(),
        "max_wal_senders=0".to_owned(),
    ];
    let mut line = vec![program.get_program().to_string_lossy().into_owned()];
    line.extend(program.get_args().map(|it| it.to_string_lossy().into_owned()));
    line.extend(["-D".to_owned(), data.to_string_lossy().into_owned()]);
    line.extend(settings.into_iter().flat_map(|it| ["-c".to_owned(), it]));
    line
}

fn program(bin: &Path, name: &str, user: Option<&str>) -> Command {
    let path = bin.join(name);
    match user {
        None => command(&path.to_string_lossy(), root()),
        Some(user) => {
            let mut command = command("setpriv", root());
            command.args([&format!("--reuid={user}"), "--init-groups"]).arg(format!("--regid={}", group(user)));
            command.arg("--").arg(path);
            command
        }
    }
}

fn unprivileged() -> Result<&'static str> {
    if which("setpriv").is_none() {
        bail!("setpriv is missing: PostgreSQL does not run as root. Run `apt-get install -y util-linux`");
    }
    let exists = |user: &&str| output(command("id", root()).args(["-u", user])).is_ok();
    let found = UNPRIVILEGED.into_iter().find(|it| exists(it));
    found.context(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`: add one (useradd -r postgres)",
    )
}

fn group(user: &str) -> String {
    output(command("id", root()).args(["-g", user])).map_or_else(|_| user.to_owned(), |it| it.trim().to_owned())
}

/// A new folder that the server's user owns and can reach: root's own temporary folder may be closed to others.
fn folder(user: Option<&str>) -> Result<PathBuf> {
    let parent = if user.is_some() { PathBuf::from("/tmp") } else { std::env::temp_dir() };
    let template = parent.join("openlines-test-XXXXXXXX");
    let made = output(command("mktemp", root()).arg("-d").arg(template)).context("PostgreSQL: making a folder")?;
    let made = PathBuf::from(made.trim());
    if let Some(user) = user {
        output(command("chown", root()).arg(format!("{user}:{}", group(user))).arg(&made))?;
    }
    Ok(made)
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("PostgreSQL: finding a free port")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_server_starts_answers_and_is_gone_afterwards() {
        let server = Postgres::start().expect("starts");
        let port = server.port;
        TcpStream::connect(("127.0.0.1", port)).expect("listens");
        drop(server);
        TcpStream::connect(("127.0.0.1", port)).expect_err("stopped");
    }
}
