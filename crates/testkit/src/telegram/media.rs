//! Small real files: what customers send, and what they look like.
//!
//! Drawn, spoken and filmed by a script for this purpose; nobody's photos.

use bytes::Bytes;

/// A file that ships with the testkit.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// File name.
    pub name: &'static str,
    /// Media type.
    pub mime: &'static str,
    /// Pixels; 0 for sounds and papers.
    pub width: u32,
    /// Pixels; 0 for sounds and papers.
    pub height: u32,
    /// Seconds; 0 for pictures and papers.
    pub duration_s: u32,
    data: &'static [u8],
}

impl Asset {
    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> Bytes {
        Bytes::from_static(self.data)
    }

    /// How many bytes.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.data.len()
    }
}

macro_rules! assets {
    ($($(#[$doc:meta])* $vis:vis $const_name:ident = $file:literal, $mime:literal, $width:literal x $height:literal, $duration:literal s;)+) => {$(
        $(#[$doc])*
        $vis const $const_name: Asset = Asset {
            name: $file,
            mime: $mime,
            width: $width,
            height: $height,
            duration_s: $duration,
            data: include_bytes!(concat!("../../assets/telegram/", $file)),
        };
    )+};
}

assets! {
    /// A mug that arrived broken.
    pub PHOTO_MUG = "photo_mug.jpg", "image/jpeg", 480 x 360, 0 s;
    /// A parcel with a dent.
    pub PHOTO_PARCEL = "photo_parcel.jpg", "image/jpeg", 480 x 360, 0 s;
    /// A green chair.
    pub PHOTO_CHAIR = "photo_chair.jpg", "image/jpeg", 480 x 360, 0 s;
    /// The label of a jacket.
    pub PHOTO_LABEL = "photo_label.jpg", "image/jpeg", 480 x 360, 0 s;
    /// A receipt.
    pub PHOTO_RECEIPT = "photo_receipt.jpg", "image/jpeg", 480 x 360, 0 s;
    /// A phone that shows an error.
    pub PHOTO_PHONE = "photo_phone.jpg", "image/jpeg", 480 x 360, 0 s;
    /// A laughing face.
    pub STICKER_SMILE = "sticker_smile.webp", "image/webp", 256 x 256, 0 s;
    /// A heart.
    pub STICKER_HEART = "sticker_heart.webp", "image/webp", 256 x 256, 0 s;
    /// Two seconds of something like speech.
    pub VOICE_2S = "voice_2s.ogg", "audio/ogg", 0 x 0, 2 s;
    /// Four seconds of it.
    pub VOICE_4S = "voice_4s.ogg", "audio/ogg", 0 x 0, 4 s;
    /// Seven seconds of it.
    pub VOICE_7S = "voice_7s.ogg", "audio/ogg", 0 x 0, 7 s;
    /// A test picture that moves.
    pub VIDEO = "video.mp4", "video/mp4", 320 x 240, 2 s;
    /// A film for a round frame.
    pub VIDEO_ROUND = "round.mp4", "video/mp4", 240 x 240, 2 s;
    /// An invoice of one page.
    pub INVOICE = "invoice.pdf", "application/pdf", 0 x 0, 0 s;
}

mod faces {
    use super::Asset;
    assets! {
        /// Dark hair, red dress.
        pub(super) FACE_1 = "avatar_1.jpg", "image/jpeg", 160 x 160, 0 s;
        /// Short dark hair, blue.
        pub(super) FACE_2 = "avatar_2.jpg", "image/jpeg", 160 x 160, 0 s;
        /// Brown hair, green.
        pub(super) FACE_3 = "avatar_3.jpg", "image/jpeg", 160 x 160, 0 s;
        /// Red hair, yellow.
        pub(super) FACE_4 = "avatar_4.jpg", "image/jpeg", 160 x 160, 0 s;
        /// Dark skin, violet.
        pub(super) FACE_5 = "avatar_5.jpg", "image/jpeg", 160 x 160, 0 s;
        /// Fair hair, cyan.
        pub(super) FACE_6 = "avatar_6.jpg", "image/jpeg", 160 x 160, 0 s;
    }
}

/// Faces of customers. Odd numbers (from 1) are women.
pub const FACES: [Asset; 6] =
    [faces::FACE_1, faces::FACE_2, faces::FACE_3, faces::FACE_4, faces::FACE_5, faces::FACE_6];

/// Pictures for an album.
pub const PHOTOS: [Asset; 6] = [PHOTO_MUG, PHOTO_PARCEL, PHOTO_CHAIR, PHOTO_LABEL, PHOTO_RECEIPT, PHOTO_PHONE];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_what_it_says() {
        for (asset, start) in [
            (PHOTO_MUG, &b"\xff\xd8\xff"[..]),
            (STICKER_SMILE, b"RIFF"),
            (VOICE_2S, b"OggS"),
            (INVOICE, b"%PDF-"),
            (FACES[5], b"\xff\xd8\xff"),
        ] {
            assert!(asset.bytes().starts_with(start), "{}", asset.name);
        }
        for asset in [VIDEO, VIDEO_ROUND] {
            assert_eq!(&asset.bytes()[4..8], b"ftyp");
        }
        assert!(VOICE_4S.bytes().windows(8).any(|it| it == b"OpusHead"));
    }
}
