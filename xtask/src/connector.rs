//! `cargo xtask new-connector NAME`: a folder that passes the contract of all connectors, and its line in the registry.
//!
//! The template under `templates/connector` is a whole small connector; our own tests compile it against the real
//! trait. What is left to do is to put the channel's API in place of the made-up one.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::shell::root;

/// The longest code of a channel.
const NAME_MAX: usize = 30;
/// Words that Rust or the crate of connectors already uses.
const TAKEN: &[&str] = &[
    "about",
    "as",
    "async",
    "await",
    "box",
    "break",
    "connection",
    "const",
    "continue",
    "crate",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "fn",
    "for",
    "gen",
    "hook",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "match",
    "mod",
    "move",
    "mut",
    "pub",
    "ref",
    "refusal",
    "request",
    "return",
    "sample",
    "self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "unsafe",
    "use",
    "where",
    "while",
    "yield",
];
/// The template's files; the name `sample` and the type `Sample` in them are replaced.
const FILES: &[(&str, &str)] = &[
    ("README.md", include_str!("../templates/connector/README.md")),
    ("mod.rs", include_str!("../templates/connector/mod.rs")),
    ("parse.rs", include_str!("../templates/connector/parse.rs")),
    ("render.rs", include_str!("../templates/connector/render.rs")),
    ("verdict.rs", include_str!("../templates/connector/verdict.rs")),
    ("attach.rs", include_str!("../templates/connector/attach.rs")),
    ("icon.svg", include_str!("../templates/connector/icon.svg")),
    ("payloads/connection.json", include_str!("../templates/connector/payloads/connection.json")),
    ("payloads/in/text.json", include_str!("../templates/connector/payloads/in/text.json")),
    ("payloads/in/unknown_kind.json", include_str!("../templates/connector/payloads/in/unknown_kind.json")),
    ("payloads/out/text.json", include_str!("../templates/connector/payloads/out/text.json")),
    ("payloads/errors/429.json", include_str!("../templates/connector/payloads/errors/429.json")),
    ("payloads/errors/403_blocked.json", include_str!("../templates/connector/payloads/errors/403_blocked.json")),
];

/// What to call it.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Code of the channel: lower case letters and digits, stable for ever. Example: `viber`.
    name: String,
}

/// Writes the folder and the line.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let name = &options.name;
    add(&root().join("crates/connectors/src"), name)?;
    println!(
        "Made crates/connectors/src/{name} and added it to ALL. Next:\n\
         1. INSTA_UPDATE=always cargo test -p openlines-connectors    writes the snapshots beside the payloads: read them\n\
         2. put real, anonymised payloads into payloads/in and payloads/out, named for the case\n\
         3. make parse.rs, render.rs, verdict.rs and attach.rs speak the channel's API; the contract tests say what is missing\n\
         4. fill README.md, and ABOUT in mod.rs: the wizard, the limits and the help are drawn from it"
    );
    Ok(ExitCode::SUCCESS)
}

fn add(sources: &Path, name: &str) -> Result<()> {
    check_name(name)?;
    let folder = sources.join(name);
    if folder.exists() || sources.join(format!("{name}.rs")).exists() {
        bail!("NAME: there already is a connector {name}; take another name");
    }
    let registry = sources.join("lib.rs");
    let listed = fs::read_to_string(&registry).with_context(|| format!("reading {}", registry.display()))?;
    let listed = with_line(&listed, name).with_context(|| format!("{}", registry.display()))?;
    for (file, text) in FILES {
        let file = folder.join(file);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        }
        fs::write(&file, named(text, name)).with_context(|| format!("writing {}", file.display()))?;
    }
    fs::write(&registry, listed).with_context(|| format!("writing {}", registry.display()))
}

fn check_name(name: &str) -> Result<()> {
    let starts = name.starts_with(|it: char| it.is_ascii_lowercase());
    let good = name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    if !starts || !good || !(2..=NAME_MAX).contains(&name.len()) {
        bail!("NAME: use 2 to {NAME_MAX} lower case letters and digits, a letter first; got `{name}`");
    }
    if TAKEN.contains(&name) {
        bail!("NAME: `{name}` means something else already; take another name");
    }
    Ok(())
}

/// The template's text for this channel.
fn named(text: &str, name: &str) -> String {
    text.replace("Sample", &type_name(name)).replace("sample", name).replace("\"SA\"", &format!("\"{}\"", mark(name)))
}

fn type_name(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

fn mark(name: &str) -> String {
    name[..2].to_uppercase()
}

/// The registry with a `mod` line in its place by the alphabet and the type at the end of `ALL`.
fn with_line(registry: &str, name: &str) -> Result<String> {
    let mut lines: Vec<String> = registry.lines().map(ToOwned::to_owned).collect();
    let is_module = |it: &String| it.starts_with("mod ") && it.ends_with(';');
    let module = format!("mod {name};");
    let last = lines.iter().rposition(is_module).context("it has no `mod` lines")?;
    let place = lines.iter().position(|it| is_module(it) && *it > module).unwrap_or(last + 1);
    lines.insert(place, module);

    let start = lines.iter().position(|it| it.starts_with("pub static ALL:")).context("it has no `pub static ALL`")?;
    let length = lines[start..].iter().position(|it| it.contains("];")).context("`ALL` has no end")?;
    let end = &mut lines[start + length];
    let at = end.rfind("];").context("`ALL` has no end")?;
    let comma = if end[..at].trim().is_empty() || end[..at].ends_with('[') { "" } else { ", " };
    end.insert_str(at, &format!("{comma}&{name}::{}", type_name(name)));
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Connection, Connector, Hook};

    const REGISTRY: &str = "//! Doc.\n\nmod about;\nmod telegram;\n\nuse x;\n\npub static ALL: &[&dyn Connector] = &[&telegram::Telegram];\n";

    #[test]
    fn the_registry_gets_both_lines() {
        let done = with_line(REGISTRY, "avito").expect("fits");
        assert!(done.contains("mod about;\nmod avito;\nmod telegram;\n"), "{done}");
        assert!(done.contains("= &[&telegram::Telegram, &avito::Avito];\n"), "{done}");
        let done = with_line(&done, "viber").expect("fits");
        assert!(done.contains("mod telegram;\nmod viber;\n\nuse x;"), "{done}");
        assert!(done.contains("&avito::Avito, &viber::Viber];"), "{done}");
    }

    #[test]
    fn a_list_over_several_lines_stays_one() {
        let registry = "mod about;\npub static ALL: &[&dyn Connector] = &[\n    &telegram::Telegram,\n];\n";
        let done = with_line(registry, "viber").expect("fits");
        assert!(done.ends_with("    &telegram::Telegram,\n&viber::Viber];\n"), "{done}");
    }

    #[test]
    fn the_real_registry_takes_a_connector() {
        let registry = fs::read_to_string(root().join("crates/connectors/src/lib.rs")).expect("reads");
        let done = with_line(&registry, "zz9").expect("fits");
        assert!(done.contains("mod zz9;") && done.contains("&zz9::Zz9];"), "{done}");
    }

    #[test]
    fn wrong_names_are_refused_in_words() {
        for name in ["", "a", "Viber", "7up", "my-channel", "telegram.bot", "type", "hook", &"a".repeat(31)] {
            let refused = check_name(name).expect_err(name).to_string();
            assert!(refused.starts_with("NAME: "), "{refused}");
        }
        check_name("yandex2").expect("a good name");
    }

    #[test]
    fn a_second_connector_of_one_name_leaves_the_first_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("lib.rs"), REGISTRY).expect("writes");
        add(folder.path(), "viber").expect("added");
        let made = fs::read_to_string(folder.path().join("viber/mod.rs")).expect("reads");
        assert!(made.contains("struct Viber;") && made.contains("code: \"viber\"") && made.contains("\"VI\""));
        assert!(!made.to_lowercase().contains("sample"));
        let before = fs::read_to_string(folder.path().join("lib.rs")).expect("reads");
        add(folder.path(), "viber").expect_err("refused");
        assert_eq!(fs::read_to_string(folder.path().join("lib.rs")).expect("reads"), before);
    }

    /// The contract suite of the connectors' crate proves the rest once the folder is there.
    #[test]
    fn the_template_reads_and_writes_its_own_payloads() {
        let data: serde_json::Value = from_file("connection.json");
        let connection = Connection {
            id: openlines_protocol::ConnectionId(7),
            hash: "7c1f".to_owned(),
            settings: serde_json::from_value(data["settings"].clone()).expect("settings"),
            memory: data["memory"].clone(),
            api_base: "https://api.example.org".to_owned(),
            hook_url: None,
            fresh_secret: String::new().into(),
            take_over: false,
        };
        let connector: &dyn Connector = &crate::template::Sample;
        let mut headers = http::HeaderMap::new();
        headers.insert("x-webhook-secret", http::HeaderValue::from_static("the-secret-of-the-webhook"));
        let hook = Hook {
            method: http::Method::POST,
            headers,
            query: String::new(),
            body: file("in/text.json").as_bytes().to_vec().into(),
            received_at: openlines_base::Time::from_s(1_763_630_000),
        };
        let parsed = connector.parse(&connection, &hook).expect("parses");
        assert_eq!(parsed.events[0].body.kind(), "message_new");
        let calls = connector.render(&connection, &from_file("out/text.json")).expect("renders");
        assert_eq!(calls.len(), 1);
    }

    fn file(name: &str) -> &'static str {
        let name = format!("payloads/{name}");
        FILES.iter().find(|it| it.0 == name).expect("in FILES").1
    }

    fn from_file<T: serde::de::DeserializeOwned>(name: &str) -> T {
        serde_json::from_str(file(name)).expect(name)
    }
}
