//! Decisions in daily files: `decisions/YYYY-MM-DD.db` (UTC). They expire by unlinking.
//!
//! A file that is damaged costs its own day only: the other days are read and written as ever, and errors name it.

mod day;
mod find;
mod group;
mod many;
mod write;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use message::UnixMillis;
use tokio::sync::{mpsc, oneshot};

use crate::StoreError;
use crate::records::decisions::{DecisionRow, FoldedRefusal, TransactionRow};
use day::{Day, Days};
use group::{Order, Recorded};

/// Rows that may wait before callers are told that nothing more can be recorded now.
const MOST_WAITING: usize = 16_384;

/// The daily files: one task that writes them, and readers of each.
pub(super) struct Decisions {
    days: Arc<Days>,
    orders: mpsc::Sender<Order>,
    /// Rows that may wait. They lie here and not in the channel, so that the task is woken for the first of them and not
    /// for each.
    soon: Soon,
    /// So many rows are kept unwritten that no more are taken.
    full: Arc<AtomicBool>,
}

/// Rows that wait for the next group.
type Soon = Arc<Mutex<Vec<Recorded>>>;

impl Decisions {
    /// Lists the folder (creating it) and starts the writing task. Files are opened when they are needed.
    pub(super) async fn open(folder: &Path) -> Result<Self, StoreError> {
        let days = Arc::new(Days::open(folder).await?);
        let (orders, waiting) = mpsc::channel(MOST_WAITING);
        let full = Arc::new(AtomicBool::new(false));
        let soon = Soon::default();
        tokio::spawn(group::Task::new(Arc::clone(&days), Arc::clone(&soon), Arc::clone(&full)).run(waiting));
        Ok(Self { days, orders, soon, full })
    }

    pub(super) async fn record(
        &self,
        transaction: TransactionRow,
        recipients: Vec<DecisionRow>,
        durable: bool,
    ) -> Result<(), StoreError> {
        let recorded = Recorded { transaction, recipients };
        if durable {
            let (caller, answer) = oneshot::channel();
            self.send(Order::Durable(Box::new(recorded), caller)).await?;
            return answer.await.map_err(|_| stopped())?;
        }
        if self.full.load(Ordering::Relaxed) {
            return Err(StoreError::Disk("decisions cannot be written now".to_owned()));
        }
        let lying = {
            let mut soon = self.soon.lock().unwrap_or_else(PoisonError::into_inner);
            if soon.len() >= MOST_WAITING {
                return Err(StoreError::Disk("decisions cannot be written as fast as they come".to_owned()));
            }
            soon.push(recorded);
            soon.len()
        };
        if lying == 1 || lying.is_multiple_of(group::MOST_IN_GROUP) {
            return self.send(Order::Look).await;
        }
        Ok(())
    }

    pub(super) async fn fold(&self, refusal: FoldedRefusal) -> Result<(), StoreError> {
        self.send(Order::Fold(refusal)).await
    }

    /// Writes what waits, so that who looks for a decision that was just made finds it.
    async fn write_waiting(&self) -> Result<(), StoreError> {
        let (caller, answer) = oneshot::channel();
        self.send(Order::Flush(caller)).await?;
        answer.await.map_err(|_| stopped())?
    }

    /// Whether a file could be made in the folder now.
    pub(super) async fn check_writable(&self) -> Result<(), StoreError> {
        self.write_waiting().await?;
        self.days.check_writable().await
    }

    pub(super) async fn expire(&self, now: UnixMillis, days: u32) -> Result<u32, StoreError> {
        let oldest_kept = Day::of(now).before(days);
        let (caller, answer) = oneshot::channel();
        self.send(Order::Expire(oldest_kept, caller)).await?;
        answer.await.map_err(|_| stopped())?
    }

    pub(super) async fn close(&self) -> Result<(), StoreError> {
        let (caller, answer) = oneshot::channel();
        if self.orders.send(Order::Close(caller)).await.is_err() {
            return Ok(());
        }
        let outcome = answer.await.unwrap_or(Ok(()));
        self.days.close_readers().await;
        outcome
    }

    pub(super) fn damaged_files(&self) -> Vec<String> {
        self.days.damaged_files()
    }

    async fn send(&self, order: Order) -> Result<(), StoreError> {
        self.orders.send(order).await.map_err(|_| stopped())
    }
}

fn stopped() -> StoreError {
    StoreError::Database("the writer of decisions has stopped".to_owned())
}
