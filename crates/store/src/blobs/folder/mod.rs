//! Blobs in a folder: segments beside an index.
//!
//! `put` returns after the segment's fsync and after the index's. Getting and putting do their work on threads made
//! for blocking; the index is asked without blocking.

mod index;
mod seal;
mod segment;
mod sweep;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::{BlobName, Blobs};
use crate::{Keys, OperatorId, StoreError};
pub(crate) use index::Held;
use index::Index;
use seal::{DataKey, Wrapping};
use segment::{Appender, Order, Place, Segments, disk};

/// Records that may wait for the writing thread.
const MOST_WAITING: usize = 1_024;
/// The same bytes are put one after the other, so that they are stored once; other bytes rarely share a turnstile.
const TURNSTILES: usize = 1_024;

/// Messages byte for byte in the data folder.
pub struct FolderBlobs {
    keys: Keys,
    index: Index,
    segments: Arc<Segments>,
    orders: mpsc::Sender<Order>,
    thread: Mutex<Option<JoinHandle<()>>>,
    turnstiles: Vec<tokio::sync::Mutex<()>>,
    sweeping: tokio::sync::Mutex<()>,
}

impl FolderBlobs {
    /// Opens `blobs/` in the data folder, cutting off what a crash left behind the last record that was answered for.
    pub async fn open(folder: &Path, keys: &Keys) -> Result<Self, StoreError> {
        let folder = folder.join("blobs");
        let inner = folder.join("segments");
        tokio::fs::create_dir_all(&inner).await.map_err(disk(&inner))?;
        let index = Index::open(&folder, Wrapping::new(&keys.key_encryption_key())?).await?;
        let segments = Arc::new(Segments::new(&inner));
        let newest = blocking({
            let segments = Arc::clone(&segments);
            move || segments.list()
        })
        .await?
        .pop();
        let indexed = match newest {
            Some((number, _)) => index.end_of(number).await?,
            None => 0,
        };
        let (orders, waiting) = mpsc::channel(MOST_WAITING);
        let thread = blocking({
            let segments = Arc::clone(&segments);
            move || {
                let appender = Appender::new(segments, newest, indexed)?;
                let thread = std::thread::Builder::new().name("blobs".to_owned());
                thread.spawn(move || appender.run(waiting)).map_err(|e| StoreError::Disk(e.to_string()))
            }
        })
        .await?;
        Ok(Self {
            keys: keys.clone(),
            index,
            segments,
            orders,
            thread: Mutex::new(Some(thread)),
            turnstiles: (0..TURNSTILES).map(|_| tokio::sync::Mutex::default()).collect(),
            sweeping: tokio::sync::Mutex::default(),
        })
    }

    /// Ends the writing thread and closes the index.
    pub async fn close(&self) -> Result<(), StoreError> {
        drop(self.orders.send(Order::Close).await);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            blocking(move || thread.join().map_err(|_| StoreError::Disk("the thread that writes blobs failed".into())))
                .await?;
        }
        self.index.close().await
    }

    /// The name that these bytes have, whether or not they are kept.
    pub fn name(&self, operator: OperatorId, bytes: &[u8]) -> BlobName {
        BlobName(self.keys.message(operator, bytes))
    }

    /// Holders whose name begins with `prefix`, in order, `limit` after the one that was last.
    pub(crate) async fn holders(
        &self,
        prefix: &str,
        after: Option<&Held>,
        limit: u32,
    ) -> Result<Vec<Held>, StoreError> {
        self.index.holders(prefix, after, limit).await
    }

    async fn append(&self, record: Vec<u8>) -> Result<Place, StoreError> {
        let (caller, answer) = oneshot::channel();
        self.orders.send(Order::Append(record, caller)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

fn stopped() -> StoreError {
    StoreError::Disk("the thread that writes blobs has stopped".to_owned())
}

/// Runs what blocks or computes for long where it may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| StoreError::Disk(e.to_string()))?
}

#[async_trait]
impl Blobs for FolderBlobs {
    async fn put(&self, operator: OperatorId, holder: &str, bytes: Bytes) -> Result<BlobName, StoreError> {
        let name = {
            let (keys, bytes) = (self.keys.clone(), bytes.clone());
            blocking(move || Ok(BlobName(keys.message(operator, &bytes)))).await?
        };
        let place = usize::from(u16::from_le_bytes([name.0[0], name.0[1]])) % TURNSTILES;
        let _turn = self.turnstiles[place].lock().await;
        if self.index.knows(operator, name).await? && self.index.join(operator, holder, name).await? {
            return Ok(name);
        }
        let (record, key) = blocking(move || {
            let key = DataKey::random()?;
            Ok((seal::seal(operator, name, &bytes, &key)?, key))
        })
        .await?;
        let place = self.append(record).await?;
        self.index.add(operator, holder, name, key, place).await?;
        Ok(name)
    }

    async fn get(&self, operator: OperatorId, holder: &str, name: BlobName) -> Result<Bytes, StoreError> {
        // Twice: between looking it up and reading it, a sweep may have moved it.
        for _ in 0..2 {
            let found = self.index.find(operator, holder, name).await?.ok_or(StoreError::Absent("blob"))?;
            let segments = Arc::clone(&self.segments);
            let message = blocking(move || match segments.read(found.segment, found.start, found.length)? {
                Some(record) => seal::open(operator, name, record, &found.key).map(Some),
                None => Ok(None),
            });
            if let Some(message) = message.await? {
                return Ok(Bytes::from(message));
            }
        }
        Err(StoreError::Corrupt { what: "blob", why: "its segment is missing".to_owned() })
    }

    async fn drop_holder(&self, operator: OperatorId, holder: &str, name: BlobName) -> Result<(), StoreError> {
        self.index.leave(operator, holder, name).await
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        let _alone = self.sweeping.lock().await;
        self.sweep_segments().await
    }
}
