//! The queue in PostgreSQL: appends go in groups by `UNNEST`, all else is one short transaction each.
//!
//! The row of a line is locked before its numbers are given out, so order of commits is order of numbers, also when
//! several nodes append. No transaction is held during an HTTP request. Nodes that share the lines by leases, and
//! `LISTEN`/`NOTIFY` between them, have their place here: every statement already carries site and epoch.

mod append;
mod ops;

use std::time::Duration;

use async_trait::async_trait;
use openlines_base::{Tasks, Time};
use openlines_protocol::{ConnectionId, SiteId};
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::{Executor as _, Row as _};
use tokio::sync::{mpsc, oneshot};

use super::{
    Append, Appended, Attempt, Drop, DroppedRange, LineId, LineRow, NewEvent, QueueError, QueueStore, Queued,
    ReadLimit, Settle, Stats,
};
use crate::deliver::Lock;

/// Schema steps; the number of those applied stands in `queue_schema`.
const SCHEMA: [&str; 1] = [include_str!("../../../../../migrations/hub/queue/0001_postgres.sql")];
/// Any number, the same in all nodes: they migrate one after the other.
const MIGRATION_LOCK: i64 = 7_236_540_199;
/// Connections of one node.
const CONNECTIONS: u32 = 16;
/// How long a statement waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Appends that may wait. More are refused, so that a slow database cannot fill the memory.
const WAITING_MAX: usize = 8192;
/// How long appends in hand may take when the queue is closed.
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);

type Waiting = (Append, oneshot::Sender<Result<Appended, QueueError>>);

/// See the module.
#[derive(Debug)]
pub struct PostgresQueue {
    pool: PgPool,
    appends: mpsc::Sender<Waiting>,
    /// Runs the appender, which outlives the hub's other work: what is in hand then is still stored.
    tasks: Tasks,
}

impl PostgresQueue {
    /// Connects, and brings the schema up to date.
    ///
    /// # Errors
    /// The server is away, or its schema was written by a newer program.
    pub async fn open(url: &str) -> Result<Self, QueueError> {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect(url)
            .await
            .map_err(open)?;
        migrate(&pool).await?;
        let (appends, waiting) = mpsc::channel(WAITING_MAX);
        let tasks = Tasks::new();
        tasks.spawn("queue-append", append::run(pool.clone(), waiting, tasks.clone()));
        Ok(Self { pool, appends, tasks })
    }
}

async fn migrate(pool: &PgPool) -> Result<(), QueueError> {
    let found = apply_missing(pool).await?;
    if found > i64::try_from(SCHEMA.len()).unwrap_or(i64::MAX) {
        return Err(QueueError::Open(format!(
            "its schema has version {found}, this program knows {}; install the newer program again",
            SCHEMA.len()
        )));
    }
    Ok(())
}

/// Applies the missing steps, all or none; gives the version found.
async fn apply_missing(pool: &PgPool) -> Result<i64, QueueError> {
    let mut tx = pool.begin().await.map_err(open)?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK).execute(&mut *tx).await.map_err(open)?;
    tx.execute("CREATE TABLE IF NOT EXISTS queue_schema (version BIGINT PRIMARY KEY)").await.map_err(open)?;
    let found: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM queue_schema")
        .fetch_one(&mut *tx)
        .await
        .map_err(open)?;
    for (n, step) in (1_i64..).zip(SCHEMA) {
        if n > found {
            sqlx::raw_sql(step).execute(&mut *tx).await.map_err(open)?;
            let insert = sqlx::query("INSERT INTO queue_schema (version) VALUES ($1)");
            insert.bind(n).execute(&mut *tx).await.map_err(open)?;
        }
    }
    tx.commit().await.map_err(open)?;
    Ok(found)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn open(cause: sqlx::Error) -> QueueError {
    QueueError::Open(cause.to_string())
}

impl From<sqlx::Error> for QueueError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Away(cause.to_string())
    }
}

/// Columns of a line, in the order of [`line_row`].
const LINE: &str =
    "connection, site, next_seq, floor, pending, attempt, first_failed_at, locked_until, epoch, quiet, closed";

fn line_row(row: &PgRow) -> LineRow {
    LineRow {
        line: LineId { connection: ConnectionId(row.get(0)), site: SiteId(row.get(1)) },
        next_seq: row.get(2),
        floor: row.get(3),
        pending: row.get(4),
        lock: Lock {
            attempt: u32::try_from(row.get::<i64, _>(5)).unwrap_or(u32::MAX),
            first_failed_at: Time::from_ms(row.get(6)),
            locked_until: Time::from_ms(row.get(7)),
        },
        epoch: row.get(8),
        is_quiet: row.get::<i64, _>(9) != 0,
        is_closed: row.get::<i64, _>(10) != 0,
    }
}

#[async_trait]
impl QueueStore for PostgresQueue {
    async fn append(&self, append: Append) -> Result<Appended, QueueError> {
        let (reply, answer) = oneshot::channel();
        self.appends.try_send((append, reply)).map_err(|cause| match cause {
            mpsc::error::TrySendError::Full(_) => QueueError::Busy,
            mpsc::error::TrySendError::Closed(_) => QueueError::Away("closed".to_owned()),
        })?;
        answer.await.unwrap_or_else(|_| Err(QueueError::Away("the appender ended".to_owned())))
    }

    async fn read(&self, line: LineId, after: i64, limit: ReadLimit) -> Result<Vec<Queued>, QueueError> {
        ops::read(&self.pool, line, after, limit).await
    }

    async fn line(&self, line: LineId) -> Result<Option<LineRow>, QueueError> {
        ops::line(&self.pool, line).await
    }

    async fn lines(&self, after: ConnectionId, limit: i64) -> Result<Vec<LineRow>, QueueError> {
        ops::lines(&self.pool, after, limit).await
    }

    async fn begin_try(&self, line: LineId, epoch: i64, lock: Lock) -> Result<Option<i64>, QueueError> {
        ops::begin_try(&self.pool, line, epoch, lock).await
    }

    async fn settle(&self, settle: Settle) -> Result<bool, QueueError> {
        ops::settle(&self.pool, &settle).await
    }

    async fn note(&self, line: LineId, epoch: i64, attempt: Attempt) -> Result<(), QueueError> {
        ops::note(&self.pool, line, epoch, &attempt).await
    }

    async fn expire(&self, line: LineId, epoch: i64, now: Time) -> Result<Option<Drop>, QueueError> {
        ops::expire(&self.pool, line, epoch, now).await
    }

    async fn park(&self, line: LineId, epoch: i64, seq: i64, now: Time) -> Result<Option<Drop>, QueueError> {
        ops::park(&self.pool, line, epoch, seq, now).await
    }

    async fn acknowledge(&self, line: LineId, upto: i64) -> Result<i64, QueueError> {
        ops::acknowledge(&self.pool, line, upto).await
    }

    async fn close_line(&self, line: LineId, last_word: Option<NewEvent>, now: Time) -> Result<LineRow, QueueError> {
        ops::close_line(&self.pool, line, last_word, now).await
    }

    async fn attempts(&self, line: LineId) -> Result<Vec<Attempt>, QueueError> {
        ops::attempts(&self.pool, line).await
    }

    async fn dropped(&self, line: LineId) -> Result<Vec<DroppedRange>, QueueError> {
        ops::dropped(&self.pool, line).await
    }

    async fn stats(&self) -> Result<Stats, QueueError> {
        ops::stats(&self.pool).await
    }

    async fn sweep(&self, now: Time) -> Result<bool, QueueError> {
        ops::sweep(&self.pool, now).await
    }

    async fn close(&self) {
        if !self.tasks.stop(CLOSE_PATIENCE).await {
            tracing::warn!("The queue was closed while appends waited for the database");
        }
        self.pool.close().await;
    }
}
