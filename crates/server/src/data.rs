//! The data folder: made private, one process at a time, with the master key.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use openlines_base::{Rng, Secret};

const KEY_BYTES: usize = 32;

/// An opened data folder. While it lives no other process opens it.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Opens the folder, making it if missing.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("setting `data`: cannot make the folder {}", path.display()))?;
        let path = path.canonicalize().with_context(|| format!("setting `data`: {}", path.display()))?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.join("lock"))
            .with_context(|| format!("setting `data`: cannot write into {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                bail!("another Open Lines works with {}; stop it, or give another --data", path.display())
            }
            Err(TryLockError::Error(cause)) => Err(cause).with_context(|| format!("locking {}", path.display())),
        }
    }

    /// A file or folder in it.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Reads the master key, making it at the first start.
    pub(crate) fn master_key(&self, rng: &dyn Rng) -> anyhow::Result<Secret<[u8; KEY_BYTES]>> {
        let file = self.join("master.key");
        if !file.exists() {
            let mut key = [0; KEY_BYTES];
            rng.fill(&mut key);
            // Written aside and renamed: a kill leaves a whole key or none.
            let aside = self.join("master.key.new");
            let mut new = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&aside)?;
            new.write_all(&key)?;
            new.sync_all()?;
            std::fs::rename(&aside, &file)?;
            File::open(&self.path)?.sync_all()?;
        }
        let mode = file.metadata()?.permissions().mode();
        if mode & 0o077 != 0 {
            bail!("{} can be read by others; run: chmod 600 {}", file.display(), file.display());
        }
        let mut key = Vec::new();
        File::open(&file)?.read_to_end(&mut key)?;
        let Ok(key) = <[u8; KEY_BYTES]>::try_from(key) else {
            bail!("{} is damaged: it must hold {KEY_BYTES} bytes; take it from your backup", file.display());
        };
        Ok(Secret::new(key))
    }
}

#[cfg(test)]
mod tests {
    use openlines_base::SystemRng;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_for_the_owner_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/data");
        let data = DataFolder::open(&path).expect("opens");
        let one = data.master_key(&SystemRng).expect("makes");
        let two = data.master_key(&SystemRng).expect("reads");
        assert_eq!(one.expose(), two.expose());
        assert_eq!(path.join("master.key").metadata().expect("is there").permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(path.join("master.key"), std::fs::Permissions::from_mode(0o644)).expect("changes");
        assert!(data.master_key(&SystemRng).expect_err("refused").to_string().contains("chmod 600"));
    }

    #[test]
    fn two_processes_never_share_a_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = DataFolder::open(folder.path()).expect("opens");
        let second = DataFolder::open(folder.path()).expect_err("refused");
        assert!(second.to_string().contains("another Open Lines"), "{second}");
        drop(first);
        DataFolder::open(folder.path()).expect("free again");
    }
}
