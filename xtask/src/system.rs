//! What the machine must have. As root on Debian it is installed; otherwise the reader gets one line to copy.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::shell::{command, is_root, npm, output, root, run, var, which};

/// The oldest PostgreSQL that we serve.
const POSTGRES_MIN: u32 = 15;
/// The oldest Node that the interface's tools run on.
const NODE_MIN: (u32, u32) = (20, 19);
/// What npm writes at the end of an installation.
const INSTALLED: &str = "node_modules/.package-lock.json";

/// The folder with `initdb` and `postgres`, installed if missing.
pub(crate) fn postgres() -> Result<PathBuf> {
    if let Some(found) = find_postgres() {
        return Ok(found);
    }
    install("PostgreSQL 15 or newer", &["postgresql"])?;
    find_postgres().context("PostgreSQL is installed, but older than 15: this Debian is too old, take 12 or newer")
}

fn find_postgres() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|it| it.path().join("bin"));
    let asked = output(command("pg_config", root()).arg("--bindir")).ok().map(|it| PathBuf::from(it.trim()));
    let found = debian.chain(asked).filter_map(|it| Some((postgres_version(&it)?, it)));
    found.filter(|it| it.0 >= POSTGRES_MIN).max().map(|it| it.1)
}

fn postgres_version(folder: &Path) -> Option<u32> {
    if !folder.join("initdb").is_file() {
        return None;
    }
    // `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`
    let text = output(command(&folder.join("postgres").to_string_lossy(), root()).arg("--version")).ok()?;
    text.split_once("(PostgreSQL)")?.1.trim().split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()
}

/// The browser for the browser tests, installed if missing. `CHROMIUM` names another.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(named) = var("CHROMIUM") {
        let named = PathBuf::from(named);
        if !named.is_file() {
            bail!("CHROMIUM: {} is no file; name the browser's program, or unset it", named.display());
        }
        return Ok(named);
    }
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    install("Chromium", &["chromium", "fonts-liberation"])?;
    find_chromium().context("Chromium is installed but not in PATH; set CHROMIUM to its program")
}

fn find_chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].into_iter().find_map(which)
}

/// Checks that Node and npm are there and new enough.
pub(crate) fn node() -> Result<()> {
    if which("node").is_none() || which("npm").is_none() {
        install("Node 20.19 or newer with npm", &["nodejs", "npm"])?;
    }
    let version = output(command("node", root()).arg("--version")).context("Node: cannot be started")?;
    if node_version(&version).is_none_or(|it| it < NODE_MIN) {
        bail!(
            "Node {} is too old: 20.19 or newer is needed. Debian 13 has it (apt-get install nodejs npm); \
             for Debian 12 take a package from https://nodejs.org/en/download",
            version.trim()
        );
    }
    Ok(())
}

fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix('v')?.split('.').map_while(|it| it.parse().ok());
    Some((parts.next()?, parts.next()?))
}

/// Installs a folder's npm packages exactly as its lock file says, unless that was done since it changed.
pub(crate) fn node_modules(folder: &Path) -> Result<()> {
    let changed = |file: PathBuf| fs::metadata(file).and_then(|it| it.modified());
    let lock = folder.join("package-lock.json");
    let wanted = changed(lock.clone()).with_context(|| format!("reading {}", lock.display()))?;
    if changed(folder.join(INSTALLED)).is_ok_and(|it| it >= wanted) {
        return Ok(());
    }
    println!("==> npm ci in {}", folder.strip_prefix(root()).unwrap_or(folder).display());
    run(npm(folder).args(["ci", "--no-audit", "--no-fund"]))
}

fn install(what: &str, packages: &[&str]) -> Result<()> {
    let line = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    if which("apt-get").is_none() {
        bail!("{what} is missing: install it with this system's package manager (on Debian: {line})");
    }
    if !is_root() {
        bail!("{what} is missing. Run this and start again:\n\n    sudo {line}\n");
    }
    println!("==> {what} is missing: {line}");
    let apt = |args: &[&str]| {
        let mut command = command("apt-get", root());
        command.env("DEBIAN_FRONTEND", "noninteractive").args(args);
        command
    };
    let install: Vec<&str> = line.split(' ').skip(1).collect();
    // The package lists of a fresh machine are missing or old: only then they are fetched.
    if run(&mut apt(&install)).is_err() {
        run(&mut apt(&["update", "-q"]))?;
        run(&mut apt(&install))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_read() {
        let table = [("v20.19.2\n", Some((20, 19))), ("v24.0.0", Some((24, 0))), ("20.1", None), ("v20", None)];
        for (text, expected) in table {
            assert_eq!(node_version(text), expected, "{text}");
        }
    }
}
