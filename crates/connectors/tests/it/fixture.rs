//! A connector's test data: the connection and the files in its folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use openlines_base::{Secret, Time};
use openlines_connectors::{ALL, Call, Connection, Connector, Hook, Payload};
use openlines_protocol::ConnectionId;
use serde::Deserialize;
use serde_json::{Value, json};

/// A connector with its folder and the connection that its payloads are of.
pub(crate) struct Fixture {
    pub(crate) connector: &'static dyn Connector,
    pub(crate) folder: PathBuf,
    pub(crate) data: Data,
}

/// `payloads/connection.json`.
#[derive(Deserialize)]
pub(crate) struct Data {
    settings: BTreeMap<String, Secret<String>>,
    memory: Value,
    headers: BTreeMap<String, String>,
    /// A chat of the payloads.
    pub(crate) chat: String,
    /// A message that we sent to it.
    pub(crate) message_id: String,
}

/// Folder of the connectors' sources.
pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All connectors.
pub(crate) fn all() -> Vec<Fixture> {
    let of = |it: &&'static dyn Connector| {
        let folder = sources().join(it.about().code);
        let data = serde_json::from_slice(&fs::read(folder.join("payloads/connection.json")).unwrap()).unwrap();
        Fixture { connector: *it, folder, data }
    };
    ALL.iter().map(of).collect()
}

impl Fixture {
    /// The connection after `attach`.
    pub(crate) fn connection(&self) -> Connection {
        Connection {
            id: ConnectionId(7),
            hash: "7c1f".to_owned(),
            settings: self.data.settings.clone(),
            memory: self.data.memory.clone(),
            api_base: "https://api.example.org".to_owned(),
            hook_url: Some("https://hub.example.org/in?line=7c1f".to_owned()),
            fresh_secret: Secret::new("a-fresh-secret-for-the-webhook".to_owned()),
            take_over: false,
        }
    }

    /// A webhook that proves itself.
    pub(crate) fn hook(&self, body: &[u8]) -> Hook {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.data.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        Hook {
            method: Method::POST,
            headers,
            query: "line=7c1f".to_owned(),
            body: Bytes::copy_from_slice(body),
            received_at: Time::from_s(1_763_630_000),
        }
    }

    /// Name and bytes of all files of a payload folder.
    pub(crate) fn files(&self, folder: &str) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.folder.join("payloads").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|it| it == "json") {
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                files.push((name, fs::read(path).unwrap()));
            }
        }
        files.sort();
        assert!(!files.is_empty(), "no files in {folder}");
        files
    }
}

/// A call as the snapshots show it: the secrets of the connection must not be seen outside of the address.
pub(crate) fn shown(call: &Call, connection: &Connection) -> Value {
    let payload = match &call.request.payload {
        Payload::Empty => json!(null),
        Payload::Json(it) => it.clone(),
        Payload::Multipart { fields, uploads } => json!({
            "fields": fields.iter().map(|(name, text)| json!([name, text])).collect::<Vec<_>>(),
            "uploads": uploads
                .iter()
                .map(|it| json!([it.field, it.name, it.mime, it.size, it.source_url]))
                .collect::<Vec<_>>(),
        }),
    };
    let shown =
        json!({ "call": call.label, "cost": call.cost, "timeout_s": call.request.timeout_s, "payload": payload });
    let all = format!("{shown} {} {:?}", call.notes, call.request.headers);
    for secret in connection.settings.values() {
        assert!(!all.contains(secret.expose().as_str()), "a secret stands outside of the address in {}", call.label);
    }
    shown
}
