//! The local folder of bytes. A file is written under a name in `part/`, flushed, and only then moved to its place: what
//! stands in its place is whole.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use openlines_base::Rng;
use ring::digest;
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt as _;

use super::sniff;
use crate::staff::hex;

/// Random bytes of a stored name.
const NAME_BYTES: usize = 24;
/// Folder of half-written files.
pub(super) const PART: &str = "part";
/// Folder of whole ones.
pub(super) const WHOLE: &str = "whole";

/// A file being written. Dropped before [`Draft::keep`], it is removed.
pub(crate) struct Draft {
    name: String,
    folder: PathBuf,
    file: Option<File>,
    hash: digest::Context,
    size: u64,
    head: Vec<u8>,
}

/// A file that is whole and in its place.
pub(crate) struct Written {
    /// Its name in the store.
    pub(crate) stored_as: String,
    /// Bytes.
    pub(crate) size: u64,
    /// SHA-256, hex.
    pub(crate) sha256: String,
    /// Its first bytes.
    pub(crate) head: Vec<u8>,
}

impl Draft {
    /// Begins a file.
    pub(crate) async fn begin(folder: &Path, rng: &dyn Rng) -> io::Result<Self> {
        let name = rng.token(NAME_BYTES);
        fs::create_dir_all(folder.join(PART)).await?;
        let file = File::create_new(folder.join(PART).join(&name)).await?;
        let (folder, hash) = (folder.to_owned(), digest::Context::new(&digest::SHA256));
        Ok(Self { name, folder, file: Some(file), hash, size: 0, head: Vec::new() })
    }

    /// Bytes so far.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Adds bytes.
    pub(crate) async fn write(&mut self, bytes: &Bytes) -> io::Result<()> {
        let missing = sniff::HEAD.saturating_sub(self.head.len());
        self.head.extend_from_slice(&bytes[..bytes.len().min(missing)]);
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        match &mut self.file {
            Some(file) => file.write_all(bytes).await,
            None => Ok(()),
        }
    }

    /// Flushes it to the disk and moves it to its place.
    pub(crate) async fn keep(mut self) -> io::Result<Written> {
        if let Some(mut file) = self.file.take() {
            file.flush().await?;
            file.sync_all().await?;
        }
        let place = path_of(&self.folder, &self.name);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).await?;
        }
        fs::rename(self.part(), &place).await?;
        sync_folder(place.parent()).await?;
        let sha256 = hex(self.hash.clone().finish().as_ref());
        Ok(Written { stored_as: self.name.clone(), size: self.size, sha256, head: std::mem::take(&mut self.head) })
    }

    fn part(&self) -> PathBuf {
        self.folder.join(PART).join(&self.name)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After `keep` there is nothing to remove. What stays after a kill is swept.
        let part = self.part();
        if part.exists() {
            drop(std::fs::remove_file(part));
        }
    }
}

/// Where a stored file lies.
pub(crate) fn path_of(folder: &Path, stored_as: &str) -> PathBuf {
    let shelf: String = stored_as.chars().take(2).collect();
    folder.join(WHOLE).join(shelf).join(stored_as)
}

/// Removes a stored file; one that is gone already is no error.
pub(crate) async fn remove(folder: &Path, stored_as: &str) -> io::Result<()> {
    match fs::remove_file(path_of(folder, stored_as)).await {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Makes the new name survive a power cut, where folders can be flushed.
async fn sync_folder(folder: Option<&Path>) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = folder {
        File::open(folder).await?.sync_all().await?;
    }
    #[cfg(not(unix))]
    drop(folder);
    Ok(())
}

#[cfg(test)]
mod tests {
    use openlines_base::SystemRng;

    use super::*;

    #[tokio::test]
    async fn a_kept_file_is_in_its_place_and_a_dropped_one_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let mut draft = Draft::begin(folder.path(), &SystemRng).await.unwrap();
        draft.write(&Bytes::from_static(b"abc")).await.unwrap();
        let written = draft.keep().await.unwrap();
        assert_eq!(written.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(std::fs::read(path_of(folder.path(), &written.stored_as)).unwrap(), b"abc");
        let mut draft = Draft::begin(folder.path(), &SystemRng).await.unwrap();
        draft.write(&Bytes::from_static(b"half")).await.unwrap();
        drop(draft);
        assert_eq!(std::fs::read_dir(folder.path().join(PART)).unwrap().count(), 0);
        remove(folder.path(), &written.stored_as).await.unwrap();
        remove(folder.path(), &written.stored_as).await.unwrap();
    }
}
