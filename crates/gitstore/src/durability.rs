//! Getting objects onto the disk before a ref points at them, and sweeping what killed writers
//! left.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::{Duration, SystemTime};

use crate::error::{Error, Result};
use crate::repository::Repository;

/// Whether writes wait for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// Wait: after a power cut, what was reported done is there.
    #[default]
    Sync,
    /// Don't wait: for tests, measurements and throw-away clones.
    NoSync,
}

/// Temporary object files older than this belong to no living process.
const STALE_AFTER: Duration = Duration::from_secs(60 * 60);

impl Repository {
    /// Puts all objects written through this handle and its clones onto the disk.
    ///
    /// [`Repository::update_refs`] does it before any ref moves. Git's object writer here never syncs
    /// by itself; one call for the whole file system (`syncfs`) takes less than one call a file.
    pub fn sync_objects(&self) -> Result<()> {
        let written = std::mem::take(&mut *self.unsynced.lock().unwrap_or_else(PoisonError::into_inner));
        if written.is_empty() || self.durability == Durability::NoSync {
            return Ok(());
        }
        self.sync_written(&written)
    }

    #[cfg(target_os = "linux")]
    fn sync_written(&self, _written: &[gix::ObjectId]) -> Result<()> {
        let objects = self.common_dir().join("objects");
        let directory = std::fs::File::open(&objects).map_err(Error::io("open", &objects))?;
        rustix::fs::syncfs(&directory).map_err(|errno| Error::io("sync", &objects)(errno.into()))
    }

    #[cfg(not(target_os = "linux"))]
    fn sync_written(&self, written: &[gix::ObjectId]) -> Result<()> {
        for id in written {
            let hex = id.to_hex().to_string();
            let path = self.common_dir().join("objects").join(&hex[..2]).join(&hex[2..]);
            // Packed meanwhile by another process, which synced it then.
            let Ok(file) = std::fs::File::open(&path) else { continue };
            file.sync_all().map_err(Error::io("sync", &path))?;
        }
        Ok(())
    }

    /// Removes temporary files among the objects and beside the index that killed writers left more than an hour
    /// before `now`; says which.
    ///
    /// Git's own clean-up never looks at them.
    pub fn sweep_stale_temporaries(&self, now: SystemTime) -> Result<Vec<PathBuf>> {
        let mut swept = self.sweep_directory(&self.common_dir().join("objects"), b".tmp", now)?;
        swept.extend(self.sweep_directory(self.git_dir(), b".waybill-", now)?);
        swept.sort();
        Ok(swept)
    }

    fn sweep_directory(&self, directory: &Path, prefix: &[u8], now: SystemTime) -> Result<Vec<PathBuf>> {
        let mut swept = Vec::new();
        for item in std::fs::read_dir(directory).map_err(Error::io("list", directory))? {
            let item = item.map_err(Error::io("list", directory))?;
            if !item.file_name().as_encoded_bytes().starts_with(prefix) {
                continue;
            }
            let is_stale = item
                .metadata()
                .and_then(|metadata| {
                    Ok(metadata.is_file()
                        && now.duration_since(metadata.modified()?).is_ok_and(|age| age > STALE_AFTER))
                })
                .unwrap_or(false);
            // Another process may sweep at the same time.
            if is_stale && std::fs::remove_file(item.path()).is_ok() {
                swept.push(item.path());
            }
        }
        Ok(swept)
    }
}
