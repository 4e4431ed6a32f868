//! Updates of Telegram -> universal events. Pure: knows nothing of queues and portals.
//!
//! Start with [`webhook`]; polling hands its updates to the same [`Reader`].

use openlines_base::{Secret, Time};
use openlines_protocol::{Body, Chat, Contact, Forwarded, Location, Message, ReplyTo, User};
use serde_json::Value;

use super::render;
use super::{api, files, text, wire};
use crate::{Connection, Hook, Incoming, ParseError, Parsed};

/// Header in which Telegram repeats the secret given to `setWebhook`.
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
/// Characters kept of names, titles and the like. Telegram allows 64 for a name, 255 for a title.
const NAME_MAX: usize = 256;
/// Characters kept of a text. Telegram allows 4096; more would be a new kind of message.
const TEXT_MAX: usize = 65_536;
/// Bytes kept of a vCard. Source: Bot API, `Contact.vcard`.
const VCARD_MAX: usize = 2048;
/// Characters kept of a button's data; we send at most 64.
const DATA_MAX: usize = 4096;
/// Characters of a start parameter. Source: <https://core.telegram.org/bots/features#deep-linking>.
const START_MAX: usize = 64;
/// Reactions read of one update. A customer may put three at most.
const REACTIONS_MAX: usize = 16;

/// Checks the secret and reads one update.
pub(super) fn webhook(connection: &Connection, hook: &Hook) -> Result<Parsed, ParseError> {
    let memory = api::memory(connection);
    let given = hook.headers.get(SECRET_HEADER).map_or(&b""[..], |it| it.as_bytes());
    if memory.secret.is_empty() || !Secret::new(memory.secret.as_str()).matches(given) {
        return Err(ParseError::Unauthorized);
    }
    let update = serde_json::from_slice(&hook.body).map_err(|it| ParseError::Malformed(format!("no JSON: {it}")))?;
    let mut reader =
        Reader { connection, bot_id: memory.bot_id, received_at: hook.received_at, parsed: Parsed::default() };
    match reader.update(update) {
        Some(_) => Ok(reader.parsed),
        None => Err(ParseError::Malformed("no update_id".to_owned())),
    }
}

/// Gathers what one webhook or one poll brought.
pub(super) struct Reader<'a> {
    pub(super) connection: &'a Connection,
    pub(super) bot_id: i64,
    /// When we got it, for updates that carry no date.
    pub(super) received_at: Time,
    pub(super) parsed: Parsed,
}

impl Reader<'_> {
    /// Reads one update; its id, or nothing if it has none and so is not Telegram's.
    pub(super) fn update(&mut self, raw: Value) -> Option<i64> {
        let update_id = raw.get("update_id")?.as_i64()?;
        let kind = raw.as_object()?.keys().find(|it| *it != "update_id").cloned().unwrap_or_default();
        match serde_json::from_value::<wire::Update>(raw) {
            Ok(update) => self.known(update),
            Err(_) => self.unknown(update_id, &kind),
        }
        Some(update_id)
    }

    fn known(&mut self, update: wire::Update) {
        let id = update.update_id;
        if let Some(message) = update.message {
            self.message(id, *message);
        } else if let Some(message) = update.edited_message {
            self.edited(id, *message);
        } else if let Some(query) = update.callback_query {
            self.callback(id, &query);
        } else if let Some(change) = update.my_chat_member {
            self.member(id, &change);
        } else if let Some(change) = update.message_reaction {
            self.reaction(id, change);
        } else if let Some(kind) = update.rest.keys().next() {
            match kind.as_str() {
                "business_connection"
                | "business_message"
                | "edited_business_message"
                | "deleted_business_messages" => self.ignore("business"),
                "channel_post" | "edited_channel_post" => self.ignore("channel_post"),
                kind => self.unknown(id, kind),
            }
        } else {
            self.unknown(id, "");
        }
    }

    fn message(&mut self, id: i64, message: wire::Message) {
        if let Some(to) = message.migrate_to_chat_id {
            let body = Body::ChatMoved { chat: chat(&message.chat), to: to.to_string() };
            return self.push(id, message.date, body);
        }
        if message.chat.kind != "private" {
            return self.ignore("group_message");
        }
        let user = user_of(&message);
        if message.rest.contains_key("write_access_allowed") {
            let body = Body::Subscribed { user, chat: chat(&message.chat) };
            return self.push(id, message.date, body);
        }
        let (date, place) = (message.date, chat(&message.chat));
        if let Some(message) = self.content(message) {
            self.push(id, date, Body::MessageNew { user, chat: place, message });
        }
    }

    fn edited(&mut self, id: i64, message: wire::Message) {
        if message.chat.kind != "private" {
            return self.ignore("group_message");
        }
        // A live location moves by edits, every few seconds for hours: the operator needs the first place only.
        if message.location.is_some() {
            return self.ignore("live_location");
        }
        let (date, user, place) = (message.edit_date.unwrap_or(message.date), user_of(&message), chat(&message.chat));
        if let Some(message) = self.content(message) {
            self.push(id, date, Body::MessageEdited { user, chat: place, message });
        }
    }

    /// The content of a message, or nothing for a service message.
    fn content(&mut self, mut message: wire::Message) -> Option<Message> {
        let (raw, entities) = match (message.text.take(), message.caption.take()) {
            (Some(it), _) => (it, std::mem::take(&mut message.entities)),
            (None, Some(it)) => (it, std::mem::take(&mut message.caption_entities)),
            (None, None) => (String::new(), Vec::new()),
        };
        let start_payload = start_payload(&raw);
        let mut text = text::from_entities(cut(&raw, TEXT_MAX), &entities);
        if let Some(sticker) = &message.sticker {
            text = text::escape(cut(&sticker.emoji, NAME_MAX));
        }
        let files = files::of(&message);
        let contact = message.contact.as_ref().map(|it| contact(it, message.from.as_ref()));
        let location = location(&message);
        if text.is_empty() && files.is_empty() && contact.is_none() && location.is_none() {
            text = self.stub(&message)?;
        }
        Some(Message {
            id: message.message_id.to_string(),
            date: Time::from_s(message.date),
            text,
            files,
            location,
            contact,
            reply_to: message.reply_to_message.as_ref().map(|it| ReplyTo {
                message_id: it.message_id.to_string(),
                quote: message.quote.as_ref().and_then(|it| filled(&it.text, TEXT_MAX)),
            }),
            forwarded: message.forward_origin.as_ref().map(forwarded),
            buttons: Vec::new(),
            album: message.media_group_id.as_deref().and_then(|it| filled(it, NAME_MAX)),
            start_payload,
        })
    }

    /// Words for content that we cannot show: `[poll] What time?`. Nothing for a service message.
    fn stub(&mut self, message: &wire::Message) -> Option<String> {
        let mut kinds = message.rest.keys().filter(|it| !ENVELOPE.contains(&it.as_str()));
        let (label, count, detail) = match kinds.next().map(String::as_str) {
            None => ("message", "stub_message", ""),
            Some(kind) if SERVICE.contains(&kind) => {
                self.ignore("service_message");
                return None;
            }
            Some(kind) => match STUBS.iter().find(|it| it.0 == kind) {
                Some((_, label, count, field)) => {
                    (*label, *count, message.rest[kind].get(*field).and_then(Value::as_str).unwrap_or_default())
                }
                None => (cut(kind, NAME_MAX), "stub_other", ""),
            },
        };
        self.ignore(count);
        let stub = format!("[{}] {}", label.replace('_', " "), cut(detail, NAME_MAX));
        Some(text::escape(stub.trim_end()))
    }

    fn callback(&mut self, id: i64, query: &wire::CallbackQuery) {
        self.parsed.calls.push(render::answer_callback(self.connection, &query.id));
        let Some(data) = query.data.as_deref().and_then(|it| filled(it, DATA_MAX)) else {
            return self.ignore("callback_without_data");
        };
        let user = user(&query.from);
        // A press under a message sent through another chat's inline mode has no message: the private chat is the user's.
        let place = match &query.message {
            Some(it) if it.chat.kind != "private" => return self.ignore("group_callback"),
            Some(it) => chat(&it.chat),
            None => Chat { id: user.id.clone(), ..Chat::default() },
        };
        let message_id = query.message.as_ref().map(|it| it.message_id.to_string());
        let body = Body::Callback { user, chat: place, message_id, data };
        self.push_at(id, self.received_at, body);
    }

    fn member(&mut self, id: i64, change: &wire::ChatMemberUpdated) {
        if change.chat.kind != "private" {
            return self.ignore("group_member");
        }
        let (user, chat) = (user(&change.from), chat(&change.chat));
        let body = match change.new_chat_member.status.as_str() {
            "kicked" => Body::Unsubscribed { user, chat },
            "member" => Body::Subscribed { user, chat },
            _ => return self.ignore("member_status"),
        };
        self.push(id, change.date, body);
    }

    fn reaction(&mut self, id: i64, change: wire::MessageReactionUpdated) {
        let Some(author) = change.user.filter(|_| change.chat.kind == "private") else {
            return self.ignore("group_reaction");
        };
        let (old, new) = (emoji(&change.old_reaction), emoji(&change.new_reaction));
        let added: Vec<String> = new.iter().filter(|it| !old.contains(it)).cloned().collect();
        let removed: Vec<String> = old.into_iter().filter(|it| !new.contains(it)).collect();
        if added.is_empty() && removed.is_empty() {
            return self.ignore("same_reaction");
        }
        let (user, chat) = (user(&author), chat(&change.chat));
        let body = Body::Reaction { user, chat, message_id: change.message_id.to_string(), added, removed };
        self.push(id, change.date, body);
    }

    fn unknown(&mut self, id: i64, kind: &str) {
        self.push_at(id, self.received_at, Body::Unknown { what: cut(kind, NAME_MAX).to_owned() });
    }

    fn ignore(&mut self, what: &'static str) {
        self.parsed.ignored.push(what);
    }

    fn push(&mut self, update_id: i64, date_s: i64, body: Body) {
        let at = if date_s > 0 { Time::from_s(date_s) } else { self.received_at };
        self.push_at(update_id, at, body);
    }

    fn push_at(&mut self, update_id: i64, occurred_at: Time, body: Body) {
        let external_id = format!("tg:{}:{update_id}", self.bot_id);
        self.parsed.events.push(Incoming { external_id, occurred_at, body });
    }
}

/// The parameter of `/start <parameter>`; empty for a bare `/start`, which every first contact begins with.
fn start_payload(text: &str) -> Option<String> {
    let rest = text.strip_prefix("/start")?;
    if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
        return None;
    }
    Some(cut(rest.trim(), START_MAX).to_owned())
}

fn user_of(message: &wire::Message) -> User {
    match &message.from {
        Some(it) => user(it),
        None => user(&wire::User {
            id: message.chat.id,
            first_name: message.chat.first_name.clone(),
            last_name: message.chat.last_name.clone(),
            username: message.chat.username.clone(),
            language_code: None,
        }),
    }
}

fn user(from: &wire::User) -> User {
    let login = from.username.as_deref().and_then(|it| filled(it, NAME_MAX));
    User {
        id: from.id.to_string(),
        name: cut(&from.first_name, NAME_MAX).to_owned(),
        last_name: cut(&from.last_name, NAME_MAX).to_owned(),
        picture: Some(Incoming::hub_file(&files::avatar(from.id))),
        url: login.as_ref().map(|it| format!("https://t.me/{it}")),
        login,
        language: from.language_code.as_deref().and_then(|it| filled(it, NAME_MAX)),
        ..User::default()
    }
}

fn chat(from: &wire::Chat) -> Chat {
    Chat { id: from.id.to_string(), name: from.title.as_deref().and_then(|it| filled(it, NAME_MAX)), url: None }
}

fn location(message: &wire::Message) -> Option<Location> {
    let (place, title, address) = match (&message.venue, message.location) {
        (Some(it), _) => (it.location, filled(&it.title, NAME_MAX), filled(&it.address, TEXT_MAX)),
        (None, Some(it)) => (it, None, None),
        (None, None) => return None,
    };
    let is_on_earth = place.latitude.abs() <= 90.0 && place.longitude.abs() <= 180.0;
    is_on_earth.then_some(Location { latitude: place.latitude, longitude: place.longitude, title, address })
}

fn contact(card: &wire::Contact, from: Option<&wire::User>) -> Contact {
    let name = format!("{} {}", card.first_name, card.last_name);
    Contact {
        name: cut(name.trim(), NAME_MAX).to_owned(),
        phone: filled(&card.phone_number, NAME_MAX),
        own: card.user_id.is_some() && card.user_id == from.map(|it| it.id),
        vcard: card.vcard.as_deref().filter(|it| !it.is_empty() && it.len() <= VCARD_MAX).map(str::to_owned),
    }
}

fn forwarded(origin: &wire::Origin) -> Forwarded {
    let from = match origin {
        wire::Origin { sender_user: Some(it), .. } => format!("{} {}", it.first_name, it.last_name),
        wire::Origin { sender_chat: Some(it), .. } | wire::Origin { chat: Some(it), .. } => {
            it.title.clone().unwrap_or_else(|| format!("{} {}", it.first_name, it.last_name))
        }
        wire::Origin { sender_user_name: Some(it), .. } => it.clone(),
        _ => String::new(),
    };
    Forwarded { from: cut(from.trim(), NAME_MAX).to_owned(), date: origin.date.map(Time::from_s) }
}

/// Emoji as they are; pictures of other kinds as `custom`.
fn emoji(reactions: &[wire::Reaction]) -> Vec<String> {
    let name = |it: &wire::Reaction| it.emoji.as_deref().map_or("custom", |it| cut(it, NAME_MAX)).to_owned();
    reactions.iter().take(REACTIONS_MAX).map(name).collect()
}

/// A text cut to `chars_max`, or nothing if it is empty.
fn filled(text: &str, chars_max: usize) -> Option<String> {
    Some(cut(text, chars_max).to_owned()).filter(|it| !it.is_empty())
}

/// At most `chars_max` characters of the start.
pub(super) fn cut(text: &str, chars_max: usize) -> &str {
    text.char_indices().nth(chars_max).map_or(text, |(end, _)| &text[..end])
}

/// Fields of a message that say nothing about its content.
const ENVELOPE: &[&str] = &[
    "author_signature",
    "business_connection_id",
    "direct_messages_topic",
    "effect_id",
    "external_reply",
    "guest_bot_caller_chat",
    "guest_bot_caller_user",
    "guest_query_id",
    "has_media_spoiler",
    "has_protected_content",
    "is_automatic_forward",
    "is_from_offline",
    "is_paid_post",
    "is_topic_message",
    "link_preview_options",
    "message_thread_id",
    "paid_star_count",
    "receiver_user",
    "reply_markup",
    "reply_to_checklist_task_id",
    "reply_to_poll_option_id",
    "reply_to_story",
    "sender_boost_count",
    "sender_business_bot",
    "sender_chat",
    "sender_tag",
    "show_caption_above_media",
    "suggested_post_info",
    "via_bot",
];

/// Notices that a chat writes by itself: nobody's words.
const SERVICE: &[&str] = &[
    "boost_added",
    "channel_chat_created",
    "chat_background_set",
    "chat_owner_changed",
    "chat_owner_left",
    "chat_shared",
    "checklist_tasks_added",
    "checklist_tasks_done",
    "connected_website",
    "delete_chat_photo",
    "direct_message_price_changed",
    "forum_topic_closed",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "giveaway_completed",
    "giveaway_created",
    "group_chat_created",
    "left_chat_member",
    "managed_bot_created",
    "message_auto_delete_timer_changed",
    "migrate_from_chat_id",
    "new_chat_members",
    "new_chat_photo",
    "new_chat_title",
    "paid_message_price_changed",
    "passport_data",
    "pinned_message",
    "poll_option_added",
    "poll_option_deleted",
    "proximity_alert_triggered",
    "refunded_payment",
    "successful_payment",
    "suggested_post_approval_failed",
    "suggested_post_approved",
    "suggested_post_declined",
    "suggested_post_paid",
    "suggested_post_refunded",
    "supergroup_chat_created",
    "users_shared",
    "video_chat_ended",
    "video_chat_participants_invited",
    "video_chat_scheduled",
    "video_chat_started",
    "web_app_data",
];

/// Content that we name instead of showing: its field, the label, the counter, the field with a detail.
const STUBS: &[(&str, &str, &str, &str)] = &[
    ("checklist", "checklist", "stub_checklist", "title"),
    ("dice", "dice", "stub_dice", "emoji"),
    ("game", "game", "stub_game", "title"),
    ("gift", "gift", "stub_gift", "text"),
    ("giveaway", "giveaway", "stub_giveaway", "prize_description"),
    ("giveaway_winners", "giveaway winners", "stub_giveaway", "prize_description"),
    ("invoice", "invoice", "stub_invoice", "title"),
    ("paid_media", "paid media", "stub_paid_media", ""),
    ("poll", "poll", "stub_poll", "question"),
    ("rich_message", "rich message", "stub_rich_message", ""),
    ("story", "story", "stub_story", ""),
    ("unique_gift", "unique gift", "stub_gift", "text"),
];
