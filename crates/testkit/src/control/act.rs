//! What a customer can do, as JSON: `{"act": "text", "text": "Hello"}`.

use serde::Deserialize;
use serde_json::Value;

use super::Refused;
use crate::telegram::media::{self, Asset};
use crate::telegram::{Customer, Written};

/// How an account looks. What is absent is empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Looks {
    last_name: String,
    username: Option<String>,
    language: Option<String>,
    /// File name of one of the faces, like `avatar_2.jpg`.
    face: Option<String>,
}

impl Looks {
    pub(super) fn put_on(&self, customer: &Customer) -> Result<(), Refused> {
        let face = match &self.face {
            Some(name) => find(&media::FACES, name)?,
            None => media::FACES[0],
        };
        customer.looks(&self.last_name, self.username.as_deref(), self.language.as_deref().unwrap_or("en"), face);
        Ok(())
    }
}

/// One thing that a customer does. `message` is a number in the chat.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "each is the method of the customer with that name")]
pub enum Act {
    Text {
        text: String,
        entities: Option<Value>,
    },
    Start {
        payload: Option<String>,
    },
    Reply {
        message: i64,
        text: String,
    },
    Forward {
        from: String,
        text: String,
    },
    Photo {
        photo: Option<String>,
        caption: Option<String>,
    },
    Album {
        count: usize,
        caption: Option<String>,
    },
    Video {
        caption: Option<String>,
    },
    VideoNote,
    Voice {
        voice: Option<String>,
    },
    Sticker {
        sticker: Option<String>,
        emoji: Option<String>,
    },
    Document {
        name: Option<String>,
        caption: Option<String>,
    },
    BigFile {
        name: String,
        size: usize,
    },
    Location {
        latitude: f64,
        longitude: f64,
    },
    Venue {
        title: String,
        address: String,
        latitude: f64,
        longitude: f64,
    },
    Phone {
        phone: String,
    },
    Contact {
        name: String,
        phone: String,
    },
    /// Any content: fields of the Bot API's `Message`.
    Raw {
        content: Value,
    },
    Edit {
        message: i64,
        text: String,
    },
    React {
        message: i64,
        emoji: String,
    },
    Press {
        button: String,
    },
    Block,
    Unblock,
    Leave,
}

impl Act {
    pub(super) fn by(self, who: &Customer) -> Result<Vec<Written>, Refused> {
        let one = match self {
            Self::Text { text, entities: None } => who.writes(&text),
            Self::Text { text, entities: Some(entities) } => who.writes_formatted(&text, &entities),
            Self::Start { payload } => who.starts(&payload.unwrap_or_default()),
            Self::Reply { message, text } => who.replies(message, &text),
            Self::Forward { from, text } => who.forwards(&from, &text),
            Self::Photo { photo, caption } => {
                let photo = photo.map_or(Ok(media::PHOTO_MUG), |it| find(&media::PHOTOS, &it))?;
                who.sends_photo(photo, &caption.unwrap_or_default())
            }
            Self::Album { count, caption } => {
                let photos = media::PHOTOS.get(..count).filter(|it| it.len() > 1);
                let photos = photos.ok_or_else(|| {
                    Refused::bad(format!("count: an album here has 2 to {} pictures", media::PHOTOS.len()))
                })?;
                return Ok(who.sends_album(photos, &caption.unwrap_or_default()));
            }
            Self::Video { caption } => who.sends_video(&caption.unwrap_or_default()),
            Self::VideoNote => who.sends_video_note(),
            Self::Voice { voice } => {
                let voices = [media::VOICE_2S, media::VOICE_4S, media::VOICE_7S];
                who.sends_voice(voice.map_or(Ok(media::VOICE_2S), |it| find(&voices, &it))?)
            }
            Self::Sticker { sticker, emoji } => {
                let stickers = [media::STICKER_SMILE, media::STICKER_HEART];
                let sticker = sticker.map_or(Ok(media::STICKER_SMILE), |it| find(&stickers, &it))?;
                who.sends_sticker(sticker, emoji.as_deref().unwrap_or("😄"))
            }
            Self::Document { name, caption } => {
                let name = name.as_deref().unwrap_or(media::INVOICE.name);
                who.sends_document(media::INVOICE, name, &caption.unwrap_or_default())
            }
            Self::BigFile { name, size } => who.sends_big_file(&name, size),
            Self::Location { latitude, longitude } => who.sends_location(latitude, longitude),
            Self::Venue { title, address, latitude, longitude } => {
                who.sends_venue(&title, &address, latitude, longitude)
            }
            Self::Phone { phone } => who.shares_phone(&phone),
            Self::Contact { name, phone } => who.sends_contact(&name, &phone),
            Self::Raw { content } => who.sends(content),
            Self::Edit { message, text } => who.edits(message, &text),
            Self::React { message, emoji } => who.reacts(message, &emoji),
            Self::Press { button } => {
                let pressed = who.tries_to_press(&button);
                pressed.ok_or_else(|| Refused::missing(format!("there is no button `{button}` to press")))?
            }
            Self::Block => who.blocks(),
            Self::Unblock => who.unblocks(),
            Self::Leave => {
                who.leaves();
                return Ok(Vec::new());
            }
        };
        Ok(vec![one])
    }
}

fn find(assets: &[Asset], name: &str) -> Result<Asset, Refused> {
    let found = assets.iter().find(|it| it.name == name);
    let names = || assets.iter().map(|it| it.name).collect::<Vec<_>>().join(", ");
    found.copied().ok_or_else(|| Refused::bad(format!("there is no {name}; there are {}", names())))
}
