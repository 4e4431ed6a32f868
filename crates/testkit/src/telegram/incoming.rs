//! Files that a call brings: uploaded, fetched from a link as Telegram does, or known already.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use openlines_edge::client::{Client, ClientError, Outgoing};
use serde_json::Value;

use super::fault::ApiError;
use super::world::SentFile;

/// A picture that Telegram fetches. Source: <https://core.telegram.org/bots/api#sending-files>.
const PHOTO_LINK_MAX: usize = 5_000_000;
/// Any other file that it fetches.
const FILE_LINK_MAX: usize = 20_000_000;
/// An uploaded picture.
const PHOTO_UPLOAD_MAX: usize = 10_000_000;
/// Telegram's patience with a link.
const FETCH_TIMEOUT: Duration = Duration::from_secs(20);

/// A file of a form.
pub(super) struct Part {
    pub(super) field: String,
    pub(super) name: String,
    pub(super) mime: String,
    pub(super) bytes: Bytes,
}

/// One file to send: its form (`photo`) and where it is.
pub(super) struct Wanted {
    pub(super) form: String,
    /// A link, `attach://<field>`, a known id, or the name of the form's own field.
    pub(super) source: String,
}

/// The files that a method wants, by its parameters.
pub(super) fn wanted(method: &str, params: &Value) -> Vec<Wanted> {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let form = match method {
        "sendPhoto" => "photo",
        "sendDocument" => "document",
        "sendVideo" => "video",
        "sendAudio" => "audio",
        "sendVoice" => "voice",
        "sendSticker" => "sticker",
        "sendMediaGroup" => {
            let media = params["media"].as_array().map_or(&[][..], Vec::as_slice);
            return media.iter().map(|it| Wanted { form: text(&it["type"]), source: text(&it["media"]) }).collect();
        }
        _ => return Vec::new(),
    };
    vec![Wanted { form: form.to_owned(), source: text(&params[form]) }]
}

/// Gets one file, or Telegram's words for why not.
pub(super) async fn get(client: &Client, wanted: &Wanted, parts: &[Part]) -> Result<SentFile, ApiError> {
    let field = wanted.source.strip_prefix("attach://").unwrap_or(&wanted.form);
    let is_upload = wanted.source.starts_with("attach://") || wanted.source.is_empty();
    if is_upload {
        let part = parts.iter().find(|it| it.field == field);
        let part = part.ok_or_else(|| ApiError::bad(&format!("there is no {} in the request", wanted.form)))?;
        return uploaded(&wanted.form, part);
    }
    if !wanted.source.starts_with("http://") && !wanted.source.starts_with("https://") {
        return Err(ApiError::bad("wrong remote file identifier specified: Wrong string length"));
    }
    fetched(client, wanted).await
}

fn uploaded(form: &str, part: &Part) -> Result<SentFile, ApiError> {
    if part.bytes.is_empty() {
        return Err(ApiError::bad("file must be non-empty"));
    }
    if form == "photo" && part.bytes.len() > PHOTO_UPLOAD_MAX {
        return Err(ApiError::bad("file is too big"));
    }
    if form == "photo" && !is_picture(&part.bytes) {
        return Err(ApiError::bad("IMAGE_PROCESS_FAILED"));
    }
    Ok(file(form, part.name.clone(), part.mime.clone(), part.bytes.clone(), true))
}

async fn fetched(client: &Client, wanted: &Wanted) -> Result<SentFile, ApiError> {
    let failed = || ApiError::bad("failed to get HTTP URL content");
    let limit = if wanted.form == "photo" { PHOTO_LINK_MAX } else { FILE_LINK_MAX };
    let request = Outgoing::new(Method::GET, wanted.source.as_str(), FETCH_TIMEOUT);
    let answer = client.send(request, limit).await.map_err(|cause| match cause {
        ClientError::Refused(_) => ApiError::bad("wrong HTTP URL specified"),
        _ => failed(),
    })?;
    if answer.status != 200 || answer.body.is_empty() {
        return Err(failed());
    }
    let header = |name| answer.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let mime = header(http::header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim().to_owned();
    let is_fitting = match wanted.form.as_str() {
        "photo" => is_picture(&answer.body),
        // Source: Bot API, "sending by URL … will currently only work for GIF, PDF and ZIP files".
        "document" => [&b"%PDF"[..], b"GIF8", b"PK"].iter().any(|it| answer.body.starts_with(it)),
        _ => mime != "text/html",
    };
    if !is_fitting {
        return Err(ApiError::bad("wrong type of the web page content"));
    }
    let name = told_name(header(http::header::CONTENT_DISPOSITION)).unwrap_or_else(|| {
        let path = wanted.source.split(['?', '#']).next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or("file").to_owned()
    });
    Ok(file(&wanted.form, name, mime, answer.body, false))
}

/// The name in `Content-Disposition`, of the plain form.
fn told_name(header: &str) -> Option<String> {
    let value = header.split(';').find_map(|it| it.trim().strip_prefix("filename="))?;
    Some(value.trim_matches('"').to_owned()).filter(|it| !it.is_empty())
}

fn file(form: &str, name: String, mime: String, bytes: Bytes, is_upload: bool) -> SentFile {
    SentFile { form: form.to_owned(), name, mime, size: bytes.len(), bytes, is_upload }
}

fn is_picture(bytes: &[u8]) -> bool {
    [&b"\xff\xd8\xff"[..], b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF"].iter().any(|it| bytes.starts_with(it))
}
