//! A PostgreSQL for tests: one server per machine, a fresh database per test.
//!
//! `OPENLINES_TEST_POSTGRES` names a server to use (an address whose user may create databases). Without it the first
//! test starts one of its own from the installed programs, on a socket below the temporary folder, and leaves it
//! running for the next. It forgets nothing in a clean stop but has no fsync: never put anything real into it.

use std::fs::{self, File};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

/// Names the server to use.
const ENV: &str = "OPENLINES_TEST_POSTGRES";
/// Databases of ended test processes dropped at each call.
const SWEEP_MAX: usize = 4;
/// Settings of the server that tests share: fast, and for data that nobody misses.
const SHARED_SETTINGS: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400 \
    -c shared_buffers=64MB -c jit=off";
/// Start of the names of our databases.
const PREFIX: &str = "openlines_test_";

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A server of one test, which may break and mend it. What was committed survives; it ends and is deleted when dropped.
pub struct OwnPostgres(Server);

impl OwnPostgres {
    /// Makes and starts a server.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    #[must_use]
    pub fn start() -> Self {
        let name = format!("openlines-pg-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let base = std::env::temp_dir().join(name);
        // A crash must not take back what was confirmed, so commits are synchronous; the machine itself does not fail.
        let server = Server {
            data: base.join("data"),
            socket: base.join("s"),
            base,
            settings: "-c fsync=off -c max_connections=100 -c shared_buffers=32MB -c jit=off",
        };
        server.start();
        Self(server)
    }

    /// The address of its database.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Ends the server without a good-bye: connections break in the middle of what they do.
    ///
    /// # Panics
    /// If it does not end.
    pub fn break_down(&self) {
        let stopped = self.0.pg_ctl(&["stop", "-m", "immediate", "-w"]);
        assert!(stopped.status.success(), "{}", String::from_utf8_lossy(&stopped.stderr));
    }

    /// Starts it again with the data that it had.
    ///
    /// # Panics
    /// If it does not start.
    pub fn come_back(&self) {
        assert!(self.0.launch(), "PostgreSQL does not start: see {}", self.0.base.join("log").display());
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        drop(self.0.pg_ctl(&["stop", "-m", "immediate", "-w"]));
        drop(fs::remove_dir_all(&self.0.base));
    }
}

/// The address of a fresh, empty database.
///
/// # Panics
/// When there is no server and none can be started; the text says what to install.
pub async fn postgres() -> String {
    let server = server();
    let options: PgConnectOptions = server.parse().unwrap_or_else(|cause| panic!("{ENV}: {cause}"));
    let mut admin = PgConnection::connect_with(&options).await.unwrap_or_else(|cause| panic!("{server}: {cause}"));
    sweep(&mut admin).await;
    let name = format!("{PREFIX}{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    for statement in [
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"),
    ] {
        admin.execute(AssertSqlSafe(statement)).await.unwrap_or_else(|cause| panic!("making {name}: {cause}"));
    }
    drop(admin.close().await);
    with_database(&server, &name)
}

/// Drops databases whose test process is gone; each call a few, so no test waits long.
async fn sweep(admin: &mut PgConnection) {
    let names: Vec<String> = sqlx::query_scalar("SELECT datname FROM pg_database WHERE datname LIKE $1 LIMIT 200")
        .bind(format!("{PREFIX}%"))
        .fetch_all(&mut *admin)
        .await
        .unwrap_or_default();
    let gone = names.iter().filter(|name| {
        let pid = name.trim_start_matches(PREFIX).split('_').next().unwrap_or_default();
        !Path::new("/proc").join(pid).exists()
    });
    for name in gone.take(SWEEP_MAX) {
        drop(admin.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await);
    }
}

/// Puts the database's name into a server's address.
fn with_database(server: &str, name: &str) -> String {
    let (start, query) = server.split_once('?').map_or((server, None), |(start, query)| (start, Some(query)));
    let host_at = start.find("://").map_or(0, |at| at + 3);
    let path_at = start[host_at..].find('/').map_or(start.len(), |at| host_at + at);
    let query = query.map(|it| format!("?{it}")).unwrap_or_default();
    format!("{}/{name}{query}", &start[..path_at])
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration to come in through")]
fn server() -> String {
    std::env::var(ENV).unwrap_or_else(|_| own_server())
}

fn own_server() -> String {
    let base = std::env::temp_dir().join("openlines-test-postgres");
    // Test processes start at once: the first makes the server, the others wait here.
    let lock = File::create(base.with_extension("lock")).expect("the temporary folder is writable");
    lock.lock().expect("the file system has locks");
    let server = Server { data: base.join("data"), socket: base.join("s"), base, settings: SHARED_SETTINGS };
    if !server.is_running() {
        server.start();
    }
    server.url()
}

struct Server {
    base: PathBuf,
    data: PathBuf,
    socket: PathBuf,
    settings: &'static str,
}

impl Server {
    fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.socket.display())
    }

    fn is_running(&self) -> bool {
        self.socket.join(".s.PGSQL.5432").exists() && self.pg_ctl(&["status"]).status.success()
    }

    fn start(&self) {
        if self.data.join("PG_VERSION").exists() && self.launch() {
            return;
        }
        // Half made, or of another version: anew.
        drop(fs::remove_dir_all(&self.base));
        for folder in [&self.base, &self.socket] {
            fs::create_dir_all(folder).expect("the temporary folder is writable");
            if let Some((user, group)) = other_user() {
                chown(folder, Some(user), Some(group)).expect("root may give a folder away");
            }
        }
        let data = self.data.to_string_lossy();
        let made =
            run("initdb", &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        assert!(self.launch(), "PostgreSQL does not start: see {}", self.base.join("log").display());
    }

    fn launch(&self) -> bool {
        let log = self.base.join("log");
        let options = format!("-k {} -c listen_addresses= {}", self.socket.display(), self.settings);
        self.pg_ctl(&["start", "-w", "-l", &log.to_string_lossy(), "-o", &options]).status.success()
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Output {
        let data = self.data.to_string_lossy();
        let mut all = vec!["-D", &data];
        all.extend(arguments);
        run("pg_ctl", &all)
    }
}

/// Runs a program of PostgreSQL, as another user if we are root: it refuses root.
fn run(program: &str, arguments: &[&str]) -> Output {
    let program = find(program);
    let mut command = match other_user() {
        None => Command::new(&program),
        Some((user, group)) => {
            let mut command = Command::new("setpriv");
            command.args([&format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups", "--"]);
            command.arg(&program);
            command
        }
    };
    // A server that kept our pipes open would make the test runner wait for it.
    let output = std::env::temp_dir().join(format!("openlines-test-postgres-{}.out", std::process::id()));
    let file = File::create(&output).expect("the temporary folder is writable");
    let status = command
        .args(arguments)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(file)
        .status()
        .unwrap_or_else(|cause| panic!("{}: {cause}", program.display()));
    let stderr = fs::read(&output).unwrap_or_default();
    drop(fs::remove_file(&output));
    Output { status, stdout: Vec::new(), stderr }
}

/// Who runs the server: user `postgres` if we are root.
fn other_user() -> Option<(u32, u32)> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let uid = status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().nth(1)?;
    if uid != "0" {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").ok()?;
    let line = passwd.lines().find(|line| line.starts_with("postgres:"));
    let mut parts = line.expect("PostgreSQL refuses root: make a user `postgres`").split(':').skip(2);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[expect(clippy::disallowed_methods, reason = "the search path of the machine")]
fn find(program: &str) -> PathBuf {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<_> = versions.flatten().map(|it| it.path().join("bin")).collect();
        versions.sort();
        // One version for all programs: a link to initdb alone on the search path must not mix two.
        folders.splice(0..0, versions.into_iter().rev());
    }
    folders.iter().map(|it| it.join(program)).find(|it| it.is_file()).unwrap_or_else(|| {
        panic!("no {program}: install PostgreSQL 15 or newer, or set {ENV} to the address of a server")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_takes_the_place_of_the_path() {
        for (server, expected) in [
            ("postgres://u:p@h:5432/postgres", "postgres://u:p@h:5432/x"),
            ("postgres://u@h", "postgres://u@h/x"),
            ("postgres://u@h/postgres?host=/tmp/s", "postgres://u@h/x?host=/tmp/s"),
        ] {
            assert_eq!(with_database(server, "x"), expected);
        }
    }

    #[tokio::test]
    async fn two_databases_at_once_are_two() {
        let (one, two) = (postgres().await, postgres().await);
        assert_ne!(one, two);
        let mut conn = PgConnection::connect(&one).await.expect("connects");
        let version: String = sqlx::query_scalar("SELECT version()").fetch_one(&mut conn).await.expect("answers");
        assert!(version.starts_with("PostgreSQL"));
    }
}
