//! The data folder: made for its owner only, and owned by one process at a time.
//!
//! The lock is the kernel's, on the file `lock`: a process that dies lets go of it. The file's text is only there to
//! name the holder.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::StoreError;

/// A data folder that this process owns, until it is dropped.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    /// Open as long as the folder is ours: closing it lets go of the lock.
    _lock: File,
}

impl DataFolder {
    /// Creates the folder (mode 0700) where it is missing and takes its lock. [`StoreError::Held`] names the holder.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let disk = |e: std::io::Error| StoreError::Disk(format!("{}: {e}", path.display()));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(disk)?;
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(disk)?;
        let file = path.join("lock");
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(file)
            .map_err(disk)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                drop((&mut lock).take(32).read_to_string(&mut holder));
                let holder = match holder.trim() {
                    "" => "unknown".to_owned(),
                    holder => holder.to_owned(),
                };
                return Err(StoreError::Held { folder: path.display().to_string(), holder });
            }
            Err(TryLockError::Error(e)) => return Err(disk(e)),
        }
        // The name of the holder is a courtesy: a full disk must not keep the server from starting and making room.
        let named = lock.set_len(0).and_then(|()| lock.rewind()).and_then(|()| write!(lock, "{}", std::process::id()));
        if let Err(why) = named {
            tracing::warn!(error = %why, "the lock file does not name its holder");
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_and_names_it() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("deep/data");
        let first = DataFolder::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        let second = DataFolder::open(&path).unwrap_err();
        let holder = std::process::id().to_string();
        assert_eq!(second, StoreError::Held { folder: path.display().to_string(), holder });
        drop(first);
        DataFolder::open(&path).unwrap();
    }
}
