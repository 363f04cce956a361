//! The thread that writes: what changed, once a second, and now and then a checkpoint, shard by shard, with the flushes
//! going on in between.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use message::UnixMillis;

use super::disk;
use super::frame::{self, BEGIN, END, Frame};
use super::log::{Log, numbers, path_of, read_frames};
use crate::DoorError;
use crate::memory::Memory;
use crate::table::{Kept, SHARDS};

const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// Logs longer than this, and than half the last checkpoint, are worth a new one.
const LOG_WORTH: u64 = 64 << 20;
/// Octets of a checkpoint between two calls of fsync, so that none takes long.
const SYNC_EVERY: usize = 8 << 20;

type Caller = Sender<Result<(), DoorError>>;

enum Order {
    Flush(Caller),
    Checkpoint(Caller),
    Close(Caller),
}

/// The thread's owner.
pub(crate) struct Keeper {
    orders: Mutex<Sender<Order>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Keeper {
    /// Reads what the folder holds and starts the thread.
    pub(crate) fn start(folder: &Path, memory: &Arc<Memory>, now: UnixMillis) -> Result<Self, DoorError> {
        let last = load(folder, memory, now.0)?;
        let log = Log::begin(folder, last + 1)?;
        let (orders, incoming) = mpsc::channel();
        let writer = Writer {
            folder: folder.to_owned(),
            memory: Arc::clone(memory),
            log,
            before: folder_length(folder)?,
            last_checkpoint: checkpoint_length(folder)?,
            running: None,
            waiting: Vec::new(),
            has_gap: false,
        };
        let thread = std::thread::Builder::new().name("door".to_owned()).spawn(move || writer.run(&incoming));
        let thread = Mutex::new(Some(thread.map_err(disk(folder))?));
        Ok(Self { orders: Mutex::new(orders), thread })
    }

    fn order(&self, order: impl FnOnce(Caller) -> Order) -> Result<(), DoorError> {
        let stopped = || DoorError::Disk("the thread that writes has stopped".to_owned());
        let (caller, answer) = mpsc::channel();
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        orders.send(order(caller)).map_err(|_| stopped())?;
        drop(orders);
        answer.recv().map_err(|_| stopped())?
    }

    pub(crate) fn flush(&self) -> Result<(), DoorError> {
        self.order(Order::Flush)
    }

    pub(crate) fn checkpoint(&self) -> Result<(), DoorError> {
        self.order(Order::Checkpoint)
    }

    pub(crate) fn close(&self) -> Result<(), DoorError> {
        let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() else { return Ok(()) };
        let said = self.order(Order::Close);
        thread.join().map_err(|_| DoorError::Disk("the thread that writes failed".to_owned()))?;
        said
    }
}

fn length_of(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn folder_length(folder: &Path) -> Result<u64, DoorError> {
    Ok(numbers(folder, "log")?.into_iter().map(|number| length_of(&path_of(folder, number, "log"))).sum())
}

fn checkpoint_length(folder: &Path) -> Result<u64, DoorError> {
    let newest = numbers(folder, "checkpoint")?.pop();
    Ok(newest.map_or(0, |number| length_of(&path_of(folder, number, "checkpoint"))))
}

/// Loads the newest checkpoint and the logs after it; returns the highest number in use.
fn load(folder: &Path, memory: &Memory, now: i64) -> Result<u64, DoorError> {
    let kept = memory.kept();
    let mut through = vec![[0_u64; SHARDS]; kept.len()];
    let mut first_log = 0;
    let checkpoint = numbers(folder, "checkpoint")?.pop();
    if let Some(number) = checkpoint {
        let path = path_of(folder, number, "checkpoint");
        let mut is_whole = false;
        let ended = read_frames(&path, |frame| match frame.table {
            BEGIN => first_log = frame.number,
            END => is_whole = true,
            _ => apply(&kept, &mut through, &frame, now, &path),
        })?;
        if ended.is_some() || !is_whole {
            let why = ended.unwrap_or("its end is missing");
            tracing::error!(file = %path.display(), why, "a checkpoint of the door is damaged; its good part is kept");
        }
    }
    let logs = numbers(folder, "log")?;
    for number in logs.iter().copied().filter(|number| *number >= first_log) {
        let path = path_of(folder, number, "log");
        if let Some(why) = read_frames(&path, |frame| apply(&kept, &mut through, &frame, now, &path))? {
            tracing::warn!(file = %path.display(), why, "a log of the door ends early; what stands before is kept");
        }
    }
    for (kept, through) in kept.iter().zip(&through) {
        through.iter().enumerate().for_each(|(shard, number)| kept.go_on_from(shard, *number));
    }
    Ok(logs.last().copied().unwrap_or(0).max(checkpoint.unwrap_or(0)))
}

/// Puts a frame in that is later than what is known of its shard.
fn apply(kept: &[&dyn Kept], through: &mut [[u64; SHARDS]], frame: &Frame, now: i64, path: &Path) {
    let table = usize::from(frame.table);
    let (Some(kept), Some(through)) = (kept.get(table), through.get_mut(table)) else {
        tracing::warn!(file = %path.display(), table, "a table that this version does not know is left out");
        return;
    };
    let through = &mut through[usize::from(frame.shard)];
    if frame.number <= *through {
        return;
    }
    *through = frame.number;
    let bad = kept.restore_all(&frame.entries, now);
    if bad > 0 {
        tracing::warn!(file = %path.display(), bad, "entries that do not read are left out");
    }
}

struct Writer {
    folder: PathBuf,
    memory: Arc<Memory>,
    log: Log,
    /// Octets of the logs before this one.
    before: u64,
    /// Octets of the last checkpoint.
    last_checkpoint: u64,
    running: Option<Running>,
    waiting: Vec<Caller>,
    /// Changes were given up: only a checkpoint makes the files whole again.
    has_gap: bool,
}

/// A checkpoint that is being written.
struct Running {
    file: File,
    fresh: PathBuf,
    number: u64,
    /// The next table and shard.
    next: usize,
    frames: u64,
    length: u64,
    unsynced: usize,
}

impl Writer {
    fn run(mut self, incoming: &Receiver<Order>) {
        let mut next = Instant::now() + FLUSH_EVERY;
        loop {
            let wait =
                if self.running.is_some() { Duration::ZERO } else { next.saturating_duration_since(Instant::now()) };
            match incoming.recv_timeout(wait) {
                Ok(Order::Flush(caller)) => drop(caller.send(self.flush())),
                Ok(Order::Checkpoint(caller)) => {
                    self.waiting.push(caller);
                    self.begin_where_none_runs();
                }
                Ok(Order::Close(caller)) => {
                    self.abandon();
                    drop(caller.send(self.flush()));
                    return;
                }
                Err(RecvTimeoutError::Disconnected) => {
                    self.abandon();
                    let flushed = self.flush();
                    return self.tell(&flushed);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if Instant::now() >= next {
                next = Instant::now() + FLUSH_EVERY;
                let flushed = self.flush();
                self.tell(&flushed);
                self.has_gap |= self.memory.kept().iter().map(|kept| kept.given_up()).sum::<u64>() > 0;
                if self.has_gap || self.before + self.log.length > LOG_WORTH.max(self.last_checkpoint / 2) {
                    self.begin_where_none_runs();
                }
            }
            self.step();
        }
    }

    fn tell(&self, outcome: &Result<(), DoorError>) {
        if let Err(why) = outcome {
            tracing::error!(error = %why, "what the door remembers was not written; it is kept in memory");
        }
    }

    /// Writes what changed. What cannot be written waits in its shard.
    fn flush(&mut self) -> Result<(), DoorError> {
        let memory = Arc::clone(&self.memory);
        let mut cuts = Vec::new();
        let mut frames = Vec::new();
        for (table, kept) in memory.kept().into_iter().enumerate() {
            for shard in 0..SHARDS {
                let Some(cut) = kept.cut(shard) else { continue };
                frame::write(&mut frames, table as u8, shard as u8, cut.number, &cut.entries);
                cuts.push((table, shard, cut));
            }
        }
        if frames.is_empty() {
            return Ok(());
        }
        let written = self.log.append(&frames);
        if written.is_err() {
            for (table, shard, cut) in cuts {
                memory.kept()[table].put_back(shard, cut);
            }
        }
        written
    }

    fn begin_where_none_runs(&mut self) {
        if self.running.is_none()
            && let Err(why) = self.begin()
        {
            self.end(Err(why));
        }
    }

    /// A new log first: what is in the logs before it is in the checkpoint.
    fn begin(&mut self) -> Result<(), DoorError> {
        self.flush()?;
        let number = self.log.number + 1;
        let log = Log::begin(&self.folder, number)?;
        self.before += std::mem::replace(&mut self.log, log).length;
        let fresh = path_of(&self.folder, number, "fresh");
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&fresh).map_err(disk(&fresh))?;
        let mut running = Running { file, fresh, number, next: 0, frames: 0, length: 0, unsynced: 0 };
        running.write(BEGIN, 0, number, &[])?;
        self.running = Some(running);
        self.has_gap = false;
        Ok(())
    }

    /// One shard of one table, or the end.
    fn step(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        match self.step_of(&mut running) {
            Ok(true) => self.end(self.finish(running)),
            Ok(false) => self.running = Some(running),
            Err(why) => {
                drop(fs::remove_file(&running.fresh));
                self.end(Err(why));
            }
        }
    }

    fn step_of(&mut self, running: &mut Running) -> Result<bool, DoorError> {
        let (table, shard) = (running.next / SHARDS, running.next % SHARDS);
        running.next += 1;
        let memory = Arc::clone(&self.memory);
        let Some(kept) = memory.kept().get(table).copied() else { return Ok(true) };
        let Some((cut, everything)) = kept.cut_and_snapshot(shard) else { return Ok(false) };
        if !cut.entries.is_empty() {
            let mut frames = Vec::new();
            frame::write(&mut frames, table as u8, shard as u8, cut.number, &cut.entries);
            // Given back, these changes would come after what contains them: such a checkpoint must not be finished.
            if let Err(why) = self.log.append(&frames) {
                kept.put_back(shard, cut);
                return Err(why);
            }
        }
        running.write(table as u8, shard as u8, cut.number, &everything)?;
        Ok(false)
    }

    fn finish(&self, mut running: Running) -> Result<u64, DoorError> {
        let frames = running.frames;
        running.write(END, 0, frames, &[])?;
        running.file.sync_all().map_err(disk(&running.fresh))?;
        let path = path_of(&self.folder, running.number, "checkpoint");
        fs::rename(&running.fresh, &path).map_err(disk(&path))?;
        super::sync_folder(&self.folder)?;
        for (ending, before) in [("log", running.number), ("checkpoint", running.number)] {
            for number in numbers(&self.folder, ending)?.into_iter().filter(|number| *number < before) {
                let path = path_of(&self.folder, number, ending);
                fs::remove_file(&path).map_err(disk(&path))?;
            }
        }
        Ok(running.length)
    }

    fn end(&mut self, outcome: Result<u64, DoorError>) {
        let outcome = outcome.map(|length| {
            self.last_checkpoint = length;
            self.before = 0;
        });
        self.tell(&outcome);
        for caller in self.waiting.drain(..) {
            drop(caller.send(outcome.clone()));
        }
    }

    /// The process ends: logs hold everything that a checkpoint would.
    fn abandon(&mut self) {
        if let Some(running) = self.running.take() {
            drop(fs::remove_file(&running.fresh));
            self.end(Err(DoorError::Disk("the door was closed".to_owned())));
        }
    }
}

impl Running {
    fn write(&mut self, table: u8, shard: u8, number: u64, entries: &[u8]) -> Result<(), DoorError> {
        let mut octets = Vec::with_capacity(entries.len() + 32);
        frame::write(&mut octets, table, shard, number, entries);
        self.file.write_all(&octets).map_err(disk(&self.fresh))?;
        self.frames += 1;
        self.length += octets.len() as u64;
        self.unsynced += octets.len();
        if self.unsynced >= SYNC_EVERY {
            self.unsynced = 0;
            self.file.sync_data().map_err(disk(&self.fresh))?;
        }
        Ok(())
    }
}
