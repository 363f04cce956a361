//! Counters of one machine: hot state in sharded memory, an append log flushed every second, checkpoints in redb.
//!
//! Nothing a caller asks for waits for the disk (but `flush`). A crash loses at most the last second.

mod checkpoint;
mod entry;
mod log;
mod shard;
mod task;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use async_trait::async_trait;
use message::UnixMillis;

use super::{Counters, Limit, Taken};
use crate::StoreError;
use shard::Shards;
use task::Order;

/// Counters in memory, remembered in the data folder.
pub struct RedbCounters {
    shards: Arc<Shards>,
    orders: mpsc::Sender<Order>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl RedbCounters {
    /// Opens `counters/` in the data folder: reads the last checkpoint, replays the log after it (a torn last
    /// record is cut off) and starts the thread that flushes once a second.
    pub async fn open(folder: &Path) -> Result<Self, StoreError> {
        let folder = folder.join("counters");
        let opened = tokio::task::spawn_blocking(move || task::start(&folder)).await;
        let task::Started { shards, orders, thread } = opened.map_err(|e| StoreError::Disk(e.to_string()))??;
        Ok(Self { shards, orders, thread: Mutex::new(Some(thread)) })
    }

    /// Flushes and ends the thread.
    pub async fn close(&self) -> Result<(), StoreError> {
        let outcome = self.flush().await;
        drop(self.orders.send(Order::Close));
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                return Err(StoreError::Disk("the thread that writes counters failed".to_owned()));
            }
        }
        outcome
    }

    /// Moves everything into redb now and begins a new log. It happens by itself; this is for tests and staff.
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        let (caller, answer) = tokio::sync::oneshot::channel();
        self.orders.send(Order::Checkpoint(caller)).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

fn stopped() -> StoreError {
    StoreError::Disk("the thread that writes counters has stopped".to_owned())
}

#[async_trait]
impl Counters for RedbCounters {
    async fn take(&self, key: &str, limit: Limit, now: UnixMillis) -> Result<Taken, StoreError> {
        Ok(self.shards.of(key).take(key, limit, now.0))
    }

    async fn refund(&self, key: &str, taken_at: UnixMillis) -> Result<(), StoreError> {
        self.shards.of(key).refund(key, taken_at.0);
        Ok(())
    }

    async fn reset(&self, key: &str) -> Result<(), StoreError> {
        self.shards.of(key).reset(key);
        Ok(())
    }

    async fn remember(&self, key: &str, value: &[u8], until: UnixMillis) -> Result<(), StoreError> {
        self.shards.of(key).remember(key, value, until.0);
        Ok(())
    }

    async fn recall(&self, key: &str, now: UnixMillis) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.shards.of(key).recall(key, now.0))
    }

    async fn forget(&self, key: &str) -> Result<(), StoreError> {
        self.shards.of(key).forget(key);
        Ok(())
    }

    async fn expire(&self, now: UnixMillis) -> Result<usize, StoreError> {
        let shards = Arc::clone(&self.shards);
        let swept = tokio::task::spawn_blocking(move || shards.all().map(|mut shard| shard.expire(now.0)).sum()).await;
        swept.map_err(|e| StoreError::Disk(e.to_string()))
    }

    async fn flush(&self) -> Result<(), StoreError> {
        let (caller, answer) = tokio::sync::oneshot::channel();
        self.orders.send(Order::Flush(caller)).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}
