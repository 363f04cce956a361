//! The append log: one frame per flush, with a checksum. A frame that was torn by a crash is cut off on opening.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};

use super::entry::Change;
use crate::StoreError;

const MAGIC: &[u8; 4] = b"SKC1";
/// Magic, length of the changes, checksum.
const HEAD: usize = 4 + 4 + 8;

/// The log file that is being written.
pub(super) struct Log {
    folder: PathBuf,
    /// Number of the file; each checkpoint begins a new one.
    pub(super) number: u64,
    file: File,
    /// Octets that are known to be whole.
    pub(super) length: u64,
}

fn path_of(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:010}.log"))
}

pub(super) fn disk(path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    move |e| StoreError::Disk(format!("{}: {e}", path.display()))
}

/// Numbers of the logs in the folder, in order.
pub(super) fn numbers(folder: &Path) -> Result<Vec<u64>, StoreError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(disk(folder))? {
        let name = entry.map_err(disk(folder))?.file_name();
        if let Some(number) = name.to_str().and_then(|name| name.strip_suffix(".log")).and_then(|n| n.parse().ok()) {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

pub(super) fn remove(folder: &Path, number: u64) -> Result<(), StoreError> {
    let path = path_of(folder, number);
    fs::remove_file(&path).map_err(disk(&path))
}

impl Log {
    /// Opens a log to go on writing, cutting off what is not whole, and hands every whole change to `apply`.
    pub(super) fn open(folder: &Path, number: u64, apply: impl FnMut(&Change<'_>)) -> Result<Self, StoreError> {
        let path = path_of(folder, number);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(disk(&path))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(disk(&path))?;
        let whole = replay(&bytes, apply);
        if whole < bytes.len() {
            tracing::warn!(log = %path.display(), octets = bytes.len() - whole, "a torn end was cut off");
            file.set_len(whole as u64).map_err(disk(&path))?;
        }
        file.sync_all().map_err(disk(&path))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk(folder))?;
        Ok(Self { folder: folder.to_owned(), number, file, length: whole as u64 })
    }

    /// Appends the changes of one flush; returns after fsync. On failure the file is cut back to what was whole.
    pub(super) fn append(&mut self, changes: &[u8]) -> Result<(), StoreError> {
        let path = path_of(&self.folder, self.number);
        let length = u32::try_from(changes.len()).map_err(|_| StoreError::Disk("too many changes".to_owned()))?;
        let mut frame = Vec::with_capacity(HEAD + changes.len());
        frame.extend(MAGIC);
        frame.extend(length.to_le_bytes());
        frame.extend(checksum(changes));
        frame.extend(changes);
        let written = self
            .file
            .seek(SeekFrom::Start(self.length))
            .and_then(|_| self.file.write_all(&frame))
            .and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.length += frame.len() as u64;
                Ok(())
            }
            Err(e) => {
                // Where even this fails, the next append writes over the torn end: it seeks to what was whole.
                drop(self.file.set_len(self.length));
                Err(disk(&path)(e))
            }
        }
    }
}

/// Hands whole changes over and says how many octets were whole.
fn replay(bytes: &[u8], mut apply: impl FnMut(&Change<'_>)) -> usize {
    let mut whole = 0;
    while let Some(changes) = frame(&bytes[whole..]) {
        let mut rest = changes;
        while let Some(change) = Change::read(&mut rest) {
            apply(&change);
        }
        whole += HEAD + changes.len();
    }
    whole
}

fn frame(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    let changes = rest.get(..u32::from_le_bytes(*length) as usize)?;
    (checksum(changes) == *sum).then_some(changes)
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
    let mut sum = [0; 8];
    for (to, from) in sum.iter_mut().zip(digest(&SHA256, bytes).as_ref()) {
        *to = *from;
    }
    sum
}
