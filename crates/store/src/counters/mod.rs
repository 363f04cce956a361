//! Limits that are taken, and short memories that fade. Exact windows; hot state in sharded memory with an
//! append log flushed every second and checkpoints in redb, so that nothing here waits for the disk.

pub mod embedded;

use async_trait::async_trait;
use message::UnixMillis;

use crate::StoreError;

/// A limit: at most `most` in any window of `window_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many are let through in a window.
    pub most: u32,
    /// Length of the rolling window, milliseconds.
    pub window_ms: i64,
}

/// What taking from a limit said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Whether this one is within the limit. One that is not was not counted.
    pub allowed: bool,
    /// How many stand in the window now.
    pub count: u32,
    /// When the oldest of them leaves the window.
    pub frees_at: UnixMillis,
}

/// Where limits and short memories are kept.
#[async_trait]
pub trait Counters: Send + Sync {
    /// Takes one, atomically: 64 sessions at once against a limit of 100 let exactly 100 through.
    async fn take(&self, key: &str, limit: Limit, now: UnixMillis) -> Result<Taken, StoreError>;

    /// Gives one back that was taken at `taken_at`, because its transaction failed.
    async fn refund(&self, key: &str, taken_at: UnixMillis) -> Result<(), StoreError>;

    /// Forgets a key's count. For staff.
    async fn reset(&self, key: &str) -> Result<(), StoreError>;

    /// Remembers a small value until a time. Replaces what was there.
    async fn remember(&self, key: &str, value: &[u8], until: UnixMillis) -> Result<(), StoreError>;

    /// What was remembered, unless its time is over.
    async fn recall(&self, key: &str, now: UnixMillis) -> Result<Option<Vec<u8>>, StoreError>;

    /// Forgets it.
    async fn forget(&self, key: &str) -> Result<(), StoreError>;

    /// Throws out what has expired; returns how many keys are left.
    async fn expire(&self, now: UnixMillis) -> Result<usize, StoreError>;

    /// Writes everything to the disk now (on shutdown, and once a second by the owner of the store).
    async fn flush(&self) -> Result<(), StoreError>;
}
