//! The three stores of one machine, in one data folder that one process owns.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use crate::blobs::folder::{FolderBlobs, Held};
use crate::counters::embedded::RedbCounters;
use crate::folder::DataFolder;
use crate::keys::Keys;
use crate::records::sqlite::SqliteRecords;
use crate::{Blobs as _, JunkId, StoreError};

/// Held messages keep their blob under `junk:<id>`.
const JUNK: &str = "junk:";
/// Holders looked at in one go when opening.
const ORPHANS_AT_ONCE: u32 = 1_000;
/// More orphans than these, and more than a tenth of all, are no crash's doing.
const MOST_ORPHANS: usize = 1_000;

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
        let records = Arc::new(SqliteRecords::open(path, &keys).await?);
        let counters = Arc::new(RedbCounters::open(path).await?);
        let blobs = Arc::new(FolderBlobs::open(path, &keys).await?);
        let store = Self { records, counters, blobs, keys, folder };
        store.drop_orphans().await?;
        Ok(store)
    }

    /// Lets go of the bytes of held messages that nobody can ask for: a crash came between the blob and its row, or
    /// between the deletion and the blob. Only at the start, before mail is taken: a message that is being held has
    /// its blob before its row.
    ///
    /// Few can be lost that way. Where the index is empty, or misses more than a crash explains, it is not the index
    /// these bytes were held by (it was lost, or an old copy was put in its place): then nothing is erased.
    async fn drop_orphans(&self) -> Result<(), StoreError> {
        let (mut orphans, mut seen, mut last) = (Vec::new(), 0, None);
        loop {
            let mut held = self.blobs.holders(JUNK, last.as_ref(), ORPHANS_AT_ONCE).await?;
            let Some(newest) = held.pop() else { break };
            last = Some(newest.clone());
            held.push(newest);
            let ids: Vec<JunkId> = held.iter().filter_map(junk_of).collect();
            let gone: HashSet<JunkId> = self.records.gone(&ids).await?.into_iter().collect();
            seen += ids.len();
            orphans.extend(held.into_iter().filter(|held| junk_of(held).is_some_and(|id| gone.contains(&id))));
        }
        let too_many = orphans.len() > MOST_ORPHANS && orphans.len() > seen / 10;
        if too_many || (!orphans.is_empty() && self.records.junk_is_empty().await?) {
            let orphans = orphans.len();
            tracing::error!(orphans, seen, "the index of held mail does not know these messages; they are kept");
            return Ok(());
        }
        for orphan in orphans {
            tracing::warn!(holder = orphan.holder, "the bytes of a held message had no owner left");
            self.blobs.drop_holder(orphan.operator, &orphan.holder, orphan.name).await?;
        }
        Ok(())
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

/// The held message of a holder; a name of another form is somebody else's.
fn junk_of(held: &Held) -> Option<JunkId> {
    held.holder.strip_prefix(JUNK)?.parse().ok().map(JunkId)
}
