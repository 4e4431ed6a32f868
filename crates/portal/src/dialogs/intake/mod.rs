//! What customers do: events of one connection, applied in order inside one transaction.
//!
//! [`Intake`] is opened for a group of events of one connection. Each dialog is locked once, changed in memory and
//! written back once, so a burst costs few statements. If anything fails the whole group is rolled back and the caller
//! tries one by one. Start with [`Intake::apply`].

mod acts;
mod album;
mod arrive;
mod changes;
mod connection;
mod session;

use std::collections::{BTreeSet, HashMap};

use openlines_base::{Fault, Kind, Time};
use openlines_protocol::{Body, Chat, Event, User};
use openlines_store::{Conn, StoreError};

use super::flow::Changes;
use super::store::{self, Held, NewDialog};
use crate::customers::{self, Known};
use crate::lines::{self, Settings};
use crate::live::Who;
use crate::{DialogId, LineId, Parts};

pub(crate) use connection::Source;

/// A sign of typing older than this tells nothing.
const TYPING_FRESH: std::time::Duration = std::time::Duration::from_secs(5);

/// Why an event was not applied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeError {
    /// The event names a line that is not there.
    #[error("the event is for line {0}, which is not there")]
    UnknownLine(String),
    /// The stored text is no event.
    #[error("the event cannot be read: {0}")]
    Unreadable(String),
    /// The database.
    #[error("the database did not do it")]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for IntakeError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}

impl Fault for IntakeError {
    fn kind(&self) -> Kind {
        match self {
            Self::UnknownLine(_) | Self::Unreadable(_) => Kind::BadInput,
            Self::Store(cause) => cause.kind(),
        }
    }
}

/// Events of one connection being applied.
pub(crate) struct Intake<'a> {
    parts: &'a Parts,
    now: Time,
    source: Source,
    held: HashMap<String, Held>,
    people: HashMap<String, (User, Known)>,
    settings: HashMap<LineId, Option<Settings>>,
    changes: Changes,
    typing: Vec<DialogId>,
}

impl<'a> Intake<'a> {
    /// Begins a group of events of one connection: locks the dialogs that they are about, in the order of locks.
    ///
    /// # Errors
    /// The database is away, or the connection is of a line that is not there.
    pub(crate) async fn open(parts: &'a Parts, conn: &mut Conn, events: &[Event]) -> Result<Option<Self>, IntakeError> {
        let now = parts.clock.now();
        let Some(first) = events.first() else { return Ok(None) };
        let source = Source::of(conn, now, first).await?;
        let mut intake = Self {
            parts,
            now,
            source,
            held: HashMap::new(),
            people: HashMap::new(),
            settings: HashMap::new(),
            changes: Changes::default(),
            typing: Vec::new(),
        };
        let chats: BTreeSet<&str> = events.iter().filter_map(chat_of).map(|it| it.id.as_str()).collect();
        for chat in chats {
            if let Some(held) = store::lock_chat(conn, intake.source.id, chat).await? {
                intake.held.insert(chat.to_owned(), held);
            }
        }
        Ok(Some(intake))
    }

    /// Applies one event.
    ///
    /// # Errors
    /// See [`IntakeError`]. After an error the transaction must be given up.
    pub(crate) async fn apply(&mut self, conn: &mut Conn, event: &Event) -> Result<(), IntakeError> {
        metrics::counter!("openlines_portal_events_total", "kind" => event.body.kind()).increment(1);
        match &event.body {
            Body::MessageNew { user, chat, message } => self.message_new(conn, user, chat, message, None).await?,
            Body::MessageEdited { user, chat, message } => {
                self.message_edited(conn, user, chat, message, event.occurred_at).await?;
            }
            Body::MessageDeleted { chat, message_ids } => {
                self.message_deleted(conn, chat, message_ids, event.occurred_at).await?;
            }
            Body::Typing { chat, .. } => {
                if let Some(held) = self.held.get(&chat.id)
                    && self.now.since(event.occurred_at) <= TYPING_FRESH
                {
                    self.typing.push(held.id);
                }
            }
            Body::Read { chat, up_to } => self.read(conn, chat, up_to.as_deref()).await?,
            Body::Delivered { outgoing_id, message_ids, .. } => self.delivered(conn, outgoing_id, message_ids).await?,
            Body::Failed { outgoing_id, reason, text, .. } => self.failed(conn, outgoing_id, *reason, text).await?,
            Body::Subscribed { user, chat } => self.subscribed(conn, user, chat).await?,
            Body::Unsubscribed { chat, .. } => self.unsubscribed(conn, chat).await?,
            Body::Reaction { chat, message_id, added, removed, .. } => {
                self.reaction(conn, chat, message_id, added, removed).await?;
            }
            Body::Callback { user, chat, message_id, data } => {
                self.callback(conn, event, user, chat, message_id.as_deref(), data).await?;
            }
            Body::ChatMoved { chat, to } => self.chat_moved(conn, chat, to).await?,
            Body::ConnectionChanged { state, reason } => {
                self.connection_changed(conn, *state, reason.as_deref()).await?;
            }
            Body::Deactivated { by_same_site, taken_by_line } => {
                self.deactivated(conn, *by_same_site, taken_by_line.as_deref()).await?;
            }
            Body::Dropped { count, from, to } => self.dropped(conn, *count, *from, *to).await?,
            // Counted above; the inbox keeps unknown ones as they came.
            Body::Ping | Body::Unknown { .. } | Body::Newer => {}
        }
        Ok(())
    }

    /// Writes back what was changed in memory and tells the screens: the last statements of the transaction.
    ///
    /// # Errors
    /// The database is away.
    pub(crate) async fn close(mut self, conn: &mut Conn) -> Result<Closed, IntakeError> {
        for held in self.held.values() {
            store::save(conn, held).await?;
            self.changes.dialog(held.id, held.line);
        }
        self.changes.write(conn, self.now).await?;
        Ok(Closed { changes: self.changes, typing: self.typing })
    }

    /// Who writes; asked once per person and group while the channel tells the same about them.
    async fn who(&mut self, conn: &mut Conn, user: &User) -> Result<Known, sqlx::Error> {
        if let Some((told, known)) = self.people.get(&user.id)
            && told == user
        {
            return Ok(Known { is_new: false, has_changed: false, ..known.clone() });
        }
        let known = customers::recognise(conn, self.now, self.source.id, user).await?;
        if known.wants_picture {
            self.changes.wants_files();
        }
        self.people.insert(user.id.clone(), (user.clone(), known.clone()));
        Ok(known)
    }

    /// The dialog of a chat if there is one. Put it back with [`Intake::put`].
    fn take(&mut self, chat: &Chat) -> Option<Held> {
        self.held.remove(&chat.id)
    }

    /// The dialog of a chat, made if it is the first word there.
    async fn take_or_make(&mut self, conn: &mut Conn, chat: &Chat, known: &Known) -> Result<Held, sqlx::Error> {
        if let Some(held) = self.take(chat) {
            return Ok(held);
        }
        let dialog = NewDialog {
            connection: self.source.id,
            line: self.source.line,
            channel: &self.source.channel,
            customer: known.id,
            chat,
        };
        let held = store::insert_dialog(conn, self.now, &dialog).await?;
        if held.session.is_none() {
            store::refresh_search(conn, known.id).await?;
        }
        Ok(held)
    }

    fn put(&mut self, held: Held) {
        self.held.insert(held.chat_id.clone(), held);
    }

    async fn settings(&mut self, conn: &mut Conn, line: LineId) -> Result<Option<Settings>, sqlx::Error> {
        if let Some(known) = self.settings.get(&line) {
            return Ok(known.clone());
        }
        let settings = lines::settings(conn, line).await?;
        self.settings.insert(line, settings.clone());
        Ok(settings)
    }
}

/// What is left to do after the commit.
#[derive(Debug)]
pub(crate) struct Closed {
    changes: Changes,
    typing: Vec<DialogId>,
}

impl Closed {
    /// Rings for those who have something to do now.
    pub(crate) async fn ring(&self, parts: &Parts) {
        self.changes.ring(parts);
        for dialog in &self.typing {
            parts.live.typing(parts, *dialog, Who::Customer);
        }
    }
}

/// The chat that an event is about.
fn chat_of(event: &Event) -> Option<&Chat> {
    match &event.body {
        Body::MessageNew { chat, .. }
        | Body::MessageEdited { chat, .. }
        | Body::MessageDeleted { chat, .. }
        | Body::Typing { chat, .. }
        | Body::Read { chat, .. }
        | Body::Delivered { chat, .. }
        | Body::Failed { chat, .. }
        | Body::Subscribed { chat, .. }
        | Body::Unsubscribed { chat, .. }
        | Body::Reaction { chat, .. }
        | Body::Callback { chat, .. }
        | Body::ChatMoved { chat, .. } => Some(chat),
        Body::ConnectionChanged { .. }
        | Body::Deactivated { .. }
        | Body::Dropped { .. }
        | Body::Ping
        | Body::Unknown { .. }
        | Body::Newer => None,
    }
}
