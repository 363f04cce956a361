//! The three stores of one machine, in one data folder that one process owns.

use std::path::Path;
use std::sync::Arc;

use crate::StoreError;
use crate::blobs::folder::FolderBlobs;
use crate::counters::embedded::RedbCounters;
use crate::folder::DataFolder;
use crate::keys::Keys;
use crate::records::sqlite::SqliteRecords;

/// Everything Sekisho remembers on one machine. Close it; what is dropped without closing loses at most the last
/// second of what was not durable.
pub struct Embedded {
    /// Directory, settings, decisions, junk index, learning log, sign-ins and audit.
    pub records: Arc<SqliteRecords>,
    /// Limits and short memories.
    pub counters: Arc<RedbCounters>,
    /// Messages byte for byte.
    pub blobs: Arc<FolderBlobs>,
    /// Keys derived from the folder's master key.
    pub keys: Keys,
    folder: DataFolder,
}

impl Embedded {
    /// Opens a data folder, creating what is missing. [`StoreError::Held`] where another process owns it.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let (folder, keys) = {
            let path = path.to_owned();
            tokio::task::spawn_blocking(move || {
                let folder = DataFolder::open(&path)?;
                let blobs = path.join("blobs/index.db");
                let needed_by = blobs.exists().then(|| blobs.display().to_string());
                let keys = Keys::open(&path.join("keys"), needed_by.as_deref())?;
                Ok::<_, StoreError>((folder, keys))
            })
            .await
            .map_err(|e| StoreError::Disk(e.to_string()))??
        };
        let records = Arc::new(SqliteRecords::open(path).await?);
        let counters = Arc::new(RedbCounters::open(path).await?);
        let blobs = Arc::new(FolderBlobs::open(path, &keys).await?);
        Ok(Self { records, counters, blobs, keys, folder })
    }

    /// Where the data lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes everything that waits, closes all files and lets go of the folder. All three are closed even where one
    /// fails; the first failure is returned.
    pub async fn close(self) -> Result<(), StoreError> {
        let counters = self.counters.close().await;
        let blobs = self.blobs.close().await;
        self.records.close().await.and(counters).and(blobs)
    }
}
