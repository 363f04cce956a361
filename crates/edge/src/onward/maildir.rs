//! Final delivery to a Maildir: tmp, fsync, rename to new, fsync of the folder. Nothing half written is ever seen.
//!
//! An address has its Maildir at `DIR/domain/local`, lower case, `user+detail` at that of `user`. Characters that a
//! file system or a shell might misunderstand are percent-encoded, so no address leaves its place.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use checkpoint::Handover;
use message::Address;

/// One message for one Maildir.
#[derive(Debug)]
pub(super) struct Letter {
    /// The configured folder.
    root: PathBuf,
    /// Folders below it: domain, local part.
    below: Option<[String; 2]>,
    /// Return-Path and Delivered-To, which final delivery adds (RFC 5321 §4.4, RFC 9228).
    head: String,
    pieces: Vec<Bytes>,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Delivered {
    /// It is on the disk.
    Written,
    /// The disk or the quota is full.
    NoSpace(String),
    /// Something else is wrong with the disk.
    Failed(String),
    /// The address makes no file name.
    NoSuchName,
}

/// The longest file name that Linux takes, octets.
const NAME: usize = 255;

static COUNTER: AtomicU64 = AtomicU64::new(0);

impl Letter {
    pub(super) fn new(root: &Path, recipient: &Address, separator: Option<char>, handover: &Handover) -> Self {
        let (user, _) = match separator {
            Some(separator) => recipient.split_detail(separator),
            None => (recipient.local(), None),
        };
        let below = [safe_name(recipient.domain().as_str()), safe_name(&user.to_lowercase())];
        Self {
            root: root.to_owned(),
            below: below.iter().all(|name| name.len() <= NAME).then_some(below),
            head: format!("Return-Path: <{}>\nDelivered-To: {recipient}\n", handover.mail_from),
            pieces: handover.rendering.pieces.clone(),
        }
    }

    /// Writes it. Blocks.
    pub(super) fn deliver(&self) -> Delivered {
        let Some([domain, local]) = &self.below else { return Delivered::NoSuchName };
        let folder = self.root.join(domain).join(local);
        match self.write(&folder) {
            Ok(()) => Delivered::Written,
            Err(fault) => of_fault(&folder, &fault),
        }
    }

    fn write(&self, folder: &Path) -> io::Result<()> {
        for part in ["cur", "tmp", "new"] {
            make_folder(&folder.join(part))?;
        }
        let name = unique_name()?;
        let (tmp, new) = (folder.join("tmp").join(&name), folder.join("new").join(&name));
        let moved = self.fill(&tmp).and_then(|()| fs::rename(&tmp, &new));
        if let Err(fault) = moved {
            let _ = fs::remove_file(&tmp);
            return Err(fault);
        }
        // Not in place for certain until the folder is on the disk as well; without that it may come a second time.
        File::open(folder.join("new"))?.sync_all()
    }

    fn fill(&self, path: &Path) -> io::Result<()> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let mut out = BufWriter::new(file);
        out.write_all(self.head.as_bytes())?;
        let mut held_cr = false;
        for piece in &self.pieces {
            for line in piece.split_inclusive(|octet| *octet == b'\n') {
                held_cr = write_with_lf(&mut out, line, held_cr)?;
            }
        }
        if held_cr {
            out.write_all(b"\r")?;
        }
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

fn of_fault(folder: &Path, fault: &io::Error) -> Delivered {
    let why = format!("{}: {fault}", folder.display());
    match fault.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Delivered::NoSpace(why),
        _ => Delivered::Failed(why),
    }
}

/// Writes a run that has at most one LF, at its end, with CRLF as LF. A CR at the end of a run is held back: its LF may
/// come with the next piece.
fn write_with_lf(out: &mut impl Write, run: &[u8], held_cr: bool) -> io::Result<bool> {
    if held_cr && run != b"\n" {
        out.write_all(b"\r")?;
    }
    if let Some(line) = run.strip_suffix(b"\r\n") {
        out.write_all(line)?;
        out.write_all(b"\n")?;
        return Ok(false);
    }
    match run.strip_suffix(b"\r") {
        Some(text) => out.write_all(text).map(|()| true),
        None => out.write_all(run).map(|()| false),
    }
}

/// Makes a folder and those above it, readable by us alone, each entered durably in the one above.
fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) else {
        return create(path);
    };
    make_folder(above)?;
    create(path)?;
    File::open(above)?.sync_all()
}

fn create(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    }
}

/// Time, process, counter and chance: unique across restarts, clock jumps and machines that share the folder.
fn unique_name() -> io::Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut chance = [0; 8];
    getrandom::fill(&mut chance).map_err(io::Error::other)?;
    Ok(format!(
        "{}.M{}P{}Q{}R{:016x}.sekisho",
        now.as_secs(),
        now.subsec_micros(),
        std::process::id(),
        COUNTER.fetch_add(1, Ordering::Relaxed),
        u64::from_be_bytes(chance)
    ))
}

/// Letters, digits, `-`, `_` and inner dots stay; everything else becomes `%XX` for each octet of its UTF-8.
fn safe_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for octet in text.bytes() {
        let plain =
            octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_') || (octet == b'.' && !name.is_empty());
        if plain {
            name.push(char::from(octet));
        } else {
            name.push_str(&format!("%{octet:02X}"));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_place() {
        let rows = [
            ("taro", "taro"),
            ("..", "%2E."),
            (".", "%2E"),
            (".hidden", "%2Ehidden"),
            ("a/../../b", "a%2F..%2F..%2Fb"),
            ("太", "%E5%A4%AA"),
            ("a%2Fb", "a%252Fb"),
            ("a b\"$(x)", "a%20b%22%24%28x%29"),
            ("[ipv6:2001:db8::1]", "%5Bipv6%3A2001%3Adb8%3A%3A1%5D"),
        ];
        for (text, name) in rows {
            assert_eq!(safe_name(text), name);
        }
    }

    #[test]
    fn line_ends_split_between_pieces_are_still_line_ends() {
        let mut out = Vec::new();
        let mut held = false;
        for run in [&b"a\r"[..], b"\n", b"b\r", b"c\r\n", b"d"] {
            held = write_with_lf(&mut out, run, held).unwrap();
        }
        assert_eq!((out.as_slice(), held), (&b"a\nb\rc\nd"[..], false));
    }

    #[test]
    fn a_full_disk_is_told_from_a_broken_one() {
        const ENOSPC: i32 = 28;
        const EDQUOT: i32 = 122;
        const EIO: i32 = 5;
        let of = |number| of_fault(Path::new("m"), &io::Error::from_raw_os_error(number));
        assert!(matches!(of(ENOSPC), Delivered::NoSpace(_)));
        assert!(matches!(of(EDQUOT), Delivered::NoSpace(_)));
        assert!(matches!(of(EIO), Delivered::Failed(_)));
    }
}
