//! Gives space back: segments in which nothing is held are unlinked; what little is held in a mostly dead one moves.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::index::Lying;
use super::segment::Order;
use super::{FolderBlobs, blocking, seal};
use crate::StoreError;

/// A segment of which less than one part in so many is held is emptied.
const WORTH_MOVING: u64 = 4;

impl FolderBlobs {
    pub(super) async fn sweep_segments(&self) -> Result<u64, StoreError> {
        // The keys that were dropped leave the log of the index as well.
        self.index.settle().await?;
        let mut freed = 0;
        for (segment, length) in self.list().await? {
            let held = self.index.held_in(segment).await?;
            if length == 0 || held.saturating_mul(WORTH_MOVING) >= length {
                continue;
            }
            if self.segments.active() == Some(segment) {
                self.rotate().await?;
            }
            if !self.segments.at_rest(segment) {
                continue;
            }
            match self.empty(segment).await {
                Ok(()) => freed += length.saturating_sub(held),
                // A damaged segment stays as it is: what else lies in it may still be read.
                Err(why) => tracing::error!(segment, error = %why, "a segment could not be swept"),
            }
        }
        Ok(freed)
    }

    async fn list(&self) -> Result<Vec<(u64, u64)>, StoreError> {
        let segments = Arc::clone(&self.segments);
        blocking(move || segments.list()).await
    }

    async fn rotate(&self) -> Result<(), StoreError> {
        let (caller, answer) = oneshot::channel();
        self.orders.send(Order::Rotate(caller)).await.map_err(|_| super::stopped())?;
        answer.await.map_err(|_| super::stopped())?
    }

    /// Copies what is held to the newest segment, durably, and unlinks this one.
    async fn empty(&self, segment: u64) -> Result<(), StoreError> {
        for lying in self.index.lying_in(segment).await? {
            self.copy(segment, lying).await?;
        }
        // Who was forgotten meanwhile was not copied; nobody new can have come to rest here.
        let segments = Arc::clone(&self.segments);
        blocking(move || segments.unlink(segment)).await
    }

    async fn copy(&self, segment: u64, lying: Lying) -> Result<(), StoreError> {
        let segments = Arc::clone(&self.segments);
        let record = blocking(move || {
            let record = segments.read(segment, lying.start, lying.length)?;
            let record = record.ok_or(StoreError::Absent("segment"))?;
            seal::check(&record)?;
            Ok(record)
        })
        .await?;
        let place = self.append(record).await?;
        self.index.moved(segment, lying, place).await?;
        Ok(())
    }
}
