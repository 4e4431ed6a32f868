//! The data folder: made private, one process at a time, with the master key.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use openlines_base::{Rng, Secret};

const KEY_BYTES: usize = 32;
/// Files that hold something sealed with the master key.
const DATABASES: [&str; 2] = ["hub.db", "portal.db"];

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
        let is_new = std::fs::read_dir(&path).is_ok_and(|mut it| it.next().is_none());
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.join("lock"))
            .with_context(|| format!("setting `data`: cannot write into {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {
                make_private(&path, is_new);
                Ok(Self { path, _lock: lock })
            }
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
            // A new key would open nothing of what the lost one has sealed, and hide that it is lost.
            if let Some(database) = DATABASES.iter().find(|it| self.join(it).exists()) {
                bail!("{} is gone but {database} is here; take the key from your backup", file.display());
            }
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

/// The databases hold customers' words: nobody else of this machine shall read them. An empty folder was made for us (by
/// hand, as a volume) and is closed; one with other things in it may have its reasons.
fn make_private(path: &Path, is_new: bool) {
    let is_open = path.metadata().is_ok_and(|it| it.permissions().mode() & 0o077 != 0);
    let close = || std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700));
    if is_open && !(is_new && close().is_ok()) {
        let path = path.display();
        tracing::warn!("Others on this machine may read the data folder {path}; run: chmod 700 {path}");
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
    fn a_lost_key_is_told_and_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = DataFolder::open(folder.path()).expect("opens");
        data.master_key(&SystemRng).expect("makes");
        std::fs::write(data.join("portal.db"), "").expect("writes");
        std::fs::remove_file(data.join("master.key")).expect("loses");
        let told = data.master_key(&SystemRng).expect_err("refused").to_string();
        assert!(told.contains("portal.db is here") && !data.join("master.key").exists(), "{told}");
    }

    #[test]
    fn an_empty_folder_that_others_can_read_is_closed_and_a_used_one_is_left() {
        let mode = |path: &Path| path.metadata().expect("is there").permissions().mode() & 0o777;
        for (used, expected) in [(false, 0o700), (true, 0o755)] {
            let folder = tempfile::tempdir().expect("a folder");
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("changes");
            if used {
                std::fs::write(folder.path().join("other"), "").expect("writes");
            }
            DataFolder::open(folder.path()).expect("opens");
            assert_eq!(mode(folder.path()), expected);
        }
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
