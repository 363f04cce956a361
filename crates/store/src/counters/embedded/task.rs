//! The thread that owns the log: it flushes once a second and has checkpoints made.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::checkpoint::Checkpoints;
use super::log::{self, Log, disk};
use super::shard::{Changed, Shards};
use crate::StoreError;

const FLUSH_EVERY: Duration = Duration::from_secs(1);
const CHECKPOINT_EVERY: Duration = Duration::from_secs(300);
/// A log that is longer than this is worth a checkpoint; also what may wait unwritten while the disk says no.
const LONGEST_LOG: u64 = 16 << 20;

type Caller = oneshot::Sender<Result<(), StoreError>>;

pub(super) enum Order {
    Flush(Caller),
    Checkpoint(Caller),
    Close,
}

/// A state that was loaded, and the thread that keeps it.
pub(super) struct Started {
    pub(super) shards: Arc<Shards>,
    pub(super) orders: Sender<Order>,
    pub(super) thread: JoinHandle<()>,
}

/// Loads the state and starts the thread.
pub(super) fn start(folder: &Path) -> Result<Started, StoreError> {
    std::fs::create_dir_all(folder).map_err(disk(folder))?;
    let checkpoints = Arc::new(Checkpoints::open(folder)?);
    let shards = Arc::new(Shards::new());
    let through = checkpoints.load(&shards)?;
    let mut log = None;
    for number in log::numbers(folder)? {
        if number <= through {
            // Contained in the checkpoint; a crash came between its commit and this.
            log::remove(folder, number)?;
        } else {
            log = Some(Log::open(folder, number, |change| shards.of(change.key()).apply(change))?);
        }
    }
    let log = match log {
        Some(log) => log,
        None => Log::open(folder, through + 1, |_| {})?,
    };
    let (orders, incoming) = mpsc::channel();
    let task = Task {
        folder: folder.to_owned(),
        shards: Arc::clone(&shards),
        checkpoints,
        log,
        unwritten: Vec::new(),
        gap: false,
        given_up: false,
        running: None,
        last_checkpoint: Instant::now(),
    };
    let thread = std::thread::Builder::new().name("counters".to_owned()).spawn(move || task.run(&incoming));
    Ok(Started { shards, orders, thread: thread.map_err(disk(folder))? })
}

struct Task {
    folder: PathBuf,
    shards: Arc<Shards>,
    checkpoints: Arc<Checkpoints>,
    log: Log,
    /// Changes that a flush could not write and the next one tries again.
    unwritten: Vec<u8>,
    /// The log lacks changes: only a checkpoint makes it whole again, and until then nothing may be appended.
    gap: bool,
    /// Changes were given up since the last checkpoint was begun, because the disk said no for too long.
    given_up: bool,
    running: Option<JoinHandle<Result<(), StoreError>>>,
    last_checkpoint: Instant,
}

impl Task {
    fn run(mut self, incoming: &Receiver<Order>) {
        let mut next = Instant::now() + FLUSH_EVERY;
        loop {
            match incoming.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(Order::Flush(caller)) => drop(caller.send(self.flush())),
                Ok(Order::Checkpoint(caller)) => {
                    let begun = self.await_running().and_then(|()| self.begin_checkpoint());
                    drop(caller.send(begun.and_then(|()| self.await_running())));
                }
                Ok(Order::Close) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    next = Instant::now() + FLUSH_EVERY;
                    self.tick();
                }
            }
        }
        let flushed = self.flush();
        self.tell(flushed);
        let last = self.await_running();
        self.tell(last);
    }

    fn tick(&mut self) {
        let flushed = self.flush();
        self.tell(flushed);
        if self.running.as_ref().is_some_and(JoinHandle::is_finished) {
            let done = self.await_running();
            self.tell(done);
        }
        let due = self.log.length > 0 && self.last_checkpoint.elapsed() >= CHECKPOINT_EVERY;
        if self.running.is_none() && (due || self.gap || self.log.length >= LONGEST_LOG) {
            let begun = self.begin_checkpoint();
            self.tell(begun);
        }
    }

    fn tell(&self, outcome: Result<(), StoreError>) {
        if let Err(why) = outcome {
            tracing::error!(error = %why, "counters were not written; they are kept in memory");
        }
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let mut unwritten = std::mem::take(&mut self.unwritten);
        for mut shard in self.shards.all() {
            unwritten.append(&mut shard.take_log());
        }
        self.write(unwritten)
    }

    fn write(&mut self, changes: Vec<u8>) -> Result<(), StoreError> {
        let outcome = match (self.gap, changes.is_empty()) {
            (true, _) => Err(StoreError::Disk("counters wait for a checkpoint".to_owned())),
            (false, true) => Ok(()),
            (false, false) => self.log.append(&changes),
        };
        if outcome.is_err() {
            if changes.len() as u64 > LONGEST_LOG {
                self.gap = true;
                self.given_up = true;
            } else {
                self.unwritten = changes;
            }
        }
        outcome
    }

    /// Takes what changed, shard by shard, with the end of its log: what is in the old log is in the checkpoint,
    /// what comes later goes into a new log.
    fn begin_checkpoint(&mut self) -> Result<(), StoreError> {
        let mut changes = std::mem::take(&mut self.unwritten);
        let mut changed = Vec::new();
        for mut shard in self.shards.all() {
            changes.append(&mut shard.take_log());
            changed.append(&mut shard.take_changed());
        }
        // Where the log cannot take them, the checkpoint still does.
        let logged = self.write(changes);
        let old = self.log.number;
        let rotated = Log::open(&self.folder, old + 1, |_| {});
        match rotated {
            Ok(log) => self.log = log,
            Err(why) => {
                put_back(&self.shards, changed);
                return Err(logged.err().unwrap_or(why));
            }
        }
        self.unwritten = Vec::new();
        self.gap = logged.is_err();
        self.given_up = false;
        self.last_checkpoint = Instant::now();
        let (folder, shards, checkpoints) =
            (self.folder.clone(), Arc::clone(&self.shards), Arc::clone(&self.checkpoints));
        let thread = std::thread::Builder::new().name("counters-checkpoint".to_owned());
        let spawned = thread.spawn(move || finish_checkpoint(&folder, &shards, &checkpoints, changed, old));
        self.running = Some(spawned.map_err(disk(&self.folder))?);
        Ok(())
    }

    fn await_running(&mut self) -> Result<(), StoreError> {
        let Some(running) = self.running.take() else { return Ok(()) };
        let outcome =
            running.join().unwrap_or_else(|_| Err(StoreError::Disk("the checkpoint of counters failed".to_owned())));
        if outcome.is_ok() {
            self.gap = self.given_up;
        }
        outcome
    }
}

fn finish_checkpoint(
    folder: &Path,
    shards: &Shards,
    checkpoints: &Checkpoints,
    changed: Vec<Changed>,
    through: u64,
) -> Result<(), StoreError> {
    if let Err(why) = checkpoints.save(&changed, through) {
        put_back(shards, changed);
        return Err(why);
    }
    for number in log::numbers(folder)? {
        if number <= through {
            log::remove(folder, number)?;
        }
    }
    Ok(())
}

fn put_back(shards: &Shards, changed: Vec<Changed>) {
    for (kind, key, _) in changed {
        shards.of(&key).put_changed_back(kind, key.clone());
    }
}
