//! SQLite's one writer. Transactions of many callers run one after another as savepoints of one outer transaction and
//! become durable together: one disk flush for all who wait, no timer when nobody else does.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::Executor as _;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use crate::{Conn, StoreError};

/// So many transactions share one flush at most; bounds what one failing flush takes back.
const GROUP_MAX: usize = 128;
/// A finished transaction that nobody flushed by then flushes itself: the caller it counted on went away.
const FLUSH_PATIENCE: Duration = Duration::from_millis(5);

type Outcome = Result<(), String>;

#[derive(Debug)]
pub(crate) struct Writer {
    state: Arc<Mutex<State>>,
    /// Callers that wait for their turn; while there are any, the flush is left to the last of them.
    waiting: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct State {
    conn: Conn,
    /// The outer transaction is open.
    open: bool,
    /// A `BEGIN` was sent and its answer not seen yet: the caller may have gone away in between.
    beginning: bool,
    /// A savepoint was left by a caller that went away.
    abandoned: bool,
    /// Finished transactions of the open group, to be told how the flush went.
    finished: Vec<oneshot::Sender<Outcome>>,
}

/// A turn at the writer.
#[derive(Debug)]
pub(crate) struct SqliteTx {
    state: Option<OwnedMutexGuard<State>>,
    shared: Arc<Mutex<State>>,
    waiting: Arc<AtomicUsize>,
}

impl Writer {
    pub(crate) fn new(conn: Conn) -> Self {
        let state = State { conn, open: false, beginning: false, abandoned: false, finished: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)), waiting: Arc::default() }
    }

    pub(crate) async fn begin(&self) -> Result<SqliteTx, StoreError> {
        let turn = Turn::queue(&self.waiting);
        let mut state = Arc::clone(&self.state).lock_owned().await;
        drop(turn);
        state.clean_up().await;
        if !state.open {
            state.beginning = true;
            let begun = state.conn.execute("BEGIN IMMEDIATE").await;
            state.beginning = false;
            begun?;
            state.open = true;
        }
        // Set first: if this future is dropped at the await, the next caller cleans up.
        state.abandoned = true;
        state.conn.execute("SAVEPOINT one").await?;
        Ok(SqliteTx { state: Some(state), shared: Arc::clone(&self.state), waiting: Arc::clone(&self.waiting) })
    }

    /// Flushes what is finished.
    pub(crate) async fn close(&self) {
        let mut state = self.state.lock().await;
        state.clean_up().await;
        state.flush().await;
    }
}

impl SqliteTx {
    pub(crate) fn conn(&self) -> &Conn {
        &self.state.as_ref().expect("held until commit, which ends the Tx").conn
    }

    pub(crate) fn conn_mut(&mut self) -> &mut Conn {
        &mut self.state.as_mut().expect("held until commit, which ends the Tx").conn
    }

    pub(crate) async fn commit(&mut self) -> Result<(), StoreError> {
        let Some(state) = self.state.take() else { return Ok(()) };
        let (shared, waiting) = (Arc::clone(&self.shared), Arc::clone(&self.waiting));
        // A task of its own: a caller that hangs up in the middle must not leave a flush half done.
        match tokio::runtime::Handle::current().spawn(finish(state, shared, waiting)).await {
            Ok(done) => done,
            Err(cause) => Err(StoreError::Commit(cause.to_string())),
        }
    }
}

async fn finish(
    mut state: OwnedMutexGuard<State>,
    shared: Arc<Mutex<State>>,
    waiting: Arc<AtomicUsize>,
) -> Result<(), StoreError> {
    if let Err(cause) = state.conn.execute("RELEASE one").await {
        state.clean_up().await;
        return Err(cause.into());
    }
    state.abandoned = false;
    let (tell, mut told) = oneshot::channel();
    state.finished.push(tell);
    if waiting.load(Ordering::Acquire) == 0 || state.finished.len() >= GROUP_MAX {
        state.flush().await;
    }
    drop(state);
    loop {
        match tokio::time::timeout(FLUSH_PATIENCE, &mut told).await {
            Ok(Ok(Ok(()))) => return Ok(()),
            Ok(Ok(Err(text))) => return Err(StoreError::Commit(text)),
            Ok(Err(_)) => return Err(StoreError::Commit("the writer went away".to_owned())),
            Err(_) => {
                let mut state = shared.lock().await;
                state.clean_up().await;
                state.flush().await;
            }
        }
    }
}

impl Drop for SqliteTx {
    /// A caller that went away leaves others' finished work unflushed and the outer transaction open: end both.
    fn drop(&mut self) {
        let Some(mut state) = self.state.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.waiting.load(Ordering::Acquire) == 0 {
            drop(runtime.spawn(async move {
                state.clean_up().await;
                state.flush().await;
            }));
        }
    }
}

impl State {
    /// Takes back what an abandoned transaction wrote, and nothing else.
    async fn clean_up(&mut self) {
        if mem::take(&mut self.beginning) {
            // Whether it took place is unknown; nobody's work is in it yet.
            drop(self.conn.execute("ROLLBACK").await);
        }
        if !mem::take(&mut self.abandoned) {
            return;
        }
        let back = async {
            self.conn.execute("ROLLBACK TO one").await?;
            self.conn.execute("RELEASE one").await
        };
        if let Err(cause) = back.await {
            // SQLite ends the whole transaction by itself on a full disk or an I/O error.
            self.fail(&cause.to_string()).await;
        }
    }

    async fn flush(&mut self) {
        if !self.open {
            return;
        }
        match self.conn.execute("COMMIT").await {
            Ok(_) => {
                self.open = false;
                let group = mem::take(&mut self.finished);
                metrics::histogram!("openlines_store_group_size").record(u32::try_from(group.len()).unwrap_or(0));
                for caller in group {
                    drop(caller.send(Ok(())));
                }
            }
            Err(cause) => self.fail(&cause.to_string()).await,
        }
    }

    async fn fail(&mut self, text: &str) {
        drop(self.conn.execute("ROLLBACK").await);
        self.open = false;
        self.abandoned = false;
        for caller in mem::take(&mut self.finished) {
            drop(caller.send(Err(text.to_owned())));
        }
    }
}

/// Counts a caller as waiting for as long as it is alive.
struct Turn<'a>(&'a AtomicUsize);

impl<'a> Turn<'a> {
    fn queue(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::AcqRel);
        Self(waiting)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
