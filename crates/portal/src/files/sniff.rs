//! What a file really is, by its first bytes. What a sender calls it counts for nothing but a hint.

use openlines_protocol::FileKind;

/// Bytes that are looked at.
pub(crate) const HEAD: usize = 512;
/// What nothing is known of.
pub(crate) const UNKNOWN: &str = "application/octet-stream";

/// The media type by the bytes; `None` for what may not be shown in the page and is of no type that we tell apart.
pub(crate) fn media_type(head: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    let at = |from: usize, magic: &[u8]| head.get(from..from + magic.len()) == Some(magic);
    let holds = |needle: &[u8]| head.windows(needle.len()).any(|it| it == needle);
    let found = if starts(b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else if starts(b"\xff\xd8\xff") {
        "image/jpeg"
    } else if starts(b"GIF87a") || starts(b"GIF89a") {
        "image/gif"
    } else if starts(b"RIFF") && at(8, b"WEBP") {
        "image/webp"
    } else if starts(b"RIFF") && at(8, b"WAVE") {
        "audio/wav"
    } else if at(4, b"ftyp") {
        return mp4_family(head.get(8..12)?);
    } else if starts(b"\x1a\x45\xdf\xa3") && holds(b"webm") {
        "video/webm"
    } else if starts(b"OggS") {
        if holds(b"theora") { "video/ogg" } else { "audio/ogg" }
    } else if starts(b"ID3") || matches!(head, [0xff, 0xfb | 0xf3 | 0xf2 | 0xfa, ..]) {
        "audio/mpeg"
    } else if matches!(head, [0xff, 0xf1 | 0xf9, ..]) {
        "audio/aac"
    } else if starts(b"fLaC") {
        "audio/flac"
    } else if starts(b"#!AMR") {
        "audio/amr"
    } else if starts(b"%PDF-") {
        "application/pdf"
    } else {
        return None;
    };
    Some(found)
}

fn mp4_family(brand: &[u8]) -> Option<&'static str> {
    match brand {
        b"M4A " | b"M4B " => Some("audio/mp4"),
        b"qt  " => Some("video/quicktime"),
        b"avif" | b"avis" | b"heic" | b"heix" | b"mif1" | b"msf1" => None,
        [b'3', b'g', ..] => Some("video/3gpp"),
        _ => Some("video/mp4"),
    }
}

/// Whether a browser may show a file of this type in the page: real pictures, sound and film, nothing that can hold a
/// script.
pub(crate) fn is_shown(mime: &str) -> bool {
    matches!(
        mime,
        "image/png"
            | "image/jpeg"
            | "image/gif"
            | "image/webp"
            | "audio/wav"
            | "audio/ogg"
            | "audio/mpeg"
            | "audio/aac"
            | "audio/mp4"
            | "audio/flac"
            | "audio/amr"
            | "video/mp4"
            | "video/webm"
            | "video/ogg"
            | "video/quicktime"
            | "video/3gpp"
    )
}

/// The type to keep: by the bytes, else what was told if it is a plain word and nothing that a browser would run.
pub(crate) fn settle(head: &[u8], told: &str) -> String {
    if let Some(found) = media_type(head) {
        return found.to_owned();
    }
    let told = told.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_word = |it: &str| {
        !it.is_empty() && it.len() <= 80 && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"-+._".contains(&it))
    };
    let is_plain = told.split_once('/').is_some_and(|(main, sub)| is_word(main) && is_word(sub));
    let runs = ["html", "xml", "svg", "script", "x-shockwave", "multipart"].iter().any(|it| told.contains(it));
    // Told to be a picture, sound or film, and it is not: then we know nothing.
    let pretends = is_shown(&told) || ["image/", "audio/", "video/"].iter().any(|it| told.starts_with(it));
    if is_plain && !runs && !pretends { told } else { UNKNOWN.to_owned() }
}

/// How to show it: as the sender meant, if the bytes allow it.
pub(crate) fn kind(mime: &str, meant: FileKind) -> FileKind {
    let main = mime.split('/').next().unwrap_or_default();
    match (is_shown(mime), main, meant) {
        (true, "image", FileKind::Sticker) => FileKind::Sticker,
        (true, "image", _) => FileKind::Image,
        (true, "video", FileKind::Sticker) => FileKind::Sticker,
        (true, "video", _) => FileKind::Video,
        (true, "audio", FileKind::Voice) => FileKind::Voice,
        (true, "audio", _) => FileKind::Audio,
        _ => FileKind::File,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_from_the_bytes() {
        let rows: [(&[u8], Option<&str>); 16] = [
            (b"\x89PNG\r\n\x1a\n....", Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"GIF89a", Some("image/gif")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"RIFF\0\0\0\0WAVEfmt ", Some("audio/wav")),
            (b"\0\0\0\x18ftypmp42", Some("video/mp4")),
            (b"\0\0\0\x18ftypM4A ", Some("audio/mp4")),
            (b"\0\0\0\x18ftypavif", None),
            (b"\x1a\x45\xdf\xa3\x01webm", Some("video/webm")),
            (b"OggS\0OpusHead", Some("audio/ogg")),
            (b"ID3\x04", Some("audio/mpeg")),
            (b"%PDF-1.7", Some("application/pdf")),
            (b"<html><script>", None),
            (b"<svg onload=alert(1)>", None),
            (b"\0\0\0\x18ftyp", None),
            (b"", None),
        ];
        for (head, expected) in rows {
            assert_eq!(media_type(head), expected, "{}", head.escape_ascii());
        }
    }

    #[test]
    fn what_is_told_counts_only_where_it_cannot_harm() {
        let rows: [(&[u8], &str, &str); 9] = [
            (b"\x89PNG\r\n\x1a\n", "text/html", "image/png"),
            (b"hello", "text/plain; charset=utf-8", "text/plain"),
            (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", UNKNOWN),
            (b"PK\x03\x04", "application/zip", "application/zip"),
            (b"<html>", "text/html", UNKNOWN),
            (b"<svg>", "image/svg+xml", UNKNOWN),
            (b"<html>", "image/png", UNKNOWN),
            (b"x", "application/javascript", UNKNOWN),
            (b"x", "text/plain\r\nx: y", UNKNOWN),
        ];
        for (head, told, expected) in rows {
            assert_eq!(settle(head, told), expected, "{told}");
        }
    }

    #[test]
    fn a_picture_that_is_none_is_a_file() {
        assert_eq!(kind("image/png", FileKind::File), FileKind::Image);
        assert_eq!(kind("image/webp", FileKind::Sticker), FileKind::Sticker);
        assert_eq!(kind("audio/ogg", FileKind::Voice), FileKind::Voice);
        assert_eq!(kind(UNKNOWN, FileKind::Image), FileKind::File);
        assert_eq!(kind("text/plain", FileKind::Video), FileKind::File);
    }
}
