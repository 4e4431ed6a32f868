//! What a connector tells about itself. Forms, limits, icons and help are drawn from this data.

use serde::Serialize;

/// Facts about a channel.
#[derive(Debug, Serialize)]
pub struct About {
    /// Stable code in tables, addresses and events: `telegram`.
    pub code: &'static str,
    /// The messenger's own name.
    pub title: &'static str,
    /// Two or three letters for the channel mark, as colour alone tells nothing.
    pub mark: &'static str,
    /// Colour of the channel mark: `#rrggbb`, readable under white text.
    pub color: &'static str,
    /// Icon as SVG text without scripts.
    pub icon: &'static str,
    /// One sentence for the channel's card.
    pub summary: Texts,
    /// How to get the values of `fields`: steps in order.
    pub steps: &'static [Texts],
    /// Settings that the admin fills in. Unknown names are refused.
    pub fields: &'static [Field],
    /// What the channel can do.
    pub can: Can,
    /// What it allows.
    pub limits: Limits,
}

/// A text in both languages of the interface.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Texts {
    /// English.
    pub en: &'static str,
    /// Russian.
    pub ru: &'static str,
}

/// One setting of a connection.
#[derive(Debug, Serialize)]
pub struct Field {
    /// Name in `saveSettings`.
    pub name: &'static str,
    /// How it is typed and kept.
    pub kind: FieldKind,
    /// Label.
    pub label: Texts,
    /// A line under the field.
    pub help: Texts,
    /// Regular expression that a right value matches whole (the common subset of Rust and JavaScript).
    pub pattern: Option<&'static str>,
    /// Must be filled.
    pub required: bool,
}

/// How a [`Field`] is typed and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Plain text.
    Text,
    /// Shown masked, encrypted at rest, never sent back to a portal.
    Secret,
    /// `true` or `false`.
    Switch,
}

/// Powers. A power that is false is refused by `render` with a clear text; the contract test proves both.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Can {
    /// Change a message sent before.
    pub edit: bool,
    /// Take a message back.
    pub delete: bool,
    /// Show typing to the customer.
    pub typing: bool,
    /// Tell the customer that the operator read.
    pub read: bool,
    /// Answer a certain message.
    pub reply: bool,
    /// Buttons under a message.
    pub buttons: bool,
    /// Files.
    pub files: bool,
    /// Bold, italic and the like.
    pub formatting: bool,
    /// Write to a customer who has not written to us.
    pub write_first: bool,
    /// Tell `delivered`.
    pub delivered: bool,
    /// Tell `read`.
    pub seen: bool,
}

/// Limits of a channel.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Limits {
    /// UTF-16 units of text in one message; longer is split.
    pub text_max: usize,
    /// Files in one message.
    pub files_max: usize,
    /// Bytes of a picture; larger goes as a document or a link.
    pub image_max_bytes: u64,
    /// Bytes of any other file; larger goes as a link.
    pub file_max_bytes: u64,
    /// Seconds after which a message can no longer be taken back; absent: any time.
    pub delete_within_s: Option<u32>,
    /// Calls of one connection in all.
    pub connection_rate: Rate,
    /// Calls to one chat.
    pub chat_rate: Rate,
}

/// So many calls in so many milliseconds, and the burst allowed after silence.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Rate {
    /// Calls.
    pub calls: u32,
    /// Milliseconds.
    pub per_ms: u32,
    /// Calls at once after silence.
    pub burst: u32,
}
