//! What an archive, a disc image or a compound document holds, found without unpacking more than a bound.
//!
//! Own readers of headers, because every one of them reads what an attacker wrote: see
//! docs/decisions/looking-into-archives.md. Names from before UTF-8 go through the charset layer as Shift_JIS.

mod cab;
mod gzip;
mod iso;
mod lzh;
mod lzma;
mod ole;
mod rar;
mod reader;
mod seven_zip;
mod tar;
mod zip;

use super::{by_first_octets, name};
use crate::charset;
use crate::limits::Limits;

pub(super) use iso::DESCRIPTORS;

/// Rows of one archive's own list that are read before the bound on entries cuts them.
const ROWS: usize = 20_000;
/// Entries whose first octets are unpacked to learn their true type.
const TYPED: usize = 64;
/// Octets that are unpacked for that.
const START: usize = 1024;
/// Characters of a name that are kept.
const NAME: usize = 255;

/// How a file holds others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// ZIP, and everything built on it (Office Open XML, Java, OpenDocument).
    Zip,
    /// RAR 4 and 5.
    Rar,
    /// 7z.
    SevenZip,
    /// TAR.
    Tar,
    /// gzip, with a TAR inside or one file.
    Gzip,
    /// LZH (LHA).
    Lzh,
    /// Microsoft Cabinet.
    Cab,
    /// An image of a disc (ISO 9660, Joliet).
    Iso,
    /// A compound document ([MS-CFB]): Office before 2007, encrypted Office, Outlook messages, MSI.
    Ole,
}

/// What was found inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    /// How it holds others.
    pub format: Format,
    /// Files in it, and in archives in it.
    pub entries: Vec<Entry>,
    /// Opening it, or something in it, needs a password.
    pub encrypted: bool,
    /// It holds a program that a document runs (VBA, Excel 4.0).
    pub macros: bool,
    /// There is more in it than was looked at.
    pub cut: bool,
    /// It would grow beyond all measure when unpacked, or is nested deeper than is followed.
    pub bomb: bool,
    /// It is not as its format says.
    pub broken: bool,
    /// What kind of document it is, where its parts tell: a media type.
    pub kind: Option<&'static str>,
    size: u64,
    packed: u64,
}

/// One file in an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name with folders, and the archive in the archive before it.
    pub name: String,
    /// Octets when unpacked, as declared.
    pub size: u64,
    /// Octets that it takes in the archive; 0 where that is not told.
    pub packed: u64,
    /// Needs a password.
    pub encrypted: bool,
    /// Media type by its first octets, where they could be looked at.
    pub actual: Option<String>,
}

/// What may still be spent on one attachment.
pub(crate) struct Look<'a> {
    limits: &'a Limits,
    /// Octets that may be unpacked.
    budget: usize,
    /// Entries whose type may be looked at.
    typed: usize,
    /// How deep we are.
    depth: usize,
}

impl<'a> Look<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self { limits, budget: limits.archive_octets, typed: TYPED, depth: 0 }
    }

    /// Looks inside, where there is an inside.
    pub(crate) fn inside(&mut self, octets: &[u8], name: &str) -> Option<Inside> {
        let extended = name::extension(name).is_some_and(|extension| extension == "zip");
        let by_end = || (extended && zip::ends(octets)).then_some(Format::Zip);
        let format = Format::of(octets).or_else(by_end)?;
        let mut inside = match format {
            Format::Zip => zip::list(octets, self),
            Format::Rar => rar::list(octets, self),
            Format::SevenZip => seven_zip::list(octets, self),
            Format::Tar => tar::list(octets, self),
            Format::Gzip => gzip::list(octets, name, self),
            Format::Lzh => lzh::list(octets, self),
            Format::Cab => cab::list(octets, self),
            Format::Iso => iso::list(octets, self),
            Format::Ole => ole::list(octets),
        };
        inside.conclude(self.limits);
        Some(inside)
    }
}

impl Format {
    /// By the first octets.
    pub(crate) fn of(octets: &[u8]) -> Option<Self> {
        let begins = |signature: &[u8]| octets.starts_with(signature);
        if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
            Some(Self::Zip)
        } else if begins(rar::SIGNATURE_4) || begins(rar::SIGNATURE_5) {
            Some(Self::Rar)
        } else if begins(seven_zip::SIGNATURE) {
            Some(Self::SevenZip)
        } else if begins(&[0x1F, 0x8B, 8]) {
            Some(Self::Gzip)
        } else if begins(b"MSCF\0\0\0\0") {
            Some(Self::Cab)
        } else if begins(ole::SIGNATURE) {
            Some(Self::Ole)
        } else if tar::is(octets) {
            Some(Self::Tar)
        } else if lzh::is(octets) {
            Some(Self::Lzh)
        } else if iso::is(octets) {
            Some(Self::Iso)
        } else {
            None
        }
    }

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Rar => "rar",
            Self::SevenZip => "7z",
            Self::Tar => "tar",
            Self::Gzip => "gzip",
            Self::Lzh => "lzh",
            Self::Cab => "cab",
            Self::Iso => "iso",
            Self::Ole => "ole",
        }
    }
}

impl Entry {
    fn new(name: String, size: u64, packed: u64) -> Self {
        Self { name: shortened(&name), size, packed, encrypted: false, actual: None }
    }

    /// Whether opening it runs something: by its first bytes or its name.
    pub fn executable(&self) -> bool {
        self.actual.as_deref().is_some_and(super::kind::runs) || name::runs(&self.name)
    }
}

impl Inside {
    fn new(format: Format) -> Self {
        Self {
            format,
            entries: Vec::new(),
            encrypted: false,
            macros: false,
            cut: false,
            bomb: false,
            broken: false,
            kind: None,
            size: 0,
            packed: 0,
        }
    }

    /// Looks inside these octets of a file of this name; `None` where they hold nothing.
    pub fn of(octets: &[u8], name: &str, limits: &Limits) -> Option<Self> {
        Look::new(limits).inside(octets, name)
    }

    /// The first entry that runs something when it is opened.
    pub fn executable(&self) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.executable())
    }

    /// Takes an entry in; `open` unpacks at most so many octets of it. False: enough, no more is taken.
    fn take(&mut self, mut entry: Entry, open: impl Fn(usize) -> Option<Vec<u8>>, look: &mut Look<'_>) -> bool {
        if self.entries.len() >= look.limits.archive_entries {
            self.cut = true;
            return false;
        }
        if entry.name.ends_with('/') {
            return true;
        }
        self.size = self.size.saturating_add(entry.size);
        self.packed = self.packed.saturating_add(entry.packed);
        self.encrypted |= entry.encrypted;
        self.macros |= holds_macros(&entry.name);
        let start = if entry.encrypted || look.typed == 0 { None } else { open(START) };
        let Some(start) = start else {
            self.entries.push(entry);
            return true;
        };
        look.typed -= 1;
        entry.actual = by_first_octets(&start, Some(&entry.name));
        let outer = entry.name.clone();
        self.entries.push(entry);
        if Format::of(&start).is_some() {
            self.nested(&outer, open, look);
        }
        true
    }

    /// Looks into an archive in the archive.
    fn nested(&mut self, outer: &str, open: impl Fn(usize) -> Option<Vec<u8>>, look: &mut Look<'_>) {
        if look.depth >= look.limits.archive_depth {
            self.bomb = true;
            return;
        }
        let octets = open(look.budget).unwrap_or_default();
        self.cut |= octets.len() >= look.budget;
        look.budget -= octets.len().min(look.budget);
        look.depth += 1;
        let inner = look.inside(&octets, outer);
        look.depth -= 1;
        let Some(inner) = inner else { return };
        self.encrypted |= inner.encrypted;
        self.macros |= inner.macros;
        self.cut |= inner.cut;
        self.bomb |= inner.bomb;
        for entry in inner.entries {
            if self.entries.len() >= look.limits.archive_entries {
                self.cut = true;
                return;
            }
            self.entries.push(Entry { name: shortened(&format!("{outer}/{}", entry.name)), ..entry });
        }
    }

    /// What can be said once everything is in.
    fn conclude(&mut self, limits: &Limits) {
        let packed = self.packed.max(1);
        self.bomb |= self.size > limits.archive_size && self.size / packed > limits.archive_ratio;
        if self.format == Format::Zip {
            self.kind = zip_kind(&self.entries, self.macros);
        }
    }
}

/// What a ZIP is by the names in it.
fn zip_kind(entries: &[Entry], macros: bool) -> Option<&'static str> {
    let has = |start: &str| entries.iter().any(|entry| entry.name.starts_with(start));
    if has("[Content_Types].xml") {
        return match () {
            () if macros => Some("application/vnd.ms-office.macroenabled"),
            () if has("word/") => Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            () if has("xl/") => Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            () if has("ppt/") => Some("application/vnd.openxmlformats-officedocument.presentationml.presentation"),
            () => None,
        };
    }
    let is_class = |entry: &Entry| entry.name.ends_with(".class");
    (has("META-INF/MANIFEST.MF") && entries.iter().any(is_class)).then_some("application/java-archive")
}

/// The parts of an Office document that hold its programs.
fn holds_macros(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with("vbaproject.bin") || lower.contains("xl/macrosheets/")
}

/// A name in an archive: UTF-8 where it is, else what Japanese packers wrote.
fn name(octets: &[u8]) -> String {
    let octets = octets.get(..NAME * 4).unwrap_or(octets);
    match std::str::from_utf8(octets) {
        Ok(text) => shortened(text),
        Err(_) => shortened(&charset::decode(octets, Some("shift_jis")).text),
    }
}

/// With one kind of slash, and no longer than is kept; the end is kept because the extension stands there.
fn shortened(text: &str) -> String {
    let text = text.replace('\\', "/");
    let surplus = text.chars().count().saturating_sub(NAME);
    if surplus == 0 { text } else { text.chars().skip(surplus).collect() }
}

/// Undoes deflate, giving at most `bound` octets; what is broken ends there.
fn inflate(data: &[u8], bound: usize) -> Vec<u8> {
    // No more of the packed octets than can be needed for a small beginning: a bound on time.
    let data = if bound <= START { data.get(..START * 16).unwrap_or(data) } else { data };
    match miniz_oxide::inflate::decompress_to_vec_with_limit(data, bound) {
        Ok(octets) => octets,
        Err(cut) => cut.output,
    }
}
