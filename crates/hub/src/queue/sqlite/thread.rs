//! A thread that owns a SQLite connection and runs what is asked of it.

use std::sync::Mutex;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::queue::QueueError;

/// Work that may wait for the thread. More is refused, so that a slow disk cannot fill the memory.
const WAITING_MAX: usize = 8192;
/// Work that shares one disk flush at most.
const GROUP_MAX: usize = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Write,
    Read,
}

/// What a piece of work gives: the outer error undoes the whole group, the inner one is an answer like any other.
pub(super) type Done<T> = rusqlite::Result<Result<T, QueueError>>;

type Work = Box<dyn Ask + Send>;

/// May run more than once, if a neighbour spoilt the group; the last run counts.
trait Ask {
    fn run(&mut self, db: &Connection) -> rusqlite::Result<()>;
    fn answer(self: Box<Self>, failed: Option<QueueError>);
}

struct Asked<T, F> {
    work: F,
    done: Option<Result<T, QueueError>>,
    reply: oneshot::Sender<Result<T, QueueError>>,
}

impl<T: Send, F: FnMut(&Connection) -> Done<T> + Send> Ask for Asked<T, F> {
    fn run(&mut self, db: &Connection) -> rusqlite::Result<()> {
        self.done = Some((self.work)(db)?);
        Ok(())
    }

    fn answer(self: Box<Self>, failed: Option<QueueError>) {
        let result = match (failed, self.done) {
            (Some(failed), _) => Err(failed),
            (None, Some(done)) => done,
            (None, None) => Err(away("not run")),
        };
        drop(self.reply.send(result));
    }
}

#[derive(Debug)]
pub(super) struct Thread {
    ask: mpsc::Sender<Work>,
    ended: Mutex<Option<oneshot::Receiver<()>>>,
    closing: mpsc::Sender<()>,
}

impl Thread {
    pub(super) fn start(name: &str, db: Connection, mode: Mode) -> Result<Self, QueueError> {
        let (ask, mut asked) = mpsc::channel::<Work>(WAITING_MAX);
        let (closing, mut close) = mpsc::channel::<()>(1);
        let (end, ended) = oneshot::channel();
        let run = move || {
            while let Some(first) = asked.blocking_recv() {
                let mut group = vec![first];
                while group.len() < GROUP_MAX
                    && let Ok(next) = asked.try_recv()
                {
                    group.push(next);
                }
                match mode {
                    Mode::Write => write(&db, group),
                    Mode::Read => group.into_iter().for_each(|it| read(&db, it)),
                }
                if close.try_recv().is_ok() {
                    asked.close();
                }
            }
            drop(db.close());
            let _ = end.send(());
        };
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
            .map_err(|cause| QueueError::Open(cause.to_string()))?;
        Ok(Self { ask, ended: Mutex::new(Some(ended)), closing })
    }

    /// Asks, waiting for room.
    pub(super) async fn ask<T, F>(&self, work: F) -> Result<T, QueueError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Done<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let work = Box::new(Asked { work, done: None, reply });
        self.ask.send(work).await.map_err(|_| away("closed"))?;
        answer.await.unwrap_or_else(|_| Err(away("the thread ended")))
    }

    /// Asks, refused when there is no room.
    pub(super) async fn try_ask<T, F>(&self, work: F) -> Result<T, QueueError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Done<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let work = Box::new(Asked { work, done: None, reply });
        self.ask.try_send(work).map_err(|cause| match cause {
            mpsc::error::TrySendError::Full(_) => QueueError::Busy,
            mpsc::error::TrySendError::Closed(_) => away("closed"),
        })?;
        answer.await.unwrap_or_else(|_| Err(away("the thread ended")))
    }

    /// Ends after what waits now.
    pub(super) async fn close(&self) {
        let _ = self.closing.try_send(());
        // Wakes the thread, so that it looks.
        drop(
            self.ask
                .send(Box::new(Asked { work: |_: &Connection| Ok(Ok(())), done: None, reply: oneshot::channel().0 }))
                .await,
        );
        let ended = self.ended.lock().ok().and_then(|mut it| it.take());
        if let Some(ended) = ended {
            drop(ended.await);
        }
    }
}

fn write(db: &Connection, mut group: Vec<Work>) {
    let failed = commit(db, &mut group).err();
    metrics::histogram!("openlines_hub_queue_group_size").record(u32::try_from(group.len()).unwrap_or(u32::MAX));
    match failed {
        // One piece of work must not fail its neighbours: each on its own.
        Some(_) if group.len() > 1 => group.into_iter().for_each(|it| write(db, vec![it])),
        failed => {
            let failed = failed.map(|cause| away(&cause.to_string()));
            group.into_iter().for_each(|it| it.answer(failed.clone()));
        }
    }
}

fn commit(db: &Connection, group: &mut [Work]) -> rusqlite::Result<()> {
    let run = |group: &mut [Work]| {
        db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for work in group {
            work.run(db)?;
        }
        db.prepare_cached("COMMIT")?.execute([]).map(drop)
    };
    let done = run(group);
    if done.is_err() && !db.is_autocommit() {
        drop(db.execute_batch("ROLLBACK"));
    }
    done
}

fn read(db: &Connection, mut work: Work) {
    let failed = work.run(db).err().map(|cause| away(&cause.to_string()));
    work.answer(failed);
}

fn away(text: &str) -> QueueError {
    QueueError::Away(text.to_owned())
}
