//! The durable queue of events towards portals: one line per connection, strictly in order.
//!
//! Two stores made for speed behind [`QueueStore`]: SQLite in a file of its own with one writer thread, PostgreSQL by
//! groups. Whatever must be true together lies here in one transaction: events, sequence numbers, dedupe keys, the
//! lock of the line. It knows nothing of sites' addresses, HTTP or messengers.
//!
//! An event leaves by being deleted (a receipt) or by falling under the line's `floor` (dropped, parked, purged): then
//! its row stays for [`DROPPED_KEPT`] and the sweep takes it away piece by piece, so giving up a million events is as
//! quick as giving up one. Room for leases of many nodes: [`LineRow::epoch`] already fences every statement.

mod postgres;
mod sqlite;
mod text;

#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use openlines_base::{DAY, Fault, Kind, Time};
use openlines_protocol::{ConnectionId, SiteId};

use crate::deliver::Lock;

pub use postgres::PostgresQueue;
pub use sqlite::SqliteQueue;
pub(crate) use text::stored;

/// How long an external id is remembered, so that a messenger's redelivery is not a second message.
pub const DEDUPE_KEPT: Duration = Duration::from_secs(72 * 3600);
/// How long dropped and parked events can be looked at.
pub const DROPPED_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// Tries remembered per line, the newest.
pub const ATTEMPTS_KEPT: i64 = 32;
/// Bytes of a portal's answer kept with a try.
pub const ANSWER_KEPT_BYTES: usize = 500;
/// Rows that one step of the sweep touches, so that nobody waits long behind it.
const SWEEP_ROWS: i64 = 1000;
/// Longest external id kept as it is; a longer one is kept as its hash.
const KEY_MAX_BYTES: usize = 160;
const _: () = assert!(DEDUPE_KEPT.as_secs() >= 2 * DAY.as_secs());

/// A line of the queue. The site is named everywhere, so that tables can be partitioned by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineId {
    /// Whose.
    pub site: SiteId,
    /// Which.
    pub connection: ConnectionId,
}

/// What stands in the body of an event row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON of `occurred_at` and the universal body, version 1.
    Event = 1,
    /// The same, of a `dropped` event that the queue wrote by itself.
    Notice = 2,
}

/// An event before it has a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Unique in the line for [`DEDUPE_KEPT`]; a second one is left out.
    pub external_id: String,
    /// When it happened.
    pub at: Time,
    /// A JSON object: see [`Form::Event`].
    pub body: Bytes,
}

/// Events of one webhook, to be stored together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// The line.
    pub line: LineId,
    /// In the channel's order.
    pub events: Vec<NewEvent>,
    /// The hub's time.
    pub now: Time,
}

/// What became of an [`Append`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// For each event its number, or `None` if it was there before.
    pub seqs: Vec<Option<i64>>,
    /// The line after it.
    pub line: LineRow,
}

/// The state of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRow {
    /// Which.
    pub line: LineId,
    /// The number that the next event gets.
    pub next_seq: i64,
    /// Events up to this number have left the queue.
    pub floor: i64,
    /// Events that wait.
    pub pending: i64,
    /// The growing pause.
    pub lock: Lock,
    /// Raised by whoever takes the line; a statement with an old one changes nothing.
    pub epoch: i64,
    /// Holds only the notice of a drop, which waits for the next contact with the site.
    pub is_quiet: bool,
    /// Takes nothing more: displaced or removed.
    pub is_closed: bool,
}

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its number.
    pub seq: i64,
    /// When the hub stored it.
    pub stored_at: Time,
    /// JSON object.
    pub body: Bytes,
}

/// One try and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub at: Time,
    /// First event of the batch.
    pub first_seq: i64,
    /// Last event of the batch.
    pub last_seq: i64,
    /// HTTP status; 0 if there was no answer.
    pub code: u16,
    /// How long it took.
    pub took_ms: i64,
    /// One word: `received`, `partial`, `refused`, `timeout`, `unreachable`, `garbage`.
    pub outcome: String,
    /// First [`ANSWER_KEPT_BYTES`] of the answer, or words about what went wrong.
    pub answer: String,
}

/// The end of a try that brought a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settle {
    /// The line.
    pub line: LineId,
    /// From [`QueueStore::begin_try`].
    pub epoch: i64,
    /// Events up to this number were received.
    pub upto: i64,
    /// For the admin.
    pub attempt: Attempt,
}

/// What a drop took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drop {
    /// How many events, notices not counted.
    pub count: i64,
    /// The line after it.
    pub line: LineRow,
}

/// Events that left the queue without a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedRange {
    /// The line.
    pub line: LineId,
    /// First number.
    pub first_seq: i64,
    /// Last number.
    pub last_seq: i64,
    /// How many.
    pub count: i64,
    /// `expired`, `poison` or `purged`.
    pub reason: String,
    /// When.
    pub dropped_at: Time,
}

/// Figures for `/metrics` and the admin page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Events that wait, in lines without a failed try.
    pub open_events: i64,
    /// Events that wait behind a lock.
    pub locked_events: i64,
    /// Lines with a lock.
    pub locked_lines: i64,
    /// When the oldest event that waits in a line without a lock was stored.
    pub oldest_open_at: Option<Time>,
}

/// The store failed. Nothing of what was asked for is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// Too much waits for the disk already.
    #[error("the queue store is overloaded")]
    Busy,
    /// Disk full, database away.
    #[error("the queue store failed: {0}")]
    Away(String),
    /// The line takes nothing more.
    #[error("the line is closed")]
    Closed,
    /// The store cannot be opened.
    #[error("opening the queue store: {0}")]
    Open(String),
}

impl Fault for QueueError {
    fn kind(&self) -> Kind {
        match self {
            Self::Busy | Self::Away(_) => Kind::Busy,
            Self::Closed => Kind::NotFound,
            Self::Open(_) => Kind::Bug,
        }
    }

    fn retry_after_s(&self) -> Option<u32> {
        (self.kind() == Kind::Busy).then_some(1)
    }
}

/// The durable queue. Each function is one transaction and durable when it returns.
#[async_trait]
pub trait QueueStore: Send + Sync + 'static {
    /// Numbers and stores events, leaving out those that were there before. Order of commits is order of numbers.
    async fn append(&self, append: Append) -> Result<Appended, QueueError>;

    /// Reads what waits behind `after`, in order, at most so many events and, beyond the first, so many bytes.
    async fn read(&self, line: LineId, after: i64, limit: ReadLimit) -> Result<Vec<Queued>, QueueError>;

    /// One line, if it ever had an event.
    async fn line(&self, line: LineId) -> Result<Option<LineRow>, QueueError>;

    /// Lines with something waiting, by connection, from the one behind `after`.
    async fn lines(&self, after: ConnectionId, limit: i64) -> Result<Vec<LineRow>, QueueError>;

    /// Takes the line for one try and writes the lock that holds unless a receipt comes. Gives the new epoch, or `None`
    /// if somebody else took the line since `epoch`.
    async fn begin_try(&self, line: LineId, epoch: i64, lock: Lock) -> Result<Option<i64>, QueueError>;

    /// Deletes what was received and lifts the lock. False if the line was taken by somebody else: nothing changed.
    async fn settle(&self, settle: Settle) -> Result<bool, QueueError>;

    /// Notes a try that brought no receipt.
    async fn note(&self, line: LineId, epoch: i64, attempt: Attempt) -> Result<(), QueueError>;

    /// Gives up all that waits, lifts the lock, leaves a notice. `None` if the line was taken by somebody else.
    async fn expire(&self, line: LineId, epoch: i64, now: Time) -> Result<Option<Drop>, QueueError>;

    /// Gives up the first event alone, lifts the lock, leaves a notice. `None` if taken by somebody else.
    async fn park(&self, line: LineId, epoch: i64, seq: i64, now: Time) -> Result<Option<Drop>, QueueError>;

    /// Deletes up to `upto` by a receipt that came apart from its try. Raises the epoch. Gives how many there were.
    async fn acknowledge(&self, line: LineId, upto: i64) -> Result<i64, QueueError>;

    /// Gives up all without a notice and closes the line. `last_word` still goes out.
    async fn close_line(&self, line: LineId, last_word: Option<NewEvent>, now: Time) -> Result<LineRow, QueueError>;

    /// The newest tries, newest first.
    async fn attempts(&self, line: LineId) -> Result<Vec<Attempt>, QueueError>;

    /// What was given up and can still be looked at, newest first.
    async fn dropped(&self, line: LineId) -> Result<Vec<DroppedRange>, QueueError>;

    /// Figures.
    async fn stats(&self) -> Result<Stats, QueueError>;

    /// One step of tidying: old dedupe keys, rows that nobody needs. True if there is more to do.
    async fn sweep(&self, now: Time) -> Result<bool, QueueError>;

    /// Ends after what is under way.
    async fn close(&self);
}

/// How much to read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimit {
    /// Events.
    pub events: usize,
    /// Bytes.
    pub bytes: usize,
}
