//! The task that writes decisions in groups: durable rows at once, others within a second.
//!
//! A durable row takes everything along that waits. Rows that could not be written (disk full) are kept and tried
//! again every second; when too many are kept, callers are told, so that the gate answers 4xx instead of forgetting.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::Soon;
use super::day::{Day, Days};
use super::write::{DayFile, write_rows};
use crate::records::decisions::{DecisionRow, FoldedRefusal, TransactionRow};
use crate::{OperatorId, StoreError};
use message::UnixMillis;

/// Rows that are not durable wait at most so long.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// So many waiting rows are written without waiting further.
pub(super) const MOST_IN_GROUP: usize = 2_048;
/// So many rows may be kept while they cannot be written; then callers are refused.
const MOST_KEPT: usize = 16_384;
/// Networks counted apart in a minute; those beyond are counted as one, `*`, so that a flood from everywhere
/// cannot fill memory or disk.
const MOST_NETWORKS: usize = 4_096;
/// Files of days kept open for writing: today, and yesterday around midnight.
const MOST_OPEN: usize = 2;

/// A transaction with its recipients.
pub(super) struct Recorded {
    pub(super) transaction: TransactionRow,
    pub(super) recipients: Vec<DecisionRow>,
}

type Caller<T> = oneshot::Sender<Result<T, StoreError>>;

pub(super) enum Order {
    Durable(Box<Recorded>, Caller<()>),
    /// The first row lies in the list of those that may wait, or very many do.
    Look,
    Fold(FoldedRefusal),
    Flush(Caller<()>),
    Expire(Day, Caller<u32>),
    Close(Caller<()>),
}

/// Operator, minute, network and reason of folded refusals.
pub(super) type Fold = (OperatorId, i64, String, String);

/// What waits to be written into one day's file.
#[derive(Default)]
pub(super) struct Waiting {
    durable: Vec<(Box<Recorded>, Caller<()>)>,
    soon: Vec<Recorded>,
    folded: HashMap<Fold, u64>,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.durable.is_empty() && self.soon.is_empty() && self.folded.is_empty()
    }

    fn rows(&self) -> usize {
        self.durable.len() + self.soon.len()
    }
}

pub(super) struct Task {
    days: Arc<Days>,
    soon: Soon,
    files: BTreeMap<Day, DayFile>,
    waiting: BTreeMap<Day, Waiting>,
    /// When the first of those that wait has waited long enough.
    deadline: Option<Instant>,
    /// Set while so much is kept that callers must be refused.
    full: Arc<AtomicBool>,
}

impl Task {
    pub(super) fn new(days: Arc<Days>, soon: Soon, full: Arc<AtomicBool>) -> Self {
        Self { days, soon, files: BTreeMap::new(), waiting: BTreeMap::new(), deadline: None, full }
    }

    pub(super) async fn run(mut self, mut incoming: mpsc::Receiver<Order>) {
        let mut orders = Vec::with_capacity(MOST_IN_GROUP);
        loop {
            let received = match self.deadline {
                None => incoming.recv_many(&mut orders, MOST_IN_GROUP).await,
                Some(deadline) => match timeout_at(deadline, incoming.recv_many(&mut orders, MOST_IN_GROUP)).await {
                    Ok(received) => received,
                    Err(_elapsed) => {
                        drop(self.write_all().await);
                        continue;
                    }
                },
            };
            if received == 0 || self.take(&mut orders).await {
                drop(self.close().await);
                return;
            }
        }
    }

    /// Sorts what came and writes what must not wait. `true`: the store was closed.
    async fn take(&mut self, orders: &mut Vec<Order>) -> bool {
        let (mut at_once, mut looked) = (false, false);
        let (mut flushes, mut expiries, mut closing) = (Vec::new(), Vec::new(), None);
        for order in orders.drain(..) {
            match order {
                Order::Durable(recorded, caller) => {
                    at_once = true;
                    self.of_day(recorded.transaction.at).durable.push((recorded, caller));
                }
                Order::Look => looked = true,
                Order::Fold(refusal) => fold(self.of_day(refusal.minute), refusal),
                Order::Flush(caller) => flushes.push(caller),
                Order::Expire(oldest_kept, caller) => expiries.push((oldest_kept, caller)),
                Order::Close(caller) => closing = Some(caller),
            }
        }
        let many = self.waiting.values().map(Waiting::rows).sum::<usize>() + self.lying().len() >= MOST_IN_GROUP;
        // Rows that failed before wait for their second: a full disk is not asked again for every new row.
        let crowded = many && !self.full.load(Ordering::Relaxed);
        if at_once || crowded || !flushes.is_empty() || !expiries.is_empty() || closing.is_some() {
            let outcome = self.write_all().await;
            for caller in flushes {
                drop(caller.send(outcome.clone()));
            }
            for (oldest_kept, caller) in expiries {
                drop(caller.send(self.expire(oldest_kept).await));
            }
        } else if self.deadline.is_none() && (looked || !self.waiting.is_empty()) {
            self.deadline = Some(Instant::now() + LONGEST_WAIT);
        }
        match closing {
            None => false,
            Some(caller) => {
                let outcome = self.close().await;
                drop(caller.send(outcome));
                true
            }
        }
    }

    fn lying(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.soon.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sorts the rows that lie ready by day. Only who writes takes them: who puts the first one there wakes us.
    fn take_lying(&mut self) {
        let lying = std::mem::take(&mut *self.lying());
        for recorded in lying {
            self.of_day(recorded.transaction.at).soon.push(recorded);
        }
    }

    fn of_day(&mut self, at: UnixMillis) -> &mut Waiting {
        self.waiting.entry(Day::of(at)).or_default()
    }

    /// Writes everything that waits, day by day; the last failure is returned, what was not durable is kept for it.
    async fn write_all(&mut self) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        self.take_lying();
        for (day, waiting) in std::mem::take(&mut self.waiting) {
            if let Err(why) = self.write_day(day, waiting).await {
                tracing::error!(day = %day, error = %why, "decisions were not written");
                outcome = Err(why);
            }
        }
        let kept = self.waiting.values().map(Waiting::rows).sum::<usize>();
        self.full.store(kept >= MOST_KEPT, Ordering::Relaxed);
        self.deadline = (!self.waiting.is_empty()).then(|| Instant::now() + LONGEST_WAIT);
        outcome
    }

    async fn write_day(&mut self, day: Day, waiting: Waiting) -> Result<(), StoreError> {
        if waiting.is_empty() {
            return Ok(());
        }
        let rows: Vec<&Recorded> = waiting.durable.iter().map(|(row, _)| row.as_ref()).chain(&waiting.soon).collect();
        let outcome = self.commit(day, &rows, &waiting.folded).await;
        match &outcome {
            // Only our own row can be at fault: one by one, so that it takes nobody along.
            Err(StoreError::Conflict(_) | StoreError::Database(_) | StoreError::Absent(_)) => {
                return self.write_singly(day, waiting).await;
            }
            Err(_) if !waiting.soon.is_empty() || !waiting.folded.is_empty() => {
                let kept = self.waiting.entry(day).or_default();
                kept.soon = waiting.soon;
                kept.folded = waiting.folded;
            }
            Ok(()) | Err(_) => {}
        }
        for (_, caller) in waiting.durable {
            drop(caller.send(outcome.clone()));
        }
        outcome
    }

    async fn write_singly(&mut self, day: Day, waiting: Waiting) -> Result<(), StoreError> {
        let none = HashMap::new();
        let mut last = self.commit(day, &[], &waiting.folded).await;
        for (row, caller) in waiting.durable {
            let outcome = self.commit(day, &[row.as_ref()], &none).await;
            drop(caller.send(outcome));
        }
        for row in waiting.soon {
            if let Err(why) = self.commit(day, &[&row], &none).await {
                tracing::error!(transaction = %row.transaction.id.0, error = %why, "a decision could not be recorded");
                last = Err(why);
            }
        }
        last
    }

    /// One transaction, one fsync. A file that is no database any more is put aside and a new one begun.
    async fn commit(&mut self, day: Day, rows: &[&Recorded], folded: &HashMap<Fold, u64>) -> Result<(), StoreError> {
        let outcome = self.try_commit(day, rows, folded).await;
        let Err(why) = outcome else { return Ok(()) };
        if !matches!(why, StoreError::Corrupt { .. }) {
            // The file stays open: were it closed, a full disk would refuse its readers too.
            if let Some(file) = self.files.get_mut(&day) {
                file.roll_back().await;
            }
            return Err(why);
        }
        if let Some(file) = self.files.remove(&day) {
            file.drop_connection().await;
        }
        self.days.note_damaged(day, &why);
        self.days.put_aside(day).await?;
        self.try_commit(day, rows, folded).await
    }

    async fn try_commit(
        &mut self,
        day: Day,
        rows: &[&Recorded],
        folded: &HashMap<Fold, u64>,
    ) -> Result<(), StoreError> {
        if !self.files.contains_key(&day) {
            self.make_room().await;
            let file = DayFile::open(&self.days.path(day)).await?;
            self.days.add(day);
            self.files.insert(day, file);
        }
        match self.files.get_mut(&day) {
            Some(file) => write_rows(file, rows, folded).await,
            None => Ok(()),
        }
    }

    /// Closes the file of the oldest day, so that at most [`MOST_OPEN`] stay open.
    async fn make_room(&mut self) {
        while self.files.len() >= MOST_OPEN {
            let Some((day, file)) = self.files.pop_first() else { return };
            if let Err(why) = file.close().await {
                tracing::warn!(day = %day, error = %why, "a day's file was not closed cleanly");
            }
        }
    }

    async fn expire(&mut self, oldest_kept: Day) -> Result<u32, StoreError> {
        let mut removed = 0;
        for day in self.days.between(Day(i64::MIN), Day(oldest_kept.0 - 1)) {
            if let Some(file) = self.files.remove(&day) {
                file.drop_connection().await;
            }
            self.days.unlink(day).await?;
            removed += 1;
        }
        Ok(removed)
    }

    async fn close(&mut self) -> Result<(), StoreError> {
        let mut outcome = self.write_all().await;
        for (_, file) in std::mem::take(&mut self.files) {
            outcome = outcome.and(file.close().await);
        }
        outcome
    }
}

fn fold(waiting: &mut Waiting, refusal: FoldedRefusal) {
    let FoldedRefusal { operator, minute, network, reason, count } = refusal;
    let minute = minute.0.div_euclid(60_000) * 60_000;
    let mut key = (operator, minute, network, reason);
    if waiting.folded.len() >= MOST_NETWORKS && !waiting.folded.contains_key(&key) {
        key.2 = "*".to_owned();
    }
    *waiting.folded.entry(key).or_default() += count;
}
