//! The segments: append-only files of at most 64 MiB, written by one thread that fsyncs in groups.
//!
//! What the index does not name does not exist: after a crash or a failed write the tail is cut off, and a segment
//! whose fsync failed is never appended to again.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::StoreError;

/// A segment that is longer is not appended to any more.
const LONGEST: u64 = 64 << 20;
/// Records that may share one fsync.
const MOST_IN_GROUP: usize = 256;

/// Where a record lies. As long as it lives, its segment is not swept.
pub(super) struct Place {
    pub(super) segment: u64,
    pub(super) start: u64,
    pub(super) length: u64,
    _in_use: Arc<()>,
}

pub(super) enum Order {
    Append(Vec<u8>, oneshot::Sender<Result<Place, StoreError>>),
    /// Begin a new segment with the next record.
    Rotate(oneshot::Sender<Result<(), StoreError>>),
    Close,
}

/// What the writing thread and everybody else know of the segments.
pub(super) struct Segments {
    folder: PathBuf,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    /// The segment that is being appended to.
    active: Option<u64>,
    /// Per segment of this run, a mark that is cloned for every record on its way into the index.
    in_use: HashMap<u64, Arc<()>>,
}

impl Segments {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), shared: Mutex::default() }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn path(&self, segment: u64) -> PathBuf {
        self.folder.join(format!("{segment:010}.segment"))
    }

    /// Every segment with its length, in order.
    pub(super) fn list(&self) -> Result<Vec<(u64, u64)>, StoreError> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(disk(&self.folder))? {
            let entry = entry.map_err(disk(&self.folder))?;
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".segment")).and_then(|n| n.parse().ok());
            if let Some(number) = number {
                found.push((number, entry.metadata().map_err(disk(&entry.path()))?.len()));
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Whether nobody appends to it and no record of it is on its way into the index.
    pub(super) fn at_rest(&self, segment: u64) -> bool {
        let shared = self.shared();
        shared.active != Some(segment) && shared.in_use.get(&segment).is_none_or(|mark| Arc::strong_count(mark) == 1)
    }

    pub(super) fn active(&self) -> Option<u64> {
        self.shared().active
    }

    pub(super) fn unlink(&self, segment: u64) -> Result<(), StoreError> {
        let path = self.path(segment);
        fs::remove_file(&path).map_err(disk(&path))?;
        self.shared().in_use.remove(&segment);
        Ok(())
    }

    /// Reads one record. `None` where there is no such segment (any more).
    pub(super) fn read(&self, segment: u64, start: u64, length: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(segment);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(disk(&path)(e)),
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let on_disk = file.metadata().map_err(disk(&path))?.len();
        if on_disk < start.saturating_add(length as u64) {
            return Err(StoreError::Corrupt { what: "blob", why: format!("{} is cut short", path.display()) });
        }
        let mut record = vec![0; length];
        file.read_exact_at(&mut record, start).map_err(disk(&path))?;
        Ok(Some(record))
    }
}

pub(super) fn disk(path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    move |e| StoreError::Disk(format!("{}: {e}", path.display()))
}

/// The thread's own state.
pub(super) struct Appender {
    segments: Arc<Segments>,
    /// Number of the newest segment there ever was.
    newest: u64,
    current: Option<Current>,
}

struct Current {
    number: u64,
    file: Arc<File>,
    /// Where the next record begins: all before it is whole.
    end: u64,
}

/// Records of one group, and the file each waits for.
struct Written {
    place: Place,
    file: Arc<File>,
    caller: oneshot::Sender<Result<Place, StoreError>>,
}

impl Appender {
    /// Goes on after the newest segment. `indexed` says where the last record that the index names ends in it:
    /// what lies behind was never answered for.
    pub(super) fn new(segments: Arc<Segments>, newest: Option<(u64, u64)>, indexed: u64) -> Result<Self, StoreError> {
        let Some((number, length)) = newest else { return Ok(Self { segments, newest: 0, current: None }) };
        if indexed > length {
            tracing::error!(segment = %segments.path(number).display(), "it is shorter than what the index names");
            return Ok(Self { segments, newest: number, current: None });
        }
        let path = segments.path(number);
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(disk(&path))?;
        if indexed < length {
            file.set_len(indexed).and_then(|()| file.sync_all()).map_err(disk(&path))?;
        }
        let mut appender = Self { segments, newest: number, current: None };
        appender.set_current(Some(Current { number, file: Arc::new(file), end: indexed }));
        Ok(appender)
    }

    pub(super) fn run(mut self, mut incoming: mpsc::Receiver<Order>) {
        let mut orders = Vec::with_capacity(MOST_IN_GROUP);
        while incoming.blocking_recv_many(&mut orders, MOST_IN_GROUP) > 0 {
            let mut written = Vec::with_capacity(orders.len());
            let mut closing = false;
            for order in orders.drain(..) {
                match order {
                    Order::Append(record, caller) => match self.append(&record) {
                        Ok((place, file)) => written.push(Written { place, file, caller }),
                        Err(why) => drop(caller.send(Err(why))),
                    },
                    Order::Rotate(caller) => {
                        self.set_current(None);
                        drop(caller.send(Ok(())));
                    }
                    Order::Close => closing = true,
                }
            }
            self.sync(written);
            if closing {
                return;
            }
        }
    }

    fn set_current(&mut self, current: Option<Current>) {
        let mut shared = self.segments.shared();
        shared.active = current.as_ref().map(|current| current.number);
        if let Some(current) = &current {
            shared.in_use.entry(current.number).or_default();
        }
        drop(shared);
        self.current = current;
    }

    /// Writes one record at the end of the current segment. What could not be written is cut off again.
    fn append(&mut self, record: &[u8]) -> Result<(Place, Arc<File>), StoreError> {
        if self.current.as_ref().is_none_or(|current| current.end >= LONGEST) {
            self.begin()?;
        }
        let Some(current) = &mut self.current else {
            return Err(StoreError::Disk("no segment could be begun".to_owned()));
        };
        let (number, start) = (current.number, current.end);
        let path = self.segments.path(number);
        if let Err(e) = current.file.write_all_at(record, start) {
            if current.file.set_len(start).is_err() {
                self.set_current(None);
            }
            return Err(disk(&path)(e));
        }
        current.end += record.len() as u64;
        let file = Arc::clone(&current.file);
        let in_use = Arc::clone(self.segments.shared().in_use.entry(number).or_default());
        Ok((Place { segment: number, start, length: record.len() as u64, _in_use: in_use }, file))
    }

    /// Begins a new segment; its name is durable before anything is written into it.
    fn begin(&mut self) -> Result<(), StoreError> {
        let number = self.newest + 1;
        let path = self.segments.path(number);
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).map_err(disk(&path))?;
        self.newest = number;
        let folder = &self.segments.folder;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk(folder))?;
        self.set_current(Some(Current { number, file: Arc::new(file), end: 0 }));
        Ok(())
    }

    /// One fsync per file, then the answers.
    fn sync(&mut self, written: Vec<Written>) {
        let mut synced: HashMap<u64, Result<(), StoreError>> = HashMap::new();
        for Written { place, file, caller } in written {
            let outcome = synced
                .entry(place.segment)
                .or_insert_with(|| file.sync_data().map_err(disk(&self.segments.path(place.segment))));
            let outcome = outcome.clone();
            if outcome.is_err() && self.current.as_ref().is_some_and(|current| current.number == place.segment) {
                // After a failed fsync nobody knows what the disk has: this file is left alone from now on.
                self.set_current(None);
            }
            drop(caller.send(outcome.map(|()| place)));
        }
    }
}
