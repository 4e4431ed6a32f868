//! Fetching what customers sent. The message is there at once; its files come when they come, and a file that never
//! comes takes nothing else with it.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use http::Method;
use openlines_base::MINUTE;
use openlines_edge::client::Outgoing;
use openlines_store::StoreError;

use super::disk::{self, Draft, Written};
use super::kind::{kind_of, kind_word};
use super::rules::{FILE_MAX, Failure, Next, after, words};
use super::store::{self, Job};
use super::{FileError, sniff};
use crate::live::record_all;
use crate::{FileId, Parts};

/// Files fetched at once.
const AT_ONCE: usize = 4;
/// Files taken at once.
const CLAIM: i64 = 16;
/// For one whole file.
const FETCH_TIMEOUT: Duration = Duration::from_secs(2 * MINUTE.as_secs());
/// After a claim nobody else takes the file: all of a claim are over by then.
const LEASE: Duration = Duration::from_secs(10 * MINUTE.as_secs());
/// Looked for by itself when the bell was forgotten.
const LOOK: Duration = Duration::from_secs(30);
/// Pause while the database is away.
const PAUSE_AWAY: Duration = Duration::from_secs(2);

const _: () = assert!(LEASE.as_secs() > FETCH_TIMEOUT.as_secs() * (CLAIM as u64).div_ceil(AT_ONCE as u64));

/// Runs until shutdown.
pub(super) async fn run(parts: Parts) {
    while !parts.tasks.is_cancelled() {
        let pause = match step(&parts).await {
            Ok(Some(pause)) => pause,
            Ok(None) => continue,
            Err(error) => {
                tracing::warn!(%error, "Cannot look for files to fetch; trying again");
                PAUSE_AWAY
            }
        };
        tokio::select! {
            () = parts.tasks.cancelled() => return,
            () = parts.bells.files.notified() => {}
            () = parts.clock.sleep(pause) => {}
        }
    }
}

/// Fetches what is due. The pause until the next look, or `None` if there may be more now.
pub(super) async fn step(parts: &Parts) -> Result<Option<Duration>, StoreError> {
    let now = parts.clock.now();
    let mut tx = parts.db.tx("claim_files").await?;
    let jobs = store::claim(&mut tx, now, LEASE, CLAIM).await?;
    tx.commit().await?;
    if jobs.is_empty() {
        let mut read = parts.db.read().await?;
        let due = store::next_due(&mut read).await?;
        return Ok(Some(due.map_or(LOOK, |it| it.since(now).min(LOOK))));
    }
    stream::iter(jobs)
        .for_each_concurrent(AT_ONCE, |job| async move {
            // At shutdown the lease runs out, and the next start fetches it.
            let id = FileId(job.id);
            let done = tokio::select! {
                () = parts.tasks.cancelled() => return,
                done = one(parts, &job) => done,
            };
            if let Err(error) = done {
                tracing::warn!(file = %id, %error, "Cannot note what became of a file; its lease will run out");
            }
        })
        .await;
    Ok(None)
}

async fn one(parts: &Parts, job: &Job) -> Result<(), FileError> {
    let id = FileId(job.id);
    match fetch(parts, job).await {
        Ok(written) => {
            metrics::counter!("openlines_files_fetched_total", "outcome" => "ready").increment(1);
            keep(parts, id, job, &written).await
        }
        Err(failure) => {
            let (next, problem) = (after(&failure, usize::try_from(job.attempts).unwrap_or(0)), words(&failure));
            let mut tx = parts.db.tx("file_not_fetched").await?;
            let (state, outcome) = match next {
                Next::Later(pause) => {
                    store::set_later(&mut tx, id, parts.clock.now() + pause, &problem).await?;
                    tx.commit().await?;
                    metrics::counter!("openlines_files_fetched_total", "outcome" => "later").increment(1);
                    return Ok(());
                }
                Next::Failed => ("failed", "failed"),
                Next::TooBig => ("too_big", "too_big"),
            };
            metrics::counter!("openlines_files_fetched_total", "outcome" => outcome).increment(1);
            tracing::info!(file = %id, %problem, state, "A customer's file will not come");
            if store::set_lost(&mut tx, id, state, &problem).await? {
                tell(parts, &mut tx, id).await?;
            }
            tx.commit().await?;
            parts.bells.live.notify_one();
            Ok(())
        }
    }
}

async fn keep(parts: &Parts, id: FileId, job: &Job, written: &Written) -> Result<(), FileError> {
    let mime = sniff::settle(&written.head, &job.mime);
    let kind = kind_word(sniff::kind(&mime, kind_of(&job.kind)));
    let mut tx = parts.db.tx("file_ready").await?;
    if store::set_ready(&mut tx, id, written, &mime, kind).await? {
        tell(parts, &mut tx, id).await?;
        tx.commit().await?;
        parts.bells.live.notify_one();
    } else {
        // Its lease ran out and somebody else was first, or it was deleted.
        disk::remove(&parts.files, &written.stored_as).await?;
    }
    Ok(())
}

async fn tell(parts: &Parts, conn: &mut openlines_store::Conn, id: FileId) -> Result<(), StoreError> {
    let changes = store::touch_owners(&mut *conn, id).await?;
    Ok(record_all(conn, parts.clock.now(), &changes).await?)
}

async fn fetch(parts: &Parts, job: &Job) -> Result<Written, Failure> {
    let url = job.source_url.clone().unwrap_or_default();
    let asked = parts.client.stream(Outgoing::new(Method::GET, url, FETCH_TIMEOUT)).await;
    let answer = asked.map_err(Failure::Net)?;
    if !answer.status.is_success() {
        return Err(Failure::Status(answer.status.as_u16()));
    }
    if answer.length.is_some_and(|it| it > FILE_MAX) {
        return Err(Failure::TooBig);
    }
    let disk = |cause: std::io::Error| Failure::Disk(cause.kind().to_string());
    let mut draft = Draft::begin(&parts.files, &*parts.rng).await.map_err(disk)?;
    let mut body = answer.bytes();
    while let Some(bytes) = body.next().await {
        let bytes = bytes.map_err(Failure::Net)?;
        if draft.size() + bytes.len() as u64 > FILE_MAX {
            return Err(Failure::TooBig);
        }
        draft.write(&bytes).await.map_err(disk)?;
    }
    draft.keep().await.map_err(disk)
}
