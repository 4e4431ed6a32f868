//! Files of a message as links that the hub signs, and those links back to a download address.
//!
//! A download address holds the bot's token, so it is found only at the moment when the hub streams the file.

use openlines_base::Secret;
use openlines_protocol::{File, FileKind};
use serde_json::json;

use super::api::{self, ask};
use super::parse::cut;
use super::wire;
use crate::{Connection, FileSource, Incoming, Net, Refusal};

/// Larger files a bot may not download. Source: <https://core.telegram.org/bots/api#getfile>.
const DOWNLOAD_MAX_BYTES: u64 = 20_000_000;
/// Characters of a file id that we take; real ones have 60 to 120.
const FILE_ID_MAX: usize = 256;
/// Characters kept of a file's name. Source: file systems, 255.
const FILE_NAME_MAX: usize = 255;
/// Characters kept of a media type. Source: RFC 6838, 127 on each side.
const MIME_MAX: usize = 127;
/// Pixels of a customer's photo that we prefer: the smallest of at least this width.
const AVATAR_WIDTH: u32 = 320;

const FILE: &str = "file:";
const AVATAR: &str = "avatar:";

/// The reference of a user's photo.
pub(super) fn avatar(user_id: i64) -> String {
    format!("{AVATAR}{user_id}")
}

/// The files of a message. Telegram sends at most one; an album comes as several messages.
pub(super) fn of(message: &wire::Message) -> Vec<File> {
    let photo = message.photo.iter().max_by_key(|it| (pixels(it), it.file_size));
    let file = if let Some(it) = photo {
        file(it, FileKind::Image, "image/jpeg", "photo", "jpg")
    } else if let Some(it) = &message.animation {
        // Comes together with an equal `document`.
        file(it, FileKind::Video, "video/mp4", "animation", "mp4")
    } else if let Some(it) = &message.video {
        file(it, FileKind::Video, "video/mp4", "video", "mp4")
    } else if let Some(it) = &message.live_photo {
        file(it, FileKind::Video, "video/mp4", "live_photo", "mp4")
    } else if let Some(it) = &message.video_note {
        let round = wire::Media { width: it.length, height: it.length, ..it.clone() };
        file(&round, FileKind::Video, "video/mp4", "video_note", "mp4")
    } else if let Some(it) = &message.voice {
        file(it, FileKind::Voice, "audio/ogg", "voice", "ogg")
    } else if let Some(it) = &message.audio {
        file(&titled(it), FileKind::Audio, "audio/mpeg", "audio", "mp3")
    } else if let Some(it) = &message.sticker {
        sticker(it)
    } else if let Some(it) = &message.document {
        file(it, FileKind::File, "application/octet-stream", "document", "bin")
    } else {
        return Vec::new();
    };
    vec![file]
}

/// The still picture of a sticker: moving ones have formats that browsers do not show.
fn sticker(sticker: &wire::Sticker) -> File {
    match &sticker.thumbnail {
        Some(it) if sticker.is_animated || sticker.is_video => {
            file(it, FileKind::Sticker, "image/webp", "sticker", "webp")
        }
        _ if sticker.is_animated => file(&sticker.media, FileKind::File, "application/x-tgsticker", "sticker", "tgs"),
        _ if sticker.is_video => file(&sticker.media, FileKind::Video, "video/webm", "sticker", "webm"),
        _ => file(&sticker.media, FileKind::Sticker, "image/webp", "sticker", "webp"),
    }
}

/// Music without a file name is named by its singer and title.
fn titled(audio: &wire::Media) -> wire::Media {
    let named = match (&audio.file_name, &audio.performer, &audio.title) {
        (None, Some(performer), Some(title)) => Some(format!("{performer} - {title}.mp3")),
        (None, None, Some(title)) => Some(format!("{title}.mp3")),
        (name, _, _) => name.clone(),
    };
    wire::Media { file_name: named, ..audio.clone() }
}

fn file(media: &wire::Media, kind: FileKind, mime: &str, name: &str, extension: &str) -> File {
    let is_small = media.file_size.is_none_or(|it| it <= DOWNLOAD_MAX_BYTES);
    let unique_id = cut(&media.file_unique_id, FILE_ID_MAX);
    let generated = match kind {
        FileKind::Voice => format!("{name}.{extension}"),
        _ => format!("{name}_{unique_id}.{extension}"),
    };
    let given = media.file_name.as_deref().filter(|it| !it.is_empty());
    File {
        url: (is_small && is_id(&media.file_id)).then(|| Incoming::hub_file(&format!("{FILE}{}", media.file_id))),
        name: given.map_or(generated, |it| cut(it, FILE_NAME_MAX).to_owned()),
        mime: media.mime_type.as_deref().map_or(mime, |it| cut(it, MIME_MAX)).to_owned(),
        size: media.file_size,
        kind,
        duration_s: media.duration,
        width: media.width,
        height: media.height,
        unique_id: Some(unique_id.to_owned()).filter(|it| !it.is_empty()),
    }
}

fn pixels(photo: &wire::Media) -> u64 {
    u64::from(photo.width.unwrap_or(0)) * u64::from(photo.height.unwrap_or(0))
}

/// Where the file of a reference made above can be downloaded for the next hour.
pub(super) async fn source(net: &dyn Net, connection: &Connection, reference: &str) -> Result<FileSource, Refusal> {
    let file_id = match (reference.strip_prefix(FILE), reference.strip_prefix(AVATAR)) {
        (Some(file_id), _) if is_id(file_id) => file_id.to_owned(),
        (_, Some(user_id)) => newest_photo(net, connection, user_id).await?,
        _ => return Err(Refusal::rejected("not a reference of a Telegram file")),
    };
    let info: wire::FileInfo = ask(net, connection, "getFile", json!({ "file_id": file_id })).await?;
    let path = info.file_path.unwrap_or_default();
    if !is_path(&path) {
        return Err(Refusal::rejected("the Bot API server gave no path to download from; run it without --local"));
    }
    let token = api::token(connection);
    Ok(FileSource { url: Secret::new(format!("{}/file/bot{token}/{path}", connection.api_base)) })
}

async fn newest_photo(net: &dyn Net, connection: &Connection, user_id: &str) -> Result<String, Refusal> {
    let user_id: i64 = user_id.parse().map_err(|_| Refusal::rejected("not a reference of a Telegram user"))?;
    let question = json!({ "user_id": user_id, "limit": 1 });
    let answer: wire::UserProfilePhotos = ask(net, connection, "getUserProfilePhotos", question).await?;
    let mut sizes = answer.photos.into_iter().next().unwrap_or_default();
    sizes.sort_by_key(|it| it.width);
    let fitting = sizes.iter().find(|it| it.width.unwrap_or(0) >= AVATAR_WIDTH).or(sizes.last());
    match fitting {
        Some(it) if is_id(&it.file_id) => Ok(it.file_id.clone()),
        _ => Err(Refusal::rejected("the user has no photo that bots may see")),
    }
}

fn is_id(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    (1..=FILE_ID_MAX).contains(&text.len()) && text.bytes().all(is_plain)
}

/// A relative path without tricks: it becomes a part of an address.
fn is_path(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"-_./".contains(&it);
    (1..=FILE_ID_MAX).contains(&text.len())
        && !text.starts_with('/')
        && !text.contains("..")
        && text.bytes().all(is_plain)
}
