//! Removing what nobody needs: uploads that were never sent, half-written files, bytes without a row.

use std::io;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use openlines_base::{DAY, HOUR, Time};
use tokio::fs::{self, DirEntry};

use super::disk::{self, PART, WHOLE};
use super::{FileError, store};
use crate::Parts;

/// Between two sweeps.
const EVERY: Duration = HOUR;
/// What is younger may still be in use.
const AGE: Duration = DAY;
/// Uploads removed in one transaction.
const BATCH: i64 = 500;

/// Runs until shutdown.
pub(super) async fn run(parts: Parts) {
    while !parts.tasks.is_cancelled() {
        if let Err(error) = sweep(&parts).await {
            tracing::warn!(%error, "Cannot sweep the file store; the next hour tries again");
        }
        tokio::select! {
            () = parts.tasks.cancelled() => return,
            () = parts.clock.sleep(EVERY) => {}
        }
    }
}

/// One sweep.
pub(super) async fn sweep(parts: &Parts) -> Result<(), FileError> {
    let before = parts.clock.now() - AGE;
    loop {
        let mut tx = parts.db.tx("sweep_uploads").await?;
        let names = store::drop_loose(&mut tx, before, BATCH).await?;
        // The rows go first: a crash between leaves bytes without a row, which the walk below finds.
        tx.commit().await?;
        for name in &names {
            disk::remove(&parts.files, name).await?;
        }
        if names.is_empty() {
            break;
        }
    }
    for entry in entries(&parts.files.join(PART)).await? {
        if is_older(&entry, before).await {
            fs::remove_file(entry.path()).await?;
        }
    }
    for shelf in entries(&parts.files.join(WHOLE)).await? {
        sweep_shelf(parts, &shelf.path(), before).await?;
    }
    Ok(())
}

async fn sweep_shelf(parts: &Parts, shelf: &Path, before: Time) -> Result<(), FileError> {
    for entry in entries(shelf).await? {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let mut read = parts.db.read().await?;
        if is_older(&entry, before).await && !store::is_known(&mut read, name).await? {
            drop(read);
            fs::remove_file(entry.path()).await?;
            tracing::info!(name, "Removed a stored file that belongs to nothing");
        }
    }
    Ok(())
}

async fn entries(folder: &Path) -> io::Result<Vec<DirEntry>> {
    let mut reader = match fs::read_dir(folder).await {
        Ok(reader) => reader,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(cause),
    };
    let mut list = Vec::new();
    while let Some(entry) = reader.next_entry().await? {
        list.push(entry);
    }
    Ok(list)
}

/// By the file system's time of the last change; unknown counts as young.
async fn is_older(entry: &DirEntry, before: Time) -> bool {
    let Ok(data) = entry.metadata().await else { return false };
    let Some(age) = data.modified().ok().and_then(|it| it.duration_since(UNIX_EPOCH).ok()) else { return false };
    data.is_file() && i64::try_from(age.as_millis()).unwrap_or(i64::MAX) < before.ms()
}
