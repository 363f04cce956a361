//! Log files: appended to, one write and one fsync per flush, cut back where a write fails half way.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::disk;
use super::frame::{Frame, Next};
use crate::DoorError;

/// The log that is being written.
pub(super) struct Log {
    path: PathBuf,
    file: File,
    /// Number of the file.
    pub(super) number: u64,
    /// Octets that are whole.
    pub(super) length: u64,
}

/// A file of the folder by number.
pub(super) fn path_of(folder: &Path, number: u64, ending: &str) -> PathBuf {
    folder.join(format!("{number:010}.{ending}"))
}

/// Numbers of the files with an ending, in order.
pub(super) fn numbers(folder: &Path, ending: &str) -> Result<Vec<u64>, DoorError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(disk(folder))? {
        let name = entry.map_err(disk(folder))?.file_name();
        let stem = name.to_str().and_then(|name| name.strip_suffix(ending)).and_then(|name| name.strip_suffix('.'));
        numbers.extend(stem.and_then(|stem| stem.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

impl Log {
    /// Begins a new one.
    pub(super) fn begin(folder: &Path, number: u64) -> Result<Self, DoorError> {
        let path = path_of(folder, number, "log");
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&path).map_err(disk(&path))?;
        super::sync_folder(folder)?;
        Ok(Self { path, file, number, length: 0 })
    }

    /// Appends whole frames; returns after fsync. On failure the file is what it was.
    pub(super) fn append(&mut self, frames: &[u8]) -> Result<(), DoorError> {
        let start = SeekFrom::Start(self.length);
        let written = self.file.seek(start).and_then(|_| self.file.write_all(frames));
        match written.and_then(|()| self.file.sync_data()) {
            Ok(()) => {
                self.length += frames.len() as u64;
                Ok(())
            }
            Err(e) => {
                // Where even this fails, the next append writes over the torn end: it seeks to what was whole.
                drop(self.file.set_len(self.length));
                Err(disk(&self.path)(e))
            }
        }
    }
}

/// Hands every whole frame of a file over, up to the first that is not. `Some`: why it ended early.
pub(super) fn read_frames(path: &Path, mut take: impl FnMut(Frame)) -> Result<Option<&'static str>, DoorError> {
    let file = File::open(path).map_err(disk(path))?;
    let mut from = BufReader::with_capacity(1 << 20, file);
    loop {
        match Frame::read(&mut from).map_err(disk(path))? {
            Next::Frame(frame) => take(frame),
            Next::End => return Ok(None),
            Next::Bad(why) => return Ok(Some(why)),
        }
    }
}
