//! Everything that a person sends besides words.

use serde_json::{Value, json};

use super::{Customer, Written};
use crate::telegram::media::{self, Asset};
use crate::telegram::methods::folder;

impl Customer {
    /// Sends a picture.
    pub fn sends_photo(&self, photo: Asset, caption: &str) -> Written {
        let content = self.photo(photo, caption);
        self.sends(content)
    }

    /// Sends two to ten pictures as an album; the first has the caption.
    pub fn sends_album(&self, photos: &[Asset], caption: &str) -> Vec<Written> {
        let album = format!("125{:014}", self.bot.shared().lock().serial());
        let send = |(i, photo): (usize, &Asset)| {
            let mut content = self.photo(*photo, if i == 0 { caption } else { "" });
            content["media_group_id"] = json!(album);
            self.sends(content)
        };
        photos.iter().enumerate().map(send).collect()
    }

    /// Sends a film.
    pub fn sends_video(&self, caption: &str) -> Written {
        let mut video = self.media("video", media::VIDEO);
        video["file_name"] = json!(media::VIDEO.name);
        self.sends(captioned(json!({ "video": video }), caption))
    }

    /// Sends a round film.
    pub fn sends_video_note(&self) -> Written {
        let it = media::VIDEO_ROUND;
        let mut note = self.media("video_note", it);
        note["length"] = json!(it.width);
        for name in ["width", "height", "mime_type"] {
            if let Some(note) = note.as_object_mut() {
                note.remove(name);
            }
        }
        self.sends(json!({ "video_note": note }))
    }

    /// Speaks.
    pub fn sends_voice(&self, voice: Asset) -> Written {
        let content = json!({ "voice": self.media("voice", voice) });
        self.sends(content)
    }

    /// Sends a sticker.
    pub fn sends_sticker(&self, sticker: Asset, emoji: &str) -> Written {
        let mut content = self.media("sticker", sticker);
        content["type"] = json!("regular");
        content["emoji"] = json!(emoji);
        content["is_animated"] = json!(false);
        content["is_video"] = json!(false);
        if let Some(content) = content.as_object_mut() {
            content.remove("mime_type");
        }
        self.sends(json!({ "sticker": content }))
    }

    /// Sends a paper.
    pub fn sends_document(&self, document: Asset, name: &str, caption: &str) -> Written {
        let mut content = self.media("document", document);
        content["file_name"] = json!(name);
        self.sends(captioned(json!({ "document": content }), caption))
    }

    /// Sends a file of so many bytes, of which a bot may download none when they are more than 20 MB.
    pub fn sends_big_file(&self, name: &str, size: usize) -> Written {
        let mut world = self.bot.shared().lock();
        let file_id = world.store("documents", name, &bytes::Bytes::new(), size);
        let unique_id = world.files.get(&file_id).map(|it| it.unique_id.clone());
        drop(world);
        let document = json!({
            "file_id": file_id, "file_unique_id": unique_id, "file_name": name, "file_size": size,
            "mime_type": "application/octet-stream",
        });
        self.sends(json!({ "document": document }))
    }

    /// Shows a place.
    pub fn sends_location(&self, latitude: f64, longitude: f64) -> Written {
        self.sends(json!({ "location": { "latitude": latitude, "longitude": longitude } }))
    }

    /// Shows a place with a name.
    pub fn sends_venue(&self, title: &str, address: &str, latitude: f64, longitude: f64) -> Written {
        let location = json!({ "latitude": latitude, "longitude": longitude });
        let venue = json!({ "location": location, "title": title, "address": address });
        self.sends(json!({ "location": location, "venue": venue }))
    }

    /// Gives the own phone number.
    pub fn shares_phone(&self, phone: &str) -> Written {
        let name = self.person(|it| it.first_name.clone());
        self.sends(json!({ "contact": { "phone_number": phone, "first_name": name, "user_id": self.id } }))
    }

    /// Gives somebody else's phone number.
    pub fn sends_contact(&self, name: &str, phone: &str) -> Written {
        self.sends(json!({ "contact": { "phone_number": phone, "first_name": name } }))
    }

    fn photo(&self, photo: Asset, caption: &str) -> Value {
        let big = self.media("photo", photo);
        let mut small = big.clone();
        small["width"] = json!(photo.width / 4);
        small["height"] = json!(photo.height / 4);
        let mut sizes = vec![small, big];
        for size in &mut sizes {
            if let Some(size) = size.as_object_mut() {
                size.remove("mime_type");
            }
        }
        captioned(json!({ "photo": sizes }), caption)
    }

    fn media(&self, form: &str, asset: Asset) -> Value {
        let mut world = self.bot.shared().lock();
        let file_id = world.store(&folder(form), asset.name, &asset.bytes(), asset.size());
        let unique_id = world.files.get(&file_id).map(|it| it.unique_id.clone());
        drop(world);
        let mut media = json!({
            "file_id": file_id, "file_unique_id": unique_id, "file_size": asset.size(), "mime_type": asset.mime,
        });
        if asset.width > 0 {
            media["width"] = json!(asset.width);
            media["height"] = json!(asset.height);
        }
        if asset.duration_s > 0 {
            media["duration"] = json!(asset.duration_s);
        }
        media
    }
}

fn captioned(mut content: Value, caption: &str) -> Value {
    if !caption.is_empty() {
        content["caption"] = json!(caption);
    }
    content
}
