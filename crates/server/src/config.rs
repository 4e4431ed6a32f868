//! Settings: defaults compiled in, then the file, then variables, then the command line. A wrong key or value stops the
//! start and is named.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use openlines_base::Secret;
use serde::Deserialize;
use toml::{Table, Value};
use url::Url;

/// The commented defaults, as `openlines config` shows them.
pub(crate) const DEFAULTS: &str = include_str!("../config.default.toml");

/// Start of the variables that are ours.
pub(crate) const VARIABLE_PREFIX: &str = "OPENLINES_";

/// All settings, checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
    /// Holds a password.
    pub(crate) database: Secret<String>,
    pub(crate) public_url: String,
    pub(crate) log: Log,
    pub(crate) metrics: Metrics,
    pub(crate) login: Login,
    pub(crate) portal: PortalLink,
    pub(crate) files: Files,
    pub(crate) channels: BTreeMap<String, Channel>,
    pub(crate) network: Network,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) level: String,
    pub(crate) format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metrics {
    pub(crate) token: Secret<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    pub(crate) behind_proxy: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PortalLink {
    pub(crate) hub_url: String,
    pub(crate) site: i64,
    pub(crate) licence_key: Secret<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Files {
    pub(crate) max_mib: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Channel {
    pub(crate) api_base: Url,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Network {
    pub(crate) allow_hosts: BTreeSet<String>,
}

/// What the command line may set.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Overrides {
    /// Address and port to listen on, like 127.0.0.1:8420
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// Folder for keys, files and SQLite databases
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) data: Option<String>,
    /// postgres://user:password@host/name; without it SQLite files in the data folder
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) database: Option<String>,
    /// How browsers and messengers reach this server, like https://lines.example.com
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Settings file; `openlines config` shows what may stand in it
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("--config {}: cannot be read", file.display())]
    Unreadable {
        file: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    #[error("--config {}: not TOML: {text}", file.display())]
    NotToml { file: PathBuf, text: String },
    #[error("setting `{key}` of {origin} is not known{}", hint.as_ref().map(|it| format!("; did you mean `{it}`?")).unwrap_or_default())]
    Unknown { key: String, origin: String, hint: Option<String> },
    #[error("setting `{key}`: {text}")]
    Wrong { key: String, text: String },
}

impl Config {
    /// Puts the layers together and checks the result.
    pub(crate) fn load(overrides: &Overrides, variables: &[(String, String)]) -> Result<Self, ConfigError> {
        let defaults: Table = DEFAULTS.parse().expect("the compiled defaults are TOML, a test proves it");
        let known = leaves(&defaults);
        let mut merged = defaults;
        if let Some(file) = &overrides.config {
            let table = read_file(file)?;
            let origin = format!("--config {}", file.display());
            for (key, value) in leaves(&table) {
                check_known(&known, &key, &origin)?;
                set(&mut merged, &key, value);
            }
        }
        for (name, text) in variables {
            let key = known.keys().find(|key| &variable_of(key) == name);
            let Some(key) = key else {
                let names: Vec<String> = known.keys().map(|it| variable_of(it)).collect();
                return Err(ConfigError::Unknown {
                    key: name.clone(),
                    origin: "the environment".to_owned(),
                    hint: closest(name, names.iter()),
                });
            };
            let value = typed(key, text, &known[key])?;
            set(&mut merged, key, value);
        }
        let given = [
            ("listen", &overrides.listen),
            ("data", &overrides.data),
            ("database", &overrides.database),
            ("public_url", &overrides.public_url),
        ];
        for (key, value) in given {
            if let Some(value) = value {
                set(&mut merged, key, Value::String(value.clone()));
            }
        }
        let config: Self = merged.try_into().map_err(|cause: toml::de::Error| wrong(&cause))?;
        config.check()?;
        Ok(config)
    }

    /// What is in force as lines of `key = value`, secrets masked.
    pub(crate) fn describe(&self) -> String {
        let secret = |it: &Secret<String>| if it.expose().is_empty() { "\"\"" } else { "\"***\"" }.to_owned();
        let mut lines = vec![
            format!("listen = \"{}\"", self.listen),
            format!("data = \"{}\"", self.data.display()),
            format!("database = {}", secret(&self.database)),
            format!("public_url = \"{}\"", self.public_url),
            format!("log.level = \"{}\"", self.log.level),
            format!("log.format = \"{:?}\"", self.log.format).to_lowercase(),
            format!("metrics.token = {}", secret(&self.metrics.token)),
            format!("login.behind_proxy = {}", self.login.behind_proxy),
            format!("portal.hub_url = \"{}\"", self.portal.hub_url),
            format!("portal.site = {}", self.portal.site),
            format!("portal.licence_key = {}", secret(&self.portal.licence_key)),
            format!("files.max_mib = {}", self.files.max_mib),
        ];
        for (code, channel) in &self.channels {
            lines.push(format!("channels.{code}.api_base = \"{}\"", channel.api_base));
        }
        lines.push(format!("network.allow_hosts = {:?}", self.network.allow_hosts));
        lines.join("\n")
    }

    fn check(&self) -> Result<(), ConfigError> {
        let fail = |key: &str, text: &str| Err(ConfigError::Wrong { key: key.to_owned(), text: text.to_owned() });
        if !self.public_url.is_empty() && !is_origin(&self.public_url) {
            return fail("public_url", "give scheme and host without a path, like https://lines.example.com");
        }
        if !self.portal.hub_url.is_empty() && !is_origin(&self.portal.hub_url) {
            return fail("portal.hub_url", "give scheme and host without a path, like https://hub.example.com");
        }
        if let Some((scheme, _)) = self.database.expose().split_once("://")
            && !matches!(scheme, "postgres" | "postgresql")
        {
            return fail("database", "give postgres://user:password@host/name, or leave it empty for SQLite");
        }
        if !(1..=2048).contains(&self.files.max_mib) {
            return fail("files.max_mib", "1 to 2048");
        }
        Ok(())
    }
}

fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let is_bare = url.query().is_none() && url.fragment().is_none();
        let has_user = !url.username().is_empty() || url.password().is_some();
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.path() == "/" && is_bare && !has_user
    })
}

fn read_file(file: &Path) -> Result<Table, ConfigError> {
    let text =
        std::fs::read_to_string(file).map_err(|cause| ConfigError::Unreadable { file: file.to_owned(), cause })?;
    text.parse().map_err(|cause: toml::de::Error| ConfigError::NotToml {
        file: file.to_owned(),
        text: cause.message().to_owned(),
    })
}

/// All values by their dotted path; a list is a value.
fn leaves(table: &Table) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for (name, value) in table {
        match value {
            Value::Table(inner) => {
                for (rest, value) in leaves(inner) {
                    found.insert(format!("{name}.{rest}"), value);
                }
            }
            other => {
                found.insert(name.clone(), other.clone());
            }
        }
    }
    found
}

fn set(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((name, rest)) => {
            let inner = table.entry(name).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}

fn check_known(known: &BTreeMap<String, Value>, key: &str, origin: &str) -> Result<(), ConfigError> {
    if known.contains_key(key) {
        return Ok(());
    }
    Err(ConfigError::Unknown { key: key.to_owned(), origin: origin.to_owned(), hint: closest(key, known.keys()) })
}

/// The variable of a key.
pub(crate) fn variable_of(key: &str) -> String {
    format!("{VARIABLE_PREFIX}{}", key.replace('.', "_").to_uppercase())
}

/// Reads a variable's text as what the default is.
fn typed(key: &str, text: &str, example: &Value) -> Result<Value, ConfigError> {
    let wrong =
        |what: &str| ConfigError::Wrong { key: format!("{} ({})", key, variable_of(key)), text: what.to_owned() };
    match example {
        Value::Integer(_) => text.parse().map(Value::Integer).map_err(|_| wrong("give a whole number")),
        Value::Boolean(_) => text.parse().map(Value::Boolean).map_err(|_| wrong("give true or false")),
        Value::Array(_) => {
            let items = text.split(',').map(str::trim).filter(|it| !it.is_empty());
            Ok(Value::Array(items.map(|it| Value::String(it.to_owned())).collect()))
        }
        _ => Ok(Value::String(text.to_owned())),
    }
}

/// The words of serde without the position in a file that the user never sees, and with the key.
fn wrong(cause: &toml::de::Error) -> ConfigError {
    let text = cause.to_string();
    let key =
        text.lines().find_map(|line| line.trim().strip_prefix("in `")).map(|it| it.trim_end_matches('`').to_owned());
    let key = key.unwrap_or_else(|| "?".to_owned());
    ConfigError::Wrong { key, text: cause.message().to_owned() }
}

fn closest<'a>(word: &str, among: impl Iterator<Item = &'a String>) -> Option<String> {
    among
        .map(|it| (distance(word, it), it))
        .min()
        .filter(|(distance, it)| *distance <= it.len() / 3)
        .map(|(_, it)| it.clone())
}

/// Levenshtein's distance.
fn distance(one: &str, two: &str) -> usize {
    let two: Vec<char> = two.chars().collect();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, b) in two.iter().enumerate() {
            let replace = before + usize::from(a != *b);
            before = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(before + 1);
        }
    }
    row[two.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variables: Vec<_> = variables.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Config::load(&Overrides::default(), &variables)
    }

    #[test]
    fn the_defaults_are_complete_and_every_key_has_a_variable_of_its_own() {
        let config = load(&[]).expect("good");
        assert_eq!(config.listen.port(), 8420);
        assert!(openlines_connectors::ALL.iter().all(|it| config.channels.contains_key(it.about().code)));
        let known = leaves(&DEFAULTS.parse().expect("TOML"));
        let described = config.describe();
        assert!(known.keys().all(|key| described.contains(&format!("{key} = "))), "{described}");
        let variables: BTreeSet<String> = known.keys().map(|it| variable_of(it)).collect();
        assert_eq!(variables.len(), known.len());
    }

    #[test]
    fn variables_and_command_line_win_over_the_file_in_this_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("x.toml");
        std::fs::write(&file, "listen = \"127.0.0.1:1\"\npublic_url = \"https://a.example\"\n[files]\nmax_mib = 7\n")
            .expect("writes");
        let overrides =
            Overrides { config: Some(file), listen: Some("127.0.0.1:3".to_owned()), ..Overrides::default() };
        let variables = [
            ("OPENLINES_LISTEN".to_owned(), "127.0.0.1:2".to_owned()),
            ("OPENLINES_PUBLIC_URL".to_owned(), "https://b.example".to_owned()),
        ];
        let config = Config::load(&overrides, &variables).expect("good");
        assert_eq!(
            (config.listen.port(), config.public_url.as_str(), config.files.max_mib),
            (3, "https://b.example", 7)
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let rows = [
            ("OPENLINES_LISTN", "x", "did you mean `OPENLINES_LISTEN`"),
            ("OPENLINES_LISTEN", "nowhere", "setting `listen`"),
            ("OPENLINES_FILES_MAX_MIB", "much", "files.max_mib"),
            ("OPENLINES_FILES_MAX_MIB", "0", "1 to 2048"),
            ("OPENLINES_PUBLIC_URL", "lines.example.com", "setting `public_url`"),
            ("OPENLINES_PUBLIC_URL", "https://me:secret@lines.example.com", "setting `public_url`"),
            ("OPENLINES_PUBLIC_URL", "https://lines.example.com/#inbox", "setting `public_url`"),
            ("OPENLINES_DATABASE", "mysql://x", "setting `database`"),
            ("OPENLINES_LOG_FORMAT", "xml", "log.format"),
            ("OPENLINES_CHANNELS_TELEGRAM_API_BASE", "bot", "channels.telegram.api_base"),
        ];
        for (name, value, expected) in rows {
            let text = load(&[(name, value)]).expect_err(name).to_string();
            assert!(text.contains(expected), "{name}={value}: {text}");
        }
    }

    #[test]
    fn a_password_in_the_database_address_is_never_printed() {
        let config = load(&[("OPENLINES_DATABASE", "postgres://me:hunter2@db/x")]).expect("good");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
