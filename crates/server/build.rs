//! Makes sure that there is an operator interface to embed, and builds it when it is missing or a release is made.
//!
//! `OL_UI_DIST=<folder>` embeds a folder that was built elsewhere; `OL_UI=skip` embeds a page that says how to build it.

#![expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts by variables")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the interface is made of. `src/paraglide` is made by the build itself and must not trigger it.
const SOURCES: [&str; 8] = [
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "messages",
    "project.inlang",
    "public",
    "tools",
];

fn main() {
    let web = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../web");
    for name in ["OL_UI_DIST", "OL_UI"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    watch(&web);
    let folder = match env::var_os("OL_UI_DIST") {
        Some(given) => PathBuf::from(given),
        None => ours(&web),
    };
    assert!(folder.join("index.html").is_file(), "no index.html in {}", folder.display());
    println!("cargo::rustc-env=OL_UI_EMBED={}", folder.display());
}

fn ours(web: &Path) -> PathBuf {
    let dist = web.join("dist");
    let is_release = env::var("PROFILE").is_ok_and(|it| it == "release");
    let skip = env::var("OL_UI").is_ok_and(|it| it == "skip");
    let is_built = dist.join("index.html").is_file();
    if skip && !is_built {
        return stub("the build was told to skip the interface (OL_UI=skip)");
    }
    if skip || (is_built && !is_release) {
        return dist;
    }
    match build(web) {
        Ok(()) => dist,
        Err(text) if is_release => panic!("the operator interface could not be built: {text}"),
        Err(text) => {
            println!("cargo::warning=no operator interface: {text}");
            stub(&text)
        }
    }
}

fn build(web: &Path) -> Result<(), String> {
    if is_stale(&web.join("node_modules/.package-lock.json"), &web.join("package-lock.json")) {
        npm(web, &["ci", "--no-audit", "--no-fund"])?;
    }
    npm(web, &["run", "build"])
}

fn is_stale(made: &Path, from: &Path) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|it| it.modified());
    match (time(made), time(from)) {
        (Ok(made), Ok(from)) => made < from,
        _ => true,
    }
}

fn npm(web: &Path, arguments: &[&str]) -> Result<(), String> {
    let run = Command::new("npm").args(arguments).current_dir(web).output();
    let output = run.map_err(|_| "npm is missing; install Node.js 20.19 or newer".to_owned())?;
    if output.status.success() {
        return Ok(());
    }
    let tail = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.lines().rev().take(25).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
    };
    Err(format!("`npm {}` failed:\n{}\n{}", arguments.join(" "), tail(&output.stdout), tail(&output.stderr)))
}

fn stub(why: &str) -> PathBuf {
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("stub");
    fs::create_dir_all(&folder).expect("the build folder can be written");
    let page = format!(
        "<!doctype html><title>Open Lines</title><p>This build has no operator interface: {}. \
         Install Node.js 20.19 or newer and build again.",
        why.replace('<', "&lt;")
    );
    fs::write(folder.join("index.html"), page).expect("the build folder can be written");
    folder
}

fn watch(web: &Path) {
    for name in SOURCES {
        println!("cargo::rerun-if-changed={}", web.join(name).display());
    }
    let Ok(entries) = fs::read_dir(web.join("src")) else { return };
    for entry in entries.flatten() {
        if entry.file_name() != "paraglide" {
            println!("cargo::rerun-if-changed={}", entry.path().display());
        }
    }
}
