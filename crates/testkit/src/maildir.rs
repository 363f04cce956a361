//! Reads what was delivered to a Maildir.

use std::path::{Path, PathBuf};

/// One Maildir.
#[derive(Clone, Debug)]
pub struct Maildir {
    folder: PathBuf,
}

impl Maildir {
    /// The Maildir in this folder, which need not be there yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every message in `new` and `cur`, oldest name first.
    pub fn messages(&self) -> Vec<Vec<u8>> {
        let mut files: Vec<PathBuf> = ["new", "cur"].iter().flat_map(|part| files(&self.folder.join(part))).collect();
        files.sort();
        files.iter().map(|file| std::fs::read(file).expect("a delivered message can be read")).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        ["new", "cur"].iter().map(|part| files(&self.folder.join(part)).len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Header section and body of a message, at the first empty line.
pub fn split(message: &[u8]) -> (&[u8], &[u8]) {
    for end in [&b"\r\n\r\n"[..], b"\n\n"] {
        if let Some(at) = message.windows(end.len()).position(|window| window == end) {
            return (&message[..at + end.len() / 2], &message[at + end.len()..]);
        }
    }
    (message, &[])
}

/// The same bytes with every CRLF as LF.
pub fn with_lf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        if !(*byte == b'\r' && bytes.get(at + 1) == Some(&b'\n')) {
            out.push(*byte);
        }
    }
    out
}

/// The same bytes with every line end as CRLF, as SMTP carries them.
pub fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    let mut before = 0;
    for byte in bytes {
        if *byte == b'\n' && before != b'\r' {
            out.push(b'\r');
        }
        out.push(*byte);
        before = *byte;
    }
    out
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}
