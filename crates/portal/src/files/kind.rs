//! Words of tables for how a file is shown.

use openlines_protocol::FileKind;

/// The word in tables.
pub(crate) const fn kind_word(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Image => "image",
        FileKind::Video => "video",
        FileKind::Audio => "audio",
        FileKind::Voice => "voice",
        FileKind::Sticker => "sticker",
        FileKind::File => "file",
    }
}

/// Reads a word of a table; an unknown one is any file.
pub(crate) fn kind_of(word: &str) -> FileKind {
    match word {
        "image" => FileKind::Image,
        "video" => FileKind::Video,
        "audio" => FileKind::Audio,
        "voice" => FileKind::Voice,
        "sticker" => FileKind::Sticker,
        _ => FileKind::File,
    }
}
