//! One run: a fresh hub, portals and a Telegram to talk to, and senders; all real processes on this machine.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::machine;
use super::table::Figures;
use crate::shell::{command, output, pause, root, target};

/// How long the hub may take to start.
const START_MAX: Duration = Duration::from_secs(30);
/// How often we ask whether it has.
const ASK_EVERY: Duration = Duration::from_millis(50);
/// What the hub says of itself to messengers. They are ours: nobody looks it up.
const PUBLIC_URL: &str = "https://hub.bench.example";

/// What to send where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) senders: usize,
    pub(super) lines: usize,
    pub(super) portals: usize,
    pub(super) count: usize,
    pub(super) size_bytes: usize,
    /// Messages a second; none: as fast as the hub takes them.
    pub(super) rate: Option<u32>,
}

impl Load {
    /// The same for a quick look.
    pub(super) fn tenth(self) -> Self {
        Self { count: self.count / 10, ..self }
    }
}

/// Runs a load once and tells what it measured.
pub(super) fn run(load: &Load) -> Result<Figures> {
    let folder = Folder::new()?;
    let mut receiver = Tool::start("receive", &folder.0)?;
    let doors = receiver.ask(&json!({ "portals": load.portals }))?;
    let hub = Hub::prepare(&folder.0, &doors)?;
    let sites = hub.add_sites(&doors)?;
    let hub = hub.start()?;
    let plan = json!({ "hub": hub.url(), "sites": sites, "lines": load.lines });
    let connected = receiver.ask(&plan).with_context(|| hub.log())?;

    let (cpu_before, _) = machine::process(hub.child.id());
    let before = machine::times();
    let mut sender = Tool::start("send", &folder.0)?;
    let sent = sender.ask(&json!({
        "hub": hub.address(), "hooks": connected["hooks"], "senders": load.senders, "count": load.count,
        "size_bytes": load.size_bytes, "rate": load.rate,
    }));
    let sent = sent.with_context(|| hub.log())?;
    let taken = receiver.ask(&json!({ "messages": sent["accepted"] })).with_context(|| hub.log())?;
    let (cpu_after, memory) = machine::process(hub.child.id());
    let after = machine::times();
    figures(load, &sent, &taken, cpu_after - cpu_before, memory).map(|mut figures| {
        let ours = figures["CPU s, all processes"];
        figures.insert(machine::FOREIGN, machine::foreign(before, after, ours));
        figures
    })
}

fn figures(load: &Load, sent: &Value, taken: &Value, hub_cpu_s: f64, memory_mib: f64) -> Result<Figures> {
    let number = |value: &Value, path: &str| {
        value.pointer(path).and_then(Value::as_f64).with_context(|| format!("no {path} in {value}"))
    };
    let (accepted, arrived) = (number(sent, "/accepted")?, number(taken, "/messages")?);
    if accepted <= 0.0 {
        bail!("the hub took no message: {sent}");
    }
    let whole_s = (number(taken, "/ended_us")? - number(sent, "/started_us")?) / 1e6;
    let wrong = (accepted - arrived).max(0.0) + number(taken, "/gaps")? + number(taken, "/overtook")?;
    let (sender_cpu, receiver_cpu) = (number(sent, "/cpu_s")?, number(taken, "/cpu_s")?);
    let cpu = hub_cpu_s + sender_cpu + receiver_cpu;
    let per_10k = |it: f64| it * 10_000.0 / accepted;
    let mut figures = Figures::from([
        ("sent to 200 p50, ms", number(sent, "/ack_ms/p50")?),
        ("sent to 200 p99, ms", number(sent, "/ack_ms/p99")?),
        ("sent to receipt p50, ms", number(taken, "/receipt_ms/p50")?),
        ("sent to receipt p99, ms", number(taken, "/receipt_ms/p99")?),
        ("sent to receipt max, ms", number(taken, "/receipt_ms/max")?),
        ("CPU s, all processes", cpu),
        ("CPU s per 10,000, all processes", per_10k(cpu)),
        ("CPU s per 10,000, hub", per_10k(hub_cpu_s)),
        ("hub's most memory, MiB", memory_mib),
        ("lost, jumped over or overtaken", wrong),
        ("came twice", number(taken, "/doubles")?),
        ("refused by the hub", number(sent, "/refused")?),
    ]);
    if load.rate.is_none() {
        figures.insert("messages/s, sent to 200", accepted / number(sent, "/seconds")?);
        figures.insert("messages/s, sent to receipt", arrived / whole_s);
        figures.insert("messages in a batch", arrived / number(taken, "/batches")?);
    }
    Ok(figures)
}

/// A folder that goes when the run ends.
struct Folder(PathBuf);

impl Folder {
    /// On the disk that the build is on: a temporary folder may be memory, where a flush costs nothing.
    fn new() -> Result<Self> {
        let template = target()?.join("bench-XXXXXXXX");
        let made = output(command("mktemp", root()).arg("-d").arg(template)).context("making a folder")?;
        Ok(Self(PathBuf::from(made.trim())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// `openlines-load` in one of its roles.
struct Tool {
    role: &'static str,
    child: Child,
    plans: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Tool {
    fn start(role: &'static str, folder: &Path) -> Result<Self> {
        let program = target()?.join("release/openlines-load");
        let mut command = Command::new(program);
        let mut child = command
            .arg(role)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting openlines-load")?;
        let plans = child.stdin.take().context("openlines-load has no input")?;
        let answers = BufReader::new(child.stdout.take().context("openlines-load has no output")?);
        Ok(Self { role, child, plans, answers })
    }

    /// Sends one line of JSON, waits for the answer.
    fn ask(&mut self, plan: &Value) -> Result<Value> {
        let lost = || format!("openlines-load {} went away", self.role);
        writeln!(self.plans, "{plan}").with_context(lost)?;
        let mut line = String::new();
        self.answers.read_line(&mut line).with_context(lost)?;
        if line.is_empty() {
            bail!("{}; what it said stands above", lost());
        }
        serde_json::from_str(&line).with_context(|| format!("openlines-load {}: {line}", self.role))
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A hub that is to be measured.
struct Hub {
    folder: PathBuf,
    port: u16,
    /// Settings as variables.
    settings: Vec<(&'static str, String)>,
}

impl Hub {
    fn prepare(folder: &Path, doors: &Value) -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let telegram = doors["telegram"].as_str().context("no Telegram to talk to")?.to_owned();
        let hosts = portals(doors).chain([telegram.as_str()]).map(|it| it.trim_start_matches("http://"));
        let settings = vec![
            ("OPENLINES_LISTEN", format!("127.0.0.1:{port}")),
            ("OPENLINES_DATA", folder.join("hub").to_string_lossy().into_owned()),
            ("OPENLINES_PUBLIC_URL", PUBLIC_URL.to_owned()),
            ("OPENLINES_NETWORK_ALLOW_HOSTS", hosts.collect::<Vec<_>>().join(",")),
            ("OPENLINES_CHANNELS_TELEGRAM_API_BASE", telegram.clone()),
            ("OPENLINES_LOG_LEVEL", "warn".to_owned()),
        ];
        Ok(Self { folder: folder.to_owned(), port, settings })
    }

    fn command(&self) -> Result<Command> {
        let mut command = Command::new(target()?.join("release/openlines"));
        command.arg("hub").envs(self.settings.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
        Ok(command)
    }

    /// Registers the portals; their numbers and keys.
    fn add_sites(&self, doors: &Value) -> Result<Vec<Value>> {
        let add = |portal: &str| {
            let told = output(self.command()?.arg("--add-site").arg(portal))?;
            let find = |name: &str| {
                let found = told.lines().find_map(|it| it.trim().strip_prefix(name));
                found.map(str::trim).with_context(|| format!("openlines hub --add-site told no {name}: {told}"))
            };
            let site: i64 = find("OPENLINES_PORTAL_SITE=")?.parse()?;
            Ok(json!({ "site": site, "key": find("OPENLINES_PORTAL_LICENCE_KEY=")? }))
        };
        portals(doors).map(add).collect()
    }

    fn start(self) -> Result<Running> {
        let log = File::create(self.folder.join("hub.log")).context("making a log")?;
        let mut command = self.command()?;
        command.stdout(log.try_clone()?).stderr(log);
        let running = Running { child: command.spawn().context("starting the hub")?, hub: self };
        for _ in 0..START_MAX.as_millis() / ASK_EVERY.as_millis() {
            if running.is_ready() {
                return Ok(running);
            }
            pause(ASK_EVERY);
        }
        bail!("the hub did not start within {} s. {}", START_MAX.as_secs(), running.log());
    }
}

fn portals(doors: &Value) -> impl Iterator<Item = &str> {
    doors["portals"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// A hub that runs; dropped, it is stopped.
struct Running {
    child: Child,
    hub: Hub,
}

impl Running {
    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.hub.port)
    }

    fn url(&self) -> String {
        format!("http://{}/", self.address())
    }

    fn is_ready(&self) -> bool {
        let ask = || -> std::io::Result<bool> {
            let mut stream = TcpStream::connect(self.address())?;
            write!(stream, "GET /readyz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address())?;
            let mut status = String::new();
            BufReader::new(stream).read_line(&mut status)?;
            Ok(status.contains(" 200"))
        };
        ask().unwrap_or(false)
    }

    fn log(&self) -> String {
        let text = fs::read_to_string(self.hub.folder.join("hub.log")).unwrap_or_default();
        format!("the hub said:\n{text}")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
