//! The universal message: one shape for every messenger.

use openlines_base::Time;
use serde::{Deserialize, Serialize};

/// Who writes, as the messenger tells it. Every field but `id` may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The channel's id of the person, opaque to all but the connector. Unique within a connection.
    pub id: String,
    /// First name, or the whole name where the channel has one field.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Last name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_name: String,
    /// The name that others can find the person by, without `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// Link to the photo; may be a signed hub link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Link to the person's page at the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// As the channel tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// E-mail address, unchecked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone as the channel writes it, unchecked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// IETF language tag: `ru`, `pt-br`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Sex of a [`User`], where the channel tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// Where it is written: a private chat, a post with comments, a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    /// The channel's id of the chat, opaque to all but the connector. Answers go to it.
    pub id: String,
    /// Title of the post or group; absent for a private chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Link to the post or group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One message. Text, files, a place, a contact: any mix, at least one of them, or a stub text for what we cannot show.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The channel's id of the message, unique within its chat. Edits, deletions, replies and reactions name it.
    pub id: String,
    /// When the customer wrote it, by the channel's clock.
    pub date: Time,
    /// Unicode with BB code: `[b] [i] [u] [s] [code] [quote] [url=…] [spoiler]`. Literal `[` of such a tag is escaped
    /// as `[[]`. Emoji are plain Unicode whatever the messenger sent. May be empty when there are files.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Links, never bytes. In the order shown by the channel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// A place on the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// A contact card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// The message answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<ReplyTo>,
    /// Where it was forwarded from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<Forwarded>,
    /// Rows of buttons under the message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Vec<Button>>,
    /// Messages of one chat with equal album belong together: the receiver joins them into the first as one message
    /// with many files, whenever they come. Absent for a single message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub album: Option<String>,
    /// Parameter of the link that the customer came by (`https://t.me/<bot>?start=<p>`); up to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_payload: Option<String>,
}

/// A link to a file of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Where to download it; absent when the channel does not give it (too big), then `name` and `size` tell what it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// File name, unsafe: the receiver cleans it.
    pub name: String,
    /// Media type as told by the channel, unchecked.
    pub mime: String,
    /// Bytes, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// How to show it.
    pub kind: FileKind,
    /// Seconds of sound or film.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Equal for equal files of one channel: a receiver that has it need not download again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_id: Option<String>,
}

/// How a [`File`] is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Picture.
    Image,
    /// Film, also a round one or a silent animation.
    Video,
    /// Music or a recording with a title.
    Audio,
    /// Spoken message.
    Voice,
    /// Sticker: a small picture without a frame; its emoji is the message's text.
    Sticker,
    /// Anything else.
    File,
}

/// A place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
    /// Name of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// A contact card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Full name.
    pub name: String,
    /// Phone as the channel writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The customer's own card, confirmed by the channel: may go to the customer's record.
    #[serde(default)]
    pub own: bool,
    /// vCard text, up to 2 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vcard: Option<String>,
}

/// The message answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTo {
    /// The channel's id of it.
    pub message_id: String,
    /// The part that was quoted, plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

/// Where a message was forwarded from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forwarded {
    /// Person, chat or channel; may be empty when hidden.
    pub from: String,
    /// When it was first written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Time>,
}

/// One button under a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What stands on it.
    pub text: String,
    /// Comes back in a `callback` event; 1 to 4096 bytes. Either this or `url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Opens a page instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}
