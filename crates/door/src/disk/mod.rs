//! The only files: logs and checkpoints of the tables, and the thread that writes them.
//!
//! A log is a row of frames, each the changes of one shard since its last cut, with a number that counts up per shard.
//! A checkpoint is a row of frames, each the whole of one shard, with the number of the cut that it contains: of the
//! logs, only frames with later numbers are applied after it.

mod frame;
mod keeper;
mod log;

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use message::UnixMillis;

use crate::DoorError;
use crate::memory::Memory;
use crate::source::Secret;
use frame::{Frame, Next};
pub(crate) use keeper::Keeper;

fn disk(path: &Path) -> impl Fn(std::io::Error) -> DoorError {
    move |e| DoorError::Disk(format!("{}: {e}", path.display()))
}

/// The installation's secret, made where it is missing. Without it every key would be another's.
pub(crate) fn secret(folder: &Path) -> Result<Secret, DoorError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(disk(folder))?;
    fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(disk(folder))?;
    let path = folder.join("secret");
    if path.exists() {
        let mut octets = Vec::new();
        let file = File::open(&path).map_err(disk(&path))?;
        file.take(64).read_to_end(&mut octets).map_err(disk(&path))?;
        let octets = <[u8; 16]>::try_from(octets.as_slice())
            .map_err(|_| DoorError::Corrupt { file: path.display().to_string(), why: "16 octets belong in it".into() });
        return octets.map(Secret);
    }
    let secret = Secret::random().map_err(|e| DoorError::Disk(e.to_string()))?;
    let fresh = folder.join("secret.new");
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&fresh).map_err(disk(&fresh))?;
    file.write_all(&secret.0).and_then(|()| file.sync_all()).map_err(disk(&fresh))?;
    fs::rename(&fresh, &path).map_err(disk(&path))?;
    sync_folder(folder)?;
    Ok(secret)
}

/// Puts whole frames in, up to the first that is not; says how many entries did not read.
pub(crate) fn restore_frames(memory: &Memory, from: &mut &[u8], now: UnixMillis) -> usize {
    let kept = memory.kept();
    let mut bad = 0;
    while let Ok(Next::Frame(frame)) = Frame::read(from) {
        bad += kept.get(usize::from(frame.table)).map_or(1, |kept| kept.restore_all(&frame.entries, now.0));
    }
    bad
}

fn sync_folder(folder: &Path) -> Result<(), DoorError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk(folder))
}
