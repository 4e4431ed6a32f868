//! What the fake knows: bots, people, chats, files. One lock around all of it; nothing here waits.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{Hash as _, Hasher as _};

use bytes::Bytes;
use openlines_base::Time;
use serde_json::{Value, json};

use super::fault::Plan;
use super::media::{Asset, FACES};
use super::rates::Rates;
use super::schema;

/// Messages kept of a chat, calls and deliveries kept of a bot: more than any test looks at, less than a demo of a
/// week would gather.
const KEPT_MAX: usize = 10_000;
/// Updates that wait for a bot; later ones are lost with a problem noted.
const UPDATES_MAX: usize = 100_000;
/// Bytes of files kept in memory. Of later files only name and size are known.
const KEPT_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Ids of the people.
const FIRST_PERSON: i64 = 500_000_001;
/// Ids of the bots.
const FIRST_BOT: i64 = 7_000_000_001;
/// Updates that a bot is not sent unless it names them. Source: Bot API, `setWebhook.allowed_updates`.
const UNASKED: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

/// All that is.
#[derive(Default)]
pub(super) struct World {
    pub(super) bots: BTreeMap<i64, Bot>,
    pub(super) people: BTreeMap<i64, Person>,
    pub(super) files: HashMap<String, Stored>,
    kept_bytes: usize,
    serial: u64,
    /// What was wrong; `finish` fails on it.
    pub(super) problems: Vec<String>,
}

/// Somebody with an account.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: i64,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) username: Option<String>,
    pub(super) language: String,
    pub(super) face: Asset,
    /// The account was deleted.
    pub(super) is_gone: bool,
}

/// A bot account.
pub(super) struct Bot {
    pub(super) id: i64,
    pub(super) token: String,
    pub(super) title: String,
    pub(super) username: String,
    pub(super) is_revoked: bool,
    pub(super) hook: Option<WebHook>,
    /// Empty: all but [`UNASKED`].
    pub(super) allowed: Vec<String>,
    pub(super) updates: VecDeque<Pending>,
    next_update: i64,
    next_message: i64,
    /// Grows with each `getUpdates`; an older one that still waits is ended.
    pub(super) poll: u64,
    pub(super) chats: BTreeMap<i64, Chat>,
    pub(super) presses: BTreeMap<String, Press>,
    pub(super) plans: Vec<Plan>,
    /// Present if the limits of pace are kept.
    pub(super) rates: Option<Rates>,
    pub(super) calls: VecDeque<Seen>,
    pub(super) deliveries: VecDeque<Delivery>,
    pub(super) last_error: Option<(i64, String)>,
}

/// Where a bot wants its updates.
#[derive(Debug, Clone)]
pub(super) struct WebHook {
    pub(super) url: String,
    pub(super) secret: Option<String>,
    pub(super) connections_max: usize,
}

/// An update that the bot has not confirmed.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) id: i64,
    /// Updates of one queue go one after another, queues side by side.
    pub(super) queue: String,
    pub(super) body: Value,
    pub(super) expires_at: Time,
    pub(super) not_before: Time,
    pub(super) attempts: u32,
    pub(super) is_in_flight: bool,
}

/// A private chat of a bot and a person.
#[derive(Default)]
pub(super) struct Chat {
    /// The person wrote first, so the bot may answer.
    pub(super) is_started: bool,
    pub(super) is_blocked: bool,
    pub(super) lines: VecDeque<Line>,
    pub(super) typing: u64,
    /// Albums: each has its own number.
    pub(super) reactions: BTreeMap<i64, Vec<Value>>,
}

/// One message of a chat, of either side.
pub(super) struct Line {
    pub(super) message_id: i64,
    pub(super) json: Value,
    /// What the bot sent; absent for the person's own words.
    pub(super) sent: Option<Sent>,
}

/// A button press.
pub(super) struct Press {
    pub(super) pressed_at: Time,
    pub(super) is_answered: bool,
}

/// A message that a bot sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// Its number.
    pub message_id: i64,
    /// The words as people see them: text or caption, markup read.
    pub text: String,
    /// The entities of the text as the Bot API writes them.
    pub entities: Vec<Value>,
    /// The file, if it is one.
    pub file: Option<SentFile>,
    /// Rows of buttons.
    pub buttons: Vec<Vec<SentButton>>,
    /// The message answered.
    pub reply_to: Option<i64>,
    /// Equal for messages of one album.
    pub album: Option<String>,
    /// When it was sent.
    pub at: Time,
    /// When it was last changed.
    pub edited_at: Option<Time>,
    /// When it was taken back.
    pub deleted_at: Option<Time>,
}

/// A file that a bot sent, as Telegram got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentFile {
    /// `photo`, `document`, `video`, `audio`, `voice`, `sticker`.
    pub form: String,
    /// Its name.
    pub name: String,
    /// Media type that it came with.
    pub mime: String,
    /// How many bytes it has.
    pub size: usize,
    /// The bytes; empty when the fake keeps too many already.
    pub bytes: Bytes,
    /// It was uploaded rather than fetched from a link.
    pub is_upload: bool,
}

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentButton {
    /// What stands on it.
    pub text: String,
    /// What a press sends.
    pub data: Option<String>,
    /// Where it leads instead.
    pub url: Option<String>,
}

/// A call of the Bot API.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// Its parameters; uploaded files are left out.
    pub params: Value,
    /// The status of the answer; 0 while there is none.
    pub status: u16,
    /// When it came.
    pub at: Time,
    pub(super) number: u64,
}

/// One try to deliver an update to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The update.
    pub update_id: i64,
    /// 1 for the first try.
    pub attempt: u32,
    /// The status answered, or why there is none.
    pub outcome: Result<u16, String>,
    /// When the try ended.
    pub at: Time,
}

/// A file at Telegram.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) unique_id: String,
    pub(super) path: String,
    pub(super) bytes: Bytes,
    pub(super) size: usize,
}

impl World {
    /// A number that was not there before.
    pub(super) fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub(super) fn add_bot(&mut self, title: &str) -> i64 {
        let id = FIRST_BOT + i64::try_from(self.bots.len()).unwrap_or(0);
        let username: String = title.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        let bot = Bot {
            id,
            token: token(id, 0),
            title: title.to_owned(),
            username: format!("{username}{}_bot", self.bots.len() + 1),
            is_revoked: false,
            hook: None,
            allowed: Vec::new(),
            updates: VecDeque::new(),
            next_update: 892_000_000 + id % 1000 * 10_000,
            next_message: 1000,
            poll: 0,
            chats: BTreeMap::new(),
            presses: BTreeMap::new(),
            plans: Vec::new(),
            rates: None,
            calls: VecDeque::new(),
            deliveries: VecDeque::new(),
            last_error: None,
        };
        self.bots.insert(id, bot);
        id
    }

    /// The person of this name, made on first use: `Anna`, or `Anna Ivanova`.
    pub(super) fn person(&mut self, name: &str) -> i64 {
        // Compared in place: a crowd has thousands of people.
        let whole = |it: &Person| name.strip_prefix(&it.first_name)?.strip_prefix(' ');
        let named = |it: &&Person| it.first_name == name || whole(it) == Some(&it.last_name);
        if let Some(it) = self.people.values().find(named) {
            return it.id;
        }
        let number = self.people.len();
        let id = FIRST_PERSON + i64::try_from(number).unwrap_or(0);
        let (first_name, last_name) = name.split_once(' ').unwrap_or((name, ""));
        let is_ascii = name.is_ascii();
        let username = is_ascii.then(|| format!("{}_{}", name.to_lowercase().replace(' ', "_"), id % 1000));
        let person = Person {
            id,
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            username: username.filter(|_| !number.is_multiple_of(3)),
            language: if is_ascii { "en" } else { "ru" }.to_owned(),
            face: FACES[number % FACES.len()],
            is_gone: false,
        };
        self.people.insert(id, person);
        id
    }

    /// Keeps a file; equal bytes under an equal name are one file.
    pub(super) fn store(&mut self, folder: &str, name: &str, bytes: &Bytes, size: usize) -> String {
        let mut hasher = DefaultHasher::new();
        (folder, name, size, bytes).hash(&mut hasher);
        let hash = hasher.finish();
        let file_id = format!("AgACAgIAAxkBAAI{hash:016x}AAJ{:016x}-Q", hash.rotate_left(17));
        if !self.files.contains_key(&file_id) {
            let serial = self.serial();
            let is_kept = self.kept_bytes + bytes.len() <= KEPT_BYTES_MAX;
            let kept = if is_kept { bytes.clone() } else { Bytes::new() };
            self.kept_bytes += kept.len();
            let extension = name.rsplit_once('.').map_or("bin", |it| it.1);
            let is_plain = extension.len() <= 8 && extension.bytes().all(|it| it.is_ascii_alphanumeric());
            let extension = if is_plain { extension } else { "bin" };
            let stored = Stored {
                unique_id: format!("AQAD{hash:016x}"),
                path: format!("{folder}/file_{serial}.{extension}"),
                bytes: kept,
                size,
            };
            self.files.insert(file_id.clone(), stored);
        }
        file_id
    }

    /// Queues an update for a bot, if it wants this kind. Its number.
    pub(super) fn push(
        &mut self,
        bot_id: i64,
        kind: &str,
        queue: &str,
        content: Value,
        expires_at: Time,
    ) -> Option<i64> {
        let bot = self.bots.get_mut(&bot_id)?;
        if !bot.wants(kind) {
            return None;
        }
        if bot.updates.len() >= UPDATES_MAX {
            self.problems.push(format!("more than {UPDATES_MAX} updates wait: one was lost"));
            return None;
        }
        bot.next_update += 1;
        let id = bot.next_update;
        let mut body = json!({ "update_id": id });
        body[kind] = content;
        if let Some(wrong) = schema::wrong_update(&body) {
            self.problems.push(format!("the fake made a wrong update, {kind}: {wrong}"));
        }
        bot.updates.push_back(Pending {
            id,
            queue: queue.to_owned(),
            body,
            expires_at,
            not_before: Time::default(),
            attempts: 0,
            is_in_flight: false,
        });
        Some(id)
    }
}

/// A token of the right form. A bot gets another when its old one is revoked.
pub(super) fn token(bot_id: i64, version: u32) -> String {
    format!("{bot_id}:AAFake_{version:04}-token-of-a-fake-bot_{bot_id:010}")
}

impl Person {
    pub(super) fn user(&self) -> Value {
        let mut user = json!({ "id": self.id, "is_bot": false, "first_name": self.first_name });
        user["language_code"] = json!(self.language);
        self.add_names(&mut user);
        user
    }

    pub(super) fn chat(&self) -> Value {
        let mut chat = json!({ "id": self.id, "type": "private", "first_name": self.first_name });
        self.add_names(&mut chat);
        chat
    }

    fn add_names(&self, to: &mut Value) {
        if !self.last_name.is_empty() {
            to["last_name"] = json!(self.last_name);
        }
        if let Some(username) = &self.username {
            to["username"] = json!(username);
        }
    }
}

impl Bot {
    pub(super) fn user(&self) -> Value {
        json!({ "id": self.id, "is_bot": true, "first_name": self.title, "username": self.username })
    }

    fn wants(&self, kind: &str) -> bool {
        if self.allowed.is_empty() { !UNASKED.contains(&kind) } else { self.allowed.iter().any(|it| it == kind) }
    }

    pub(super) fn message_id(&mut self) -> i64 {
        self.next_message += 1;
        self.next_message
    }

    /// Adds a message to a chat, which may be new.
    pub(super) fn add_line(&mut self, chat_id: i64, line: Line) {
        let lines = &mut self.chats.entry(chat_id).or_default().lines;
        keep(lines, line);
    }

    pub(super) fn saw(&mut self, call: Seen) {
        keep(&mut self.calls, call);
    }

    /// Notes how a call was answered.
    pub(super) fn answered(&mut self, number: u64, status: u16) {
        if let Some(call) = self.calls.iter_mut().rev().find(|it| it.number == number) {
            call.status = status;
        }
    }

    pub(super) fn delivered(&mut self, delivery: Delivery) {
        keep(&mut self.deliveries, delivery);
    }
}

impl Chat {
    pub(super) fn line(&mut self, message_id: i64) -> Option<&mut Line> {
        self.lines.iter_mut().find(|it| it.message_id == message_id)
    }

    /// What the bot sent, in order, also what it took back.
    pub(super) fn sent(&self) -> impl DoubleEndedIterator<Item = &Sent> {
        self.lines.iter().filter_map(|it| it.sent.as_ref())
    }
}

fn keep<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() >= KEPT_MAX {
        list.pop_front();
    }
    list.push_back(item);
}
