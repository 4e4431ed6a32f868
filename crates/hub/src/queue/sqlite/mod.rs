//! The queue in a SQLite file: one thread writes, one reads.
//!
//! The writer takes whatever waits into one transaction, so a hundred webhooks at once share one disk flush, and a
//! single one waits for nobody. Statements are in [`ops`].

mod ops;
mod thread;

use std::path::Path;

use async_trait::async_trait;
use openlines_base::Time;
use openlines_protocol::ConnectionId;
use rusqlite::Connection;

use super::{
    Append, Appended, Attempt, Drop, DroppedRange, LineId, LineRow, NewEvent, QueueError, QueueStore, Queued,
    ReadLimit, Settle, Stats,
};
use crate::deliver::Lock;
use thread::{Mode, Thread};

/// Schema steps; the number of those applied is the file's `user_version`.
const SCHEMA: [&str; 1] = [include_str!("../../../../../migrations/hub/queue/0001_sqlite.sql")];
/// Statements kept prepared by each thread.
const STATEMENTS_KEPT: usize = 64;

/// See the module.
#[derive(Debug)]
pub struct SqliteQueue {
    writer: Thread,
    reader: Thread,
}

impl SqliteQueue {
    /// Opens the file, making it if missing.
    ///
    /// # Errors
    /// The file cannot be opened, or was written by a newer program.
    pub fn open(file: &Path) -> Result<Self, QueueError> {
        let open = |cause: rusqlite::Error| QueueError::Open(cause.to_string());
        let writer = connect(file).map_err(open)?;
        migrate(&writer)?;
        let reader = connect(file).map_err(open)?;
        reader.execute_batch("PRAGMA query_only = ON").map_err(open)?;
        Ok(Self {
            writer: Thread::start("queue-writer", writer, Mode::Write)?,
            reader: Thread::start("queue-reader", reader, Mode::Read)?,
        })
    }
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(file)?;
    // FULL: what was answered 200 survives a power cut. A longer WAL spares checkpoints under load.
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;
         PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = 4000",
    )?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(db)
}

fn migrate(db: &Connection) -> Result<(), QueueError> {
    let open = |cause: rusqlite::Error| QueueError::Open(cause.to_string());
    let found: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(open)?;
    let found = found as usize;
    if found > SCHEMA.len() {
        return Err(QueueError::Open(format!(
            "its schema has version {found}, this program knows {}; install the newer program again",
            SCHEMA.len()
        )));
    }
    for (n, step) in SCHEMA.iter().enumerate().skip(found) {
        // `user_version` is part of the transaction: a kill leaves a whole step or none.
        db.execute_batch(&format!("BEGIN IMMEDIATE; {step}; PRAGMA user_version = {}; COMMIT", n + 1)).map_err(open)?;
    }
    Ok(())
}

#[async_trait]
impl QueueStore for SqliteQueue {
    async fn append(&self, append: Append) -> Result<Appended, QueueError> {
        self.writer.try_ask(move |db| ops::append(db, &append)).await
    }

    async fn read(&self, line: LineId, after: i64, limit: ReadLimit) -> Result<Vec<Queued>, QueueError> {
        self.reader.ask(move |db| ops::read(db, line, after, limit)).await
    }

    async fn line(&self, line: LineId) -> Result<Option<LineRow>, QueueError> {
        self.reader.ask(move |db| ops::line(db, line)).await
    }

    async fn lines(&self, after: ConnectionId, limit: i64) -> Result<Vec<LineRow>, QueueError> {
        self.reader.ask(move |db| ops::lines(db, after, limit)).await
    }

    async fn begin_try(&self, line: LineId, epoch: i64, lock: Lock) -> Result<Option<i64>, QueueError> {
        self.writer.ask(move |db| ops::begin_try(db, line, epoch, lock)).await
    }

    async fn settle(&self, settle: Settle) -> Result<bool, QueueError> {
        self.writer.ask(move |db| ops::settle(db, &settle)).await
    }

    async fn note(&self, line: LineId, epoch: i64, attempt: Attempt) -> Result<(), QueueError> {
        self.writer.ask(move |db| ops::note(db, line, epoch, &attempt)).await
    }

    async fn expire(&self, line: LineId, epoch: i64, now: Time) -> Result<Option<Drop>, QueueError> {
        self.writer.ask(move |db| ops::expire(db, line, epoch, now)).await
    }

    async fn park(&self, line: LineId, epoch: i64, seq: i64, now: Time) -> Result<Option<Drop>, QueueError> {
        self.writer.ask(move |db| ops::park(db, line, epoch, seq, now)).await
    }

    async fn acknowledge(&self, line: LineId, upto: i64) -> Result<i64, QueueError> {
        self.writer.ask(move |db| ops::acknowledge(db, line, upto)).await
    }

    async fn close_line(&self, line: LineId, last_word: Option<NewEvent>, now: Time) -> Result<LineRow, QueueError> {
        self.writer.ask(move |db| ops::close_line(db, line, last_word.as_ref(), now)).await
    }

    async fn attempts(&self, line: LineId) -> Result<Vec<Attempt>, QueueError> {
        self.reader.ask(move |db| ops::attempts(db, line)).await
    }

    async fn dropped(&self, line: LineId) -> Result<Vec<DroppedRange>, QueueError> {
        self.reader.ask(move |db| ops::dropped(db, line)).await
    }

    async fn stats(&self) -> Result<Stats, QueueError> {
        self.reader.ask(ops::stats).await
    }

    async fn sweep(&self, now: Time) -> Result<bool, QueueError> {
        self.writer.ask(move |db| ops::sweep(db, now)).await
    }

    async fn close(&self) {
        self.writer.close().await;
        self.reader.close().await;
    }
}
