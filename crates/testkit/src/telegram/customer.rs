//! A person with the app: writes, sends, presses, blocks, and reads what comes.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;

use openlines_base::{DAY, SECOND, Time};
use serde_json::{Value, json};

use super::bot::FakeBot;
use super::media::Asset;
use super::shared::Shared;
use super::world::{Line, Person, Press, Sent, World};

mod sends;

/// How long a button press is delivered. Source: the official server, `Client.cpp`.
const PRESS_S: u32 = 150;

/// Answered presses that are remembered.
const PRESSES_KEPT: usize = 1000;

/// A person in the chat with one bot. Cheap to clone.
#[derive(Clone)]
pub struct Customer {
    bot: FakeBot,
    id: i64,
}

/// A message that is on its way. Awaiting it waits until the bot has taken it.
pub struct Written {
    shared: Arc<Shared>,
    bot_id: i64,
    update_id: Option<i64>,
    message_id: i64,
}

impl Written {
    /// Its number in the chat.
    #[must_use]
    pub const fn message_id(&self) -> i64 {
        self.message_id
    }

    /// The update that carries it; `None` if the bot does not want updates of this kind.
    #[must_use]
    pub const fn update_id(&self) -> Option<i64> {
        self.update_id
    }
}

impl IntoFuture for Written {
    type Output = i64;
    type IntoFuture = Pin<Box<dyn Future<Output = i64> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { shared, bot_id, update_id, message_id } = self;
            let is_taken = |world: &World| {
                let waiting = world.bots.get(&bot_id).map(|it| &it.updates);
                waiting.is_none_or(|it| !it.iter().any(|it| Some(it.id) == update_id))
            };
            shared.until("the bot has taken an update", is_taken).await;
            message_id
        })
    }
}

impl Customer {
    pub(super) const fn new(bot: FakeBot, id: i64) -> Self {
        Self { bot, id }
    }

    /// The number of the account; also the number of the private chat.
    #[must_use]
    pub const fn id(&self) -> i64 {
        self.id
    }

    /// The bot that this person talks to.
    #[must_use]
    pub const fn bot(&self) -> &FakeBot {
        &self.bot
    }

    /// Sets how the account looks.
    pub fn looks(&self, last_name: &str, username: Option<&str>, language: &str, face: Asset) -> &Self {
        if let Some(person) = self.bot.shared().lock().people.get_mut(&self.id) {
            person.last_name = last_name.to_owned();
            person.username = username.map(str::to_owned);
            person.language = language.to_owned();
            person.face = face;
        }
        self
    }

    /// Writes a text.
    pub fn writes(&self, text: &str) -> Written {
        self.sends(json!({ "text": text }))
    }

    /// Writes a text with entities as the Bot API has them.
    pub fn writes_formatted(&self, text: &str, entities: &Value) -> Written {
        self.sends(json!({ "text": text, "entities": entities }))
    }

    /// Presses "Start", perhaps after a link with a parameter.
    pub fn starts(&self, payload: &str) -> Written {
        let text = format!("/start {payload}");
        self.sends(json!({
            "text": text.trim_end(),
            "entities": [{ "type": "bot_command", "offset": 0, "length": 6 }],
        }))
    }

    /// Answers one of the messages of the chat.
    pub fn replies(&self, message_id: i64, text: &str) -> Written {
        let answered = self.line_json(message_id);
        self.sends(json!({ "text": text, "reply_to_message": answered }))
    }

    /// Forwards words of somebody else.
    pub fn forwards(&self, from: &str, text: &str) -> Written {
        let date = self.now().s() - 3600;
        let origin = json!({ "type": "hidden_user", "sender_user_name": from, "date": date });
        self.sends(json!({ "text": text, "forward_origin": origin }))
    }

    /// Sends any content: fields of `Message` besides who, where and when.
    pub fn sends(&self, content: Value) -> Written {
        let now = self.now();
        let shared = self.bot.shared();
        let mut world = shared.lock();
        let message_id = world.bots.get_mut(&self.bot.id()).map_or(0, |it| it.message_id());
        let mut message = self.envelope(&world, message_id, now);
        merge(&mut message, content);
        if let Some(bot) = world.bots.get_mut(&self.bot.id()) {
            bot.add_line(self.id, Line { message_id, json: message.clone(), sent: None });
            let chat = bot.chats.entry(self.id).or_default();
            (chat.is_started, chat.is_blocked) = (true, false);
        }
        let update_id = world.push(self.bot.id(), "message", &self.queue(), message, now + DAY);
        drop(world);
        self.written(update_id, message_id)
    }

    /// Changes the words of an own message.
    pub fn edits(&self, message_id: i64, text: &str) -> Written {
        let now = self.now();
        let mut message = self.line_json(message_id);
        let field = if message.get("text").is_some() { "text" } else { "caption" };
        message[field] = json!(text);
        message["edit_date"] = json!(now.s());
        let mut world = self.bot.shared().lock();
        let line = world.bots.get_mut(&self.bot.id()).and_then(|it| it.chats.get_mut(&self.id)?.line(message_id));
        if let Some(line) = line {
            line.json = message.clone();
        }
        let update_id = world.push(self.bot.id(), "edited_message", &self.queue(), message, now + DAY);
        drop(world);
        self.written(update_id, message_id)
    }

    /// Presses the newest button with this text.
    ///
    /// # Panics
    /// If there is none: then the test's story is wrong.
    pub fn presses(&self, button: &str) -> Written {
        let pressed = self.tries_to_press(button);
        pressed.unwrap_or_else(|| panic!("there is no button “{button}” to press"))
    }

    /// Presses the newest button with this text, if there is one.
    pub fn tries_to_press(&self, button: &str) -> Option<Written> {
        let now = self.now();
        let mut world = self.bot.shared().lock();
        let from = world.people.get(&self.id).map(Person::user);
        let query_id = format!("2147{:015}", world.serial());
        let found = world.bots.get(&self.bot.id()).and_then(|it| {
            let lines = it.chats.get(&self.id)?.lines.iter().rev();
            lines.filter_map(|it| Some((it, it.sent.as_ref().filter(|it| it.deleted_at.is_none())?))).find_map(
                |(line, sent)| {
                    let found = sent.buttons.iter().flatten().find(|it| it.text == button)?;
                    Some((line.json.clone(), line.message_id, found.data.clone()?))
                },
            )
        });
        let (message, message_id, data) = found?;
        let press = Press { pressed_at: now, is_answered: false };
        let query =
            json!({ "id": query_id, "from": from, "message": message, "chat_instance": "-38716", "data": data });
        let queue = format!("callback {}", self.id);
        let update_id = world.push(self.bot.id(), "callback_query", &queue, query, now + SECOND * PRESS_S);
        if let (Some(bot), Some(_)) = (world.bots.get_mut(&self.bot.id()), update_id) {
            if bot.presses.len() >= PRESSES_KEPT {
                bot.presses.retain(|_, it| !it.is_answered);
            }
            bot.presses.insert(query_id, press);
        }
        drop(world);
        Some(self.written(update_id, message_id))
    }

    /// Puts a reaction on a message; an empty one takes it back.
    pub fn reacts(&self, message_id: i64, emoji: &str) -> Written {
        let now = self.now();
        let mut world = self.bot.shared().lock();
        let Some(person) = world.people.get(&self.id) else { return self.written(None, message_id) };
        let (user, chat) = (person.user(), person.chat());
        let new: Vec<Value> = Some(emoji)
            .filter(|it| !it.is_empty())
            .map(|it| json!({ "type": "emoji", "emoji": it }))
            .into_iter()
            .collect();
        let reactions =
            world.bots.get_mut(&self.bot.id()).map(|it| &mut it.chats.entry(self.id).or_default().reactions);
        let old = reactions.and_then(|it| it.insert(message_id, new.clone())).unwrap_or_default();
        let change = json!({
            "chat": chat, "user": user, "message_id": message_id, "date": now.s(),
            "old_reaction": old, "new_reaction": new,
        });
        let queue = format!("reaction {}", self.id);
        let update_id = world.push(self.bot.id(), "message_reaction", &queue, change, now + DAY);
        drop(world);
        self.written(update_id, message_id)
    }

    /// Blocks the bot.
    pub fn blocks(&self) -> Written {
        self.changes_membership(true)
    }

    /// Lets the bot write again.
    pub fn unblocks(&self) -> Written {
        self.changes_membership(false)
    }

    /// Deletes the account: nobody is told, calls are refused.
    pub fn leaves(&self) {
        if let Some(person) = self.bot.shared().lock().people.get_mut(&self.id) {
            person.is_gone = true;
        }
        self.bot.shared().tell();
    }

    /// What the bot sent, in order, also what it took back.
    #[must_use]
    pub fn all(&self) -> Vec<Sent> {
        let world = self.bot.shared().lock();
        let chat = world.bots.get(&self.bot.id()).and_then(|it| it.chats.get(&self.id));
        chat.map(|it| it.sent().cloned().collect()).unwrap_or_default()
    }

    /// The newest message that is still there.
    #[must_use]
    pub fn last(&self) -> Option<Sent> {
        self.all().into_iter().rev().find(|it| it.deleted_at.is_none())
    }

    /// What the bot sent after this message and has not taken back, in order.
    #[must_use]
    pub fn newer_than(&self, message_id: i64) -> Vec<Sent> {
        let world = self.bot.shared().lock();
        let chat = world.bots.get(&self.bot.id()).and_then(|it| it.chats.get(&self.id));
        let newest_first = chat.into_iter().flat_map(|it| it.sent().rev()).take_while(|it| it.message_id > message_id);
        let mut newer: Vec<Sent> = newest_first.filter(|it| it.deleted_at.is_none()).cloned().collect();
        newer.reverse();
        newer
    }

    /// How many times the bot showed that somebody types.
    #[must_use]
    pub fn typings(&self) -> u64 {
        let world = self.bot.shared().lock();
        world.bots.get(&self.bot.id()).and_then(|it| it.chats.get(&self.id)).map_or(0, |it| it.typing)
    }

    /// Waits until the bot has sent at least so many messages in all.
    pub async fn until_received(&self, count: usize) -> Vec<Sent> {
        let chat = |world: &World| {
            let bot = world.bots.get(&self.bot.id())?;
            Some(bot.chats.get(&self.id)?.sent().count())
        };
        let what = format!("customer {} has {count} messages", self.id);
        self.bot.shared().until(&what, |it| chat(it).unwrap_or(0) >= count).await;
        self.all()
    }

    /// Waits until the newest message has this text.
    pub async fn until_reads(&self, text: &str) {
        let is_read = |world: &World| {
            let chat = world.bots.get(&self.bot.id()).and_then(|it| it.chats.get(&self.id));
            let last = chat.and_then(|it| it.sent().rev().find(|it| it.deleted_at.is_none()));
            last.is_some_and(|it| it.text == text)
        };
        self.bot.shared().until(&format!("customer {} reads “{text}”", self.id), is_read).await;
    }

    fn changes_membership(&self, is_blocked: bool) -> Written {
        let now = self.now();
        let mut world = self.bot.shared().lock();
        let Some(person) = world.people.get(&self.id) else { return self.written(None, 0) };
        let (user, chat) = (person.user(), person.chat());
        let Some(bot) = world.bots.get_mut(&self.bot.id()) else { return self.written(None, 0) };
        bot.chats.entry(self.id).or_default().is_blocked = is_blocked;
        let member = json!({ "user": bot.user(), "status": "member" });
        let banned = json!({ "user": bot.user(), "status": "kicked", "until_date": 0 });
        let (old, new) = if is_blocked { (member, banned) } else { (banned, member) };
        let change = json!({
            "chat": chat, "from": user, "date": now.s(), "old_chat_member": old, "new_chat_member": new,
        });
        let queue = format!("member {}", self.id);
        let update_id = world.push(self.bot.id(), "my_chat_member", &queue, change, now + DAY);
        drop(world);
        self.written(update_id, 0)
    }

    fn envelope(&self, world: &World, message_id: i64, now: Time) -> Value {
        let person = world.people.get(&self.id);
        json!({
            "message_id": message_id,
            "from": person.map(Person::user),
            "chat": person.map(Person::chat),
            "date": now.s(),
        })
    }

    fn line_json(&self, message_id: i64) -> Value {
        let mut world = self.bot.shared().lock();
        let line = world.bots.get_mut(&self.bot.id()).and_then(|it| it.chats.get_mut(&self.id)?.line(message_id));
        let mut json = line.map(|it| it.json.clone()).unwrap_or_else(
            || json!({ "message_id": message_id, "date": 0, "chat": { "id": self.id, "type": "private" } }),
        );
        if let Some(json) = json.as_object_mut() {
            json.remove("reply_to_message");
        }
        json
    }

    fn person<T: Default>(&self, read: impl FnOnce(&Person) -> T) -> T {
        self.bot.shared().lock().people.get(&self.id).map(read).unwrap_or_default()
    }

    fn queue(&self) -> String {
        format!("chat {}", self.id)
    }

    fn now(&self) -> Time {
        self.bot.shared().clock.now()
    }

    fn written(&self, update_id: Option<i64>, message_id: i64) -> Written {
        self.bot.shared().tell();
        Written { shared: Arc::clone(self.bot.shared()), bot_id: self.bot.id(), update_id, message_id }
    }
}

fn merge(message: &mut Value, content: Value) {
    if let Value::Object(content) = content {
        for (name, value) in content {
            message[name] = value;
        }
    }
}
