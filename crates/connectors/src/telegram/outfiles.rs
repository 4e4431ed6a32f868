//! Which file goes how: as a picture, a film, a document; by link, uploaded through the hub, or as a line of text.

use openlines_protocol::{FileKind, OutgoingFile};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::render::{Formatted, add_text};
use crate::{Payload, Upload};

const MB: u64 = 1_000_000;
/// A picture that Telegram fetches. Source: <https://core.telegram.org/bots/api#sending-files>.
const PHOTO_LINK_MAX: u64 = 5 * MB;
/// Any other file that Telegram fetches. Same source.
const FILE_LINK_MAX: u64 = 20 * MB;
/// A spoken message that Telegram fetches and still shows as one. Source: Bot API, `sendVoice`.
const VOICE_LINK_MAX: u64 = MB;
/// An uploaded picture. Source: <https://core.telegram.org/bots/api#sending-files>.
pub(super) const PHOTO_UPLOAD_MAX: u64 = 10 * MB;
/// An uploaded file, and all files of an uploaded album together. Same source.
pub(super) const UPLOAD_MAX: u64 = 50 * MB;
/// A sticker. Source: Bot API, `sendSticker`.
const STICKER_MAX: u64 = 512_000;
/// Files of one album. Source: Bot API, `sendMediaGroup`.
pub(super) const ALBUM_MAX: usize = 10;

/// A file and the form it is sent in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) file: OutgoingFile,
    pub(super) form: Form,
}

/// How Telegram shows a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    Photo,
    Video,
    Audio,
    Voice,
    Sticker,
    Document,
}

/// How the bytes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Way {
    /// Telegram fetches the portal's link.
    Link,
    /// The hub streams the file through.
    Upload,
}

impl Form {
    /// The field that holds the file, which is also the `type` in an album.
    const fn field(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::Sticker => "sticker",
            Self::Document => "document",
        }
    }

    const fn method(self) -> &'static str {
        match self {
            Self::Photo => "sendPhoto",
            Self::Video => "sendVideo",
            Self::Audio => "sendAudio",
            Self::Voice => "sendVoice",
            Self::Sticker => "sendSticker",
            Self::Document => "sendDocument",
        }
    }

    /// Whether a text may stand under it.
    pub(super) const fn has_caption(self) -> bool {
        !matches!(self, Self::Sticker)
    }

    /// Pictures and films mix in an album, documents and music stay among themselves, the others go alone.
    const fn album(self) -> Option<u8> {
        match self {
            Self::Photo | Self::Video => Some(0),
            Self::Document => Some(1),
            Self::Audio => Some(2),
            Self::Voice | Self::Sticker => None,
        }
    }
}

/// Files that can be sent, in order, and those that are too big and go as lines of text.
pub(super) fn sort(files: &[OutgoingFile]) -> (Vec<Item>, Vec<OutgoingFile>) {
    let (small, big): (Vec<_>, Vec<_>) = files.iter().cloned().partition(|it| it.size <= UPLOAD_MAX);
    (small.into_iter().map(|file| Item { form: form(&file), file }).collect(), big)
}

fn form(file: &OutgoingFile) -> Form {
    match (file.kind, file.mime.as_str()) {
        (FileKind::Image, "image/jpeg" | "image/png") if file.size <= PHOTO_UPLOAD_MAX => Form::Photo,
        (FileKind::Sticker, "image/webp") if file.size <= STICKER_MAX => Form::Sticker,
        (FileKind::Video, "video/mp4") => Form::Video,
        (FileKind::Voice, "audio/ogg" | "audio/opus") => Form::Voice,
        (FileKind::Voice | FileKind::Audio, "audio/mpeg" | "audio/mp4" | "audio/x-m4a") => Form::Audio,
        _ => Form::Document,
    }
}

/// The way that Telegram's rules allow; a refused link turns into an upload later.
fn way(item: &Item) -> Way {
    let is_fetched = match item.form {
        Form::Photo => item.file.size <= PHOTO_LINK_MAX,
        Form::Voice => item.file.mime == "audio/ogg" && item.file.size <= VOICE_LINK_MAX,
        Form::Sticker => true,
        Form::Video | Form::Audio => item.file.size <= FILE_LINK_MAX,
        // Source: Bot API, "sending by URL … will currently only work for GIF, PDF and ZIP files".
        Form::Document => {
            matches!(item.file.mime.as_str(), "application/pdf" | "application/zip" | "image/gif")
                && item.file.size <= FILE_LINK_MAX
        }
    };
    if is_fetched { Way::Link } else { Way::Upload }
}

/// Puts neighbours of one family into albums of 2 to 10; the order stays.
pub(super) fn group(items: Vec<Item>, one_by_one: bool) -> Vec<(Vec<Item>, Way)> {
    let mut groups: Vec<(Vec<Item>, Way)> = Vec::new();
    for item in items {
        let item_way = way(&item);
        let fits = |(album, _): &&mut (Vec<Item>, Way)| {
            let together = album.iter().map(|it| it.file.size).sum::<u64>().saturating_add(item.file.size);
            !one_by_one
                && album.len() < ALBUM_MAX
                && item.form.album().is_some()
                && album[0].form.album() == item.form.album()
                && together <= UPLOAD_MAX
        };
        match groups.last_mut().filter(fits) {
            Some((album, album_way)) => {
                album.push(item);
                if item_way == Way::Upload {
                    *album_way = Way::Upload;
                }
            }
            None => groups.push((vec![item], item_way)),
        }
    }
    groups
}

/// The method for one file or an album, and its body. `fields` are those that do not depend on the files.
pub(super) fn payload(items: &[Item], way: Way, fields: Value, caption: &Formatted) -> (&'static str, Payload) {
    match items {
        [item] => (item.form.method(), single(item, way, fields, caption)),
        album => ("sendMediaGroup", together(album, way, fields, caption)),
    }
}

fn single(item: &Item, way: Way, mut fields: Value, caption: &Formatted) -> Payload {
    if !caption.text.is_empty() {
        add_text(&mut fields, "caption", caption);
    }
    let field = item.form.field();
    match way {
        Way::Link => {
            fields[field] = json!(item.file.url);
            Payload::Json(fields)
        }
        Way::Upload => multipart(&fields, vec![upload(&item.file, field.to_owned())]),
    }
}

fn together(album: &[Item], way: Way, mut fields: Value, caption: &Formatted) -> Payload {
    let mut uploads = Vec::new();
    let mut media = Vec::new();
    for (i, item) in album.iter().enumerate() {
        let part = format!("file{i}");
        let source = match way {
            Way::Link => item.file.url.clone(),
            Way::Upload => format!("attach://{part}"),
        };
        let mut entry = json!({ "type": item.form.field(), "media": source });
        if i == 0 && !caption.text.is_empty() {
            add_text(&mut entry, "caption", caption);
        }
        media.push(entry);
        uploads.push(upload(&item.file, part));
    }
    fields["media"] = json!(media);
    match way {
        Way::Link => Payload::Json(fields),
        Way::Upload => multipart(&fields, uploads),
    }
}

fn upload(file: &OutgoingFile, field: String) -> Upload {
    Upload { field, name: file.name.clone(), mime: file.mime.clone(), size: file.size, source_url: file.url.clone() }
}

/// Form fields are texts: what is not a text goes as JSON.
fn multipart(fields: &Value, uploads: Vec<Upload>) -> Payload {
    let as_text = |it: &Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
    let fields = fields.as_object().into_iter().flatten().map(|(name, it)| (name.clone(), as_text(it))).collect();
    Payload::Multipart { fields, uploads }
}
