//! Messages byte for byte: append-only segments, group fsync, compressed, then encrypted (AEAD).
//!
//! A blob's name is an HMAC of its bytes under the operator's key. Its data key is wrapped once per holder;
//! dropping the last holder erases the blob for good, wherever its bytes still lie.

pub mod folder;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{OperatorId, StoreError};

/// HMAC-SHA-256 of the bytes under the operator's key, as 64 hex characters when shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobName(pub [u8; 32]);

/// Where messages are kept.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Keeps the bytes for a holder (a junk id, a ring …). Returns after fsync. The same bytes are stored once;
    /// the same holder may ask twice.
    async fn put(&self, operator: OperatorId, holder: &str, bytes: Bytes) -> Result<BlobName, StoreError>;

    /// The very same bytes, or `Absent` where that holder does not hold it.
    async fn get(&self, operator: OperatorId, holder: &str, name: BlobName) -> Result<Bytes, StoreError>;

    /// This holder lets go. When it was the last, the data key is gone and the bytes can never be read again.
    /// Letting go twice is letting go once.
    async fn drop_holder(&self, operator: OperatorId, holder: &str, name: BlobName) -> Result<(), StoreError>;

    /// Gives back the space of segments in which nothing is held any more. Returns octets freed.
    async fn sweep(&self) -> Result<u64, StoreError>;
}
