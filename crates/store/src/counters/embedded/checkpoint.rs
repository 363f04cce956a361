//! Checkpoints in redb: the state of every key that changed, and up to which log it counts.
//!
//! One commit can take most of a second, so it runs on a thread of its own, beside the one that flushes the log.

use std::path::{Path, PathBuf};

use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

use super::shard::{Changed, Kind, Shards};
use crate::StoreError;

const WINDOWS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("windows");
const MEMORIES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("memories");
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// Logs up to this number are contained in the checkpoint.
const THROUGH: &str = "through";

/// redb's own cache: a checkpoint is written once in minutes and read once.
const CACHE_OCTETS: usize = 8 << 20;

/// The database of checkpoints.
pub(super) struct Checkpoints {
    database: Database,
    path: PathBuf,
}

impl Checkpoints {
    pub(super) fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join("checkpoint.redb");
        let database = Database::builder().set_cache_size(CACHE_OCTETS).create(&path);
        let database = database.map_err(|e| failed(&path, e.into()))?;
        let checkpoints = Self { database, path };
        // The tables are there from the start, so that reading them needs no special case.
        checkpoints.write(&[], None).map_err(|e| failed(&checkpoints.path, e))?;
        Ok(checkpoints)
    }

    /// Puts everything into the shards; returns the number of the last log that is contained.
    pub(super) fn load(&self, shards: &Shards) -> Result<u64, StoreError> {
        let corrupt = |key: &str| StoreError::Corrupt {
            what: "counter",
            why: format!("{}: key {key:?} does not read", self.path.display()),
        };
        let read = || {
            let transaction = self.database.begin_read()?;
            for (kind, definition) in [(Kind::Window, WINDOWS), (Kind::Memory, MEMORIES)] {
                for entry in transaction.open_table(definition)?.iter()? {
                    let (key, bytes) = entry?;
                    if shards.of(key.value()).load(kind, key.value(), bytes.value()).is_none() {
                        return Ok(Err(corrupt(key.value())));
                    }
                }
            }
            let through = transaction.open_table(META)?.get(THROUGH)?.map_or(0, |number| number.value());
            Ok(Ok(through))
        };
        read().map_err(|e: redb::Error| failed(&self.path, e))?
    }

    /// Writes a checkpoint that contains the logs up to `through`.
    pub(super) fn save(&self, changed: &[Changed], through: u64) -> Result<(), StoreError> {
        self.write(changed, Some(through)).map_err(|e| failed(&self.path, e))
    }

    fn write(&self, changed: &[Changed], through: Option<u64>) -> Result<(), redb::Error> {
        let transaction = self.database.begin_write()?;
        {
            let mut windows = transaction.open_table(WINDOWS)?;
            let mut memories = transaction.open_table(MEMORIES)?;
            let mut meta = transaction.open_table(META)?;
            for (kind, key, bytes) in changed {
                let table = match kind {
                    Kind::Window => &mut windows,
                    Kind::Memory => &mut memories,
                };
                match bytes {
                    Some(bytes) => drop(table.insert(key.as_ref(), bytes.as_slice())?),
                    None => drop(table.remove(key.as_ref())?),
                }
            }
            if let Some(through) = through {
                meta.insert(THROUGH, through)?;
            }
        }
        transaction.commit()?;
        Ok(())
    }
}

fn failed(path: &Path, error: redb::Error) -> StoreError {
    let text = format!("{}: {error}", path.display());
    match error {
        redb::Error::Corrupted(_) => StoreError::Corrupt { what: "counters", why: text },
        _ => StoreError::Disk(text),
    }
}
