//! The Bot API's JSON as types: only the fields that we read.
//!
//! Everything but ids is optional, as new kinds appear every few weeks and old ones lose fields. Whole reference:
//! <https://core.telegram.org/bots/api>. Lengths are checked where values are used, not here.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// Reads a side field, or leaves it empty if its shape changed: a message is never lost for the sake of its trimmings.
fn lenient<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(from)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// One event of a bot. At most one of the optional fields is there. <https://core.telegram.org/bots/api#update>
#[derive(Debug, Deserialize)]
pub(super) struct Update {
    pub(super) update_id: i64,
    pub(super) message: Option<Box<Message>>,
    pub(super) edited_message: Option<Box<Message>>,
    pub(super) callback_query: Option<CallbackQuery>,
    pub(super) my_chat_member: Option<ChatMemberUpdated>,
    pub(super) message_reaction: Option<MessageReactionUpdated>,
    /// Kinds that we do not read.
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// <https://core.telegram.org/bots/api#user>
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct User {
    pub(super) id: i64,
    #[serde(default)]
    pub(super) first_name: String,
    #[serde(default)]
    pub(super) last_name: String,
    pub(super) username: Option<String>,
    pub(super) language_code: Option<String>,
}

/// <https://core.telegram.org/bots/api#chat>
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Chat {
    pub(super) id: i64,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) first_name: String,
    #[serde(default)]
    pub(super) last_name: String,
    pub(super) username: Option<String>,
}

/// <https://core.telegram.org/bots/api#message>
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) message_id: i64,
    pub(super) from: Option<User>,
    pub(super) chat: Chat,
    /// Seconds since 1970; 0 when the message is no longer accessible.
    #[serde(default)]
    pub(super) date: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) edit_date: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) media_group_id: Option<String>,
    pub(super) text: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) entities: Vec<Entity>,
    pub(super) caption: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) caption_entities: Vec<Entity>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) reply_to_message: Option<RepliedTo>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) quote: Option<TextQuote>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) forward_origin: Option<Origin>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) photo: Vec<Media>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) live_photo: Option<Media>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) video: Option<Media>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) animation: Option<Media>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) audio: Option<Media>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) document: Option<Media>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) voice: Option<Media>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) video_note: Option<Media>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) sticker: Option<Sticker>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) location: Option<Location>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) venue: Option<Venue>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) contact: Option<Contact>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) migrate_to_chat_id: Option<i64>,
    /// Kinds of content that we show as a stub, service messages, and what is newer than we are.
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// The message answered; we need only its id. <https://core.telegram.org/bots/api#message>
#[derive(Debug, Deserialize)]
pub(super) struct RepliedTo {
    pub(super) message_id: i64,
}

/// <https://core.telegram.org/bots/api#textquote>
#[derive(Debug, Deserialize)]
pub(super) struct TextQuote {
    #[serde(default)]
    pub(super) text: String,
}

/// <https://core.telegram.org/bots/api#messageorigin>
#[derive(Debug, Deserialize)]
pub(super) struct Origin {
    pub(super) date: Option<i64>,
    pub(super) sender_user: Option<User>,
    pub(super) sender_user_name: Option<String>,
    pub(super) sender_chat: Option<Chat>,
    pub(super) chat: Option<Chat>,
}

/// A part of a text with a meaning. Units are UTF-16. <https://core.telegram.org/bots/api#messageentity>
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Entity {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) offset: usize,
    pub(super) length: usize,
    pub(super) url: Option<String>,
}

/// Any file: the fields of `PhotoSize`, `Video`, `Animation`, `Audio`, `Document`, `Voice`, `VideoNote`, `LivePhoto`,
/// `Sticker` that tell how to get and show it. <https://core.telegram.org/bots/api#document>
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Media {
    pub(super) file_id: String,
    pub(super) file_unique_id: String,
    pub(super) file_size: Option<u64>,
    pub(super) file_name: Option<String>,
    pub(super) mime_type: Option<String>,
    pub(super) duration: Option<u32>,
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
    /// Width and height of a round video.
    pub(super) length: Option<u32>,
    /// Song title and who sings it.
    pub(super) title: Option<String>,
    pub(super) performer: Option<String>,
}

/// <https://core.telegram.org/bots/api#sticker>
#[derive(Debug, Deserialize)]
pub(super) struct Sticker {
    #[serde(flatten)]
    pub(super) media: Media,
    #[serde(default)]
    pub(super) emoji: String,
    #[serde(default)]
    pub(super) is_animated: bool,
    #[serde(default)]
    pub(super) is_video: bool,
    pub(super) thumbnail: Option<Media>,
}

/// <https://core.telegram.org/bots/api#location>
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Location {
    pub(super) latitude: f64,
    pub(super) longitude: f64,
}

/// <https://core.telegram.org/bots/api#venue>
#[derive(Debug, Deserialize)]
pub(super) struct Venue {
    pub(super) location: Location,
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) address: String,
}

/// <https://core.telegram.org/bots/api#contact>
#[derive(Debug, Deserialize)]
pub(super) struct Contact {
    #[serde(default)]
    pub(super) phone_number: String,
    #[serde(default)]
    pub(super) first_name: String,
    #[serde(default)]
    pub(super) last_name: String,
    pub(super) user_id: Option<i64>,
    pub(super) vcard: Option<String>,
}

/// <https://core.telegram.org/bots/api#callbackquery>
#[derive(Debug, Deserialize)]
pub(super) struct CallbackQuery {
    pub(super) id: String,
    pub(super) from: User,
    pub(super) message: Option<Pressed>,
    pub(super) data: Option<String>,
}

/// The message under which a button stands; may be inaccessible.
/// <https://core.telegram.org/bots/api#maybeinaccessiblemessage>
#[derive(Debug, Deserialize)]
pub(super) struct Pressed {
    pub(super) message_id: i64,
    pub(super) chat: Chat,
}

/// <https://core.telegram.org/bots/api#chatmemberupdated>
#[derive(Debug, Deserialize)]
pub(super) struct ChatMemberUpdated {
    pub(super) chat: Chat,
    pub(super) from: User,
    #[serde(default)]
    pub(super) date: i64,
    pub(super) new_chat_member: ChatMember,
}

/// <https://core.telegram.org/bots/api#chatmember>
#[derive(Debug, Deserialize)]
pub(super) struct ChatMember {
    #[serde(default)]
    pub(super) status: String,
}

/// <https://core.telegram.org/bots/api#messagereactionupdated>
#[derive(Debug, Deserialize)]
pub(super) struct MessageReactionUpdated {
    pub(super) chat: Chat,
    pub(super) message_id: i64,
    pub(super) user: Option<User>,
    #[serde(default)]
    pub(super) date: i64,
    #[serde(default)]
    pub(super) old_reaction: Vec<Reaction>,
    #[serde(default)]
    pub(super) new_reaction: Vec<Reaction>,
}

/// <https://core.telegram.org/bots/api#reactiontype>
#[derive(Debug, Deserialize)]
pub(super) struct Reaction {
    pub(super) emoji: Option<String>,
}

/// Every answer. <https://core.telegram.org/bots/api#making-requests>
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    pub(super) ok: bool,
    #[serde(default)]
    pub(super) result: Value,
    pub(super) error_code: Option<u16>,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) parameters: Parameters,
}

/// <https://core.telegram.org/bots/api#responseparameters>
#[derive(Debug, Default, Deserialize)]
pub(super) struct Parameters {
    pub(super) retry_after: Option<u32>,
    pub(super) migrate_to_chat_id: Option<i64>,
}

/// <https://core.telegram.org/bots/api#webhookinfo>
#[derive(Debug, Default, Deserialize)]
pub(super) struct WebhookInfo {
    #[serde(default)]
    pub(super) url: String,
    #[serde(default)]
    pub(super) pending_update_count: u64,
    pub(super) last_error_message: Option<String>,
    #[serde(default)]
    pub(super) allowed_updates: Vec<String>,
}

/// The account itself, from `getMe`. <https://core.telegram.org/bots/api#getme>
#[derive(Debug, Deserialize)]
pub(super) struct Me {
    pub(super) id: i64,
    #[serde(default)]
    pub(super) first_name: String,
    pub(super) username: Option<String>,
}

/// <https://core.telegram.org/bots/api#file>
#[derive(Debug, Deserialize)]
pub(super) struct FileInfo {
    pub(super) file_path: Option<String>,
}

/// <https://core.telegram.org/bots/api#userprofilephotos>
#[derive(Debug, Deserialize)]
pub(super) struct UserProfilePhotos {
    #[serde(default)]
    pub(super) photos: Vec<Vec<Media>>,
}

/// What the connector keeps of a connection between calls, encrypted by the hub.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    /// The bot's id; part of every event's key.
    pub(super) bot_id: i64,
    /// What Telegram must send in `X-Telegram-Bot-Api-Secret-Token`. Empty when polling: then no webhook is taken.
    #[serde(default)]
    pub(super) secret: String,
    /// The address given to `setWebhook`; absent when polling.
    #[serde(default)]
    pub(super) hook_url: Option<String>,
}
