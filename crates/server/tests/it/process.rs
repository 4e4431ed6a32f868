//! A real `openlines` process: started, asked, killed without mercy, started again.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use openlines_edge::client::{Client, Outgoing, Policy};

/// How long a start may take on a busy machine.
const START_PATIENCE: Duration = Duration::from_secs(60);

/// One process and how to start it again with the same data.
pub(crate) struct Process {
    role: String,
    variables: Vec<(String, String)>,
    pub(crate) data: PathBuf,
    pub(crate) port: u16,
    child: Option<Child>,
}

impl Process {
    /// Describes a process; [`Process::start`] runs it.
    pub(crate) fn new(role: &str, data: &Path, variables: &[(&str, String)]) -> Self {
        Self {
            role: role.to_owned(),
            variables: variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            data: data.to_owned(),
            port: free_port(),
            child: None,
        }
    }

    /// Sets a variable for the next start.
    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.variables.push((name.to_owned(), value));
    }

    /// Registers a portal at a hub that does not run: its site number and licence key.
    pub(crate) fn add_site(&self, address: &str) -> (String, String) {
        let run = Command::new(env!("CARGO_BIN_EXE_openlines"))
            .args(["hub", "--add-site", address, "--data"])
            .arg(&self.data)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .output()
            .expect("the binary runs");
        let text = String::from_utf8_lossy(&run.stdout).into_owned();
        let find = |key: &str| {
            let line = text.lines().find_map(|line| line.trim().strip_prefix(key));
            line.unwrap_or_else(|| panic!("no `{key}` in: {text} {}", String::from_utf8_lossy(&run.stderr)))
                .trim()
                .to_owned()
        };
        (find("OPENLINES_PORTAL_SITE="), find("OPENLINES_PORTAL_LICENCE_KEY="))
    }

    /// The code of the first run, as soon as it is printed.
    pub(crate) async fn setup_code(&self) -> String {
        crate::until("the set-up link is printed", async || {
            let log = self.whole_log();
            let after = log.split("/setup#code=").nth(1)?;
            after.split_once(char::is_whitespace).map(|(code, _)| code.to_owned())
        })
        .await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it and waits until it is ready.
    pub(crate) async fn start(&mut self) {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.data.with_extension("log"))
            .expect("a log file");
        let child = Command::new(env!("CARGO_BIN_EXE_openlines"))
            .args([&self.role, "--listen", &format!("127.0.0.1:{}", self.port), "--data"])
            .arg(&self.data)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log file"))
            .stderr(log)
            .spawn()
            .expect("the binary starts");
        self.child = Some(child);
        let ready = format!("{}/readyz", self.url());
        let client = local_client();
        let wait = async {
            loop {
                let asked = client.send(Outgoing::new(http::Method::GET, &ready, Duration::from_secs(5)), 10_000).await;
                if asked.is_ok_and(|it| it.status == http::StatusCode::OK) {
                    return;
                }
                tokio::task::yield_now().await;
                assert!(self.is_running(), "the process ended at start: {}", self.log());
            }
        };
        if tokio::time::timeout(START_PATIENCE, wait).await.is_err() {
            panic!("the process is not ready after {START_PATIENCE:?}: {}", self.log());
        }
    }

    fn is_running(&self) -> bool {
        // `try_wait` wants `&mut`; the process table knows as well.
        self.child
            .as_ref()
            .is_some_and(|it| Path::new(&format!("/proc/{}/stat", it.id())).exists() && !is_zombie(it.id()))
    }

    /// kill -9: no warning, no flush.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it can be killed");
            child.wait().expect("it is gone");
        }
    }

    /// The end of its log.
    pub(crate) fn log(&self) -> String {
        let text = std::fs::read_to_string(self.data.with_extension("log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// The whole log, for what must not stand in it.
    pub(crate) fn whole_log(&self) -> String {
        std::fs::read_to_string(self.data.with_extension("log")).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

fn is_zombie(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// A client for this machine.
pub(crate) fn local_client() -> Client {
    Client::new(Policy { allow_private: true, ..Policy::default() })
}
