//! Our own set: a journal of additions and withdrawals, written before anybody is told of them.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use content::heuristics::ClassHint;
use content::signatures::file::{NewSet, SigningKey, write};
use content::signatures::journal::Record;
use content::signatures::{Day, Entry, Segment, Set, Signature};

use super::LOCAL;

/// Entries that are put together anew with each addition; more are settled into a larger segment.
const FRESH: usize = 512;

/// Our own set.
#[derive(Default)]
pub(super) struct Local {
    journal: Option<File>,
    records: Vec<Record>,
    withdrawn: Arc<HashSet<u32>>,
    /// Entries up to `settled_records`.
    settled: Option<Arc<Segment>>,
    settled_records: usize,
    fresh: Option<Arc<Segment>>,
    next: u32,
}

impl Local {
    /// Reads the journal. A last line that a crash cut is dropped; anything else that is wrong is told with its line.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let fault = |fault: std::io::Error| format!("{}: {fault}", path.display());
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(fault)?;
        }
        let mut options = OpenOptions::new();
        let journal = options.read(true).append(true).create(true).mode(0o600).open(path).map_err(fault)?;
        let octets = std::fs::read(path).map_err(fault)?;
        let whole = octets.iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at + 1);
        if whole < octets.len() {
            tracing::warn!(file = %path.display(), octets = octets.len() - whole, "the last line was cut by a crash and is dropped");
            journal.set_len(whole as u64).map_err(fault)?;
        }
        let text = std::str::from_utf8(octets.get(..whole).unwrap_or_default());
        let text = text.map_err(|bad| format!("{}: octet {}: this is not text", path.display(), bad.valid_up_to()))?;
        let mut local = Self { journal: Some(journal), next: 1, ..Self::default() };
        for (line, number) in text.lines().zip(1..) {
            let record = Record::parse(line).map_err(|bad| format!("{}: line {number}: {bad}", path.display()))?;
            local.take(record);
        }
        local.settle()?;
        Ok(local)
    }

    fn take(&mut self, record: Record) {
        match &record {
            Record::Added(entry) => self.next = self.next.max(entry.number.saturating_add(1)),
            Record::Withdrawn(number) => {
                Arc::make_mut(&mut self.withdrawn).insert(*number);
            }
        }
        self.records.push(record);
    }

    /// Writes, waits for the disk, then takes.
    fn keep(&mut self, records: Vec<Record>) -> Result<(), String> {
        if let Some(journal) = &mut self.journal {
            let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
            let before = journal.metadata().map(|known| known.len());
            if let Err(fault) = journal.write_all(lines.as_bytes()).and_then(|()| journal.sync_data()) {
                // Half a line must not stand before the next one.
                if let Ok(before) = before {
                    drop(journal.set_len(before));
                }
                return Err(format!("the signature could not be written down: {fault}"));
            }
        }
        records.into_iter().for_each(|record| self.take(record));
        Ok(())
    }

    pub(super) fn add(
        &mut self,
        signatures: Vec<Signature>,
        class: ClassHint,
        expires: Day,
        origin: &str,
    ) -> Result<Vec<u32>, String> {
        let first = self.next.max(1);
        let entry = |(signature, number)| Entry { number, class, expires, origin: origin.to_owned(), signature };
        let entries: Vec<Entry> = signatures.into_iter().zip(first..).map(entry).collect();
        let numbers = entries.iter().map(|entry| entry.number).collect();
        self.keep(entries.into_iter().map(Record::Added).collect())?;
        let fresh: Vec<Entry> = added(self.records.get(self.settled_records..).unwrap_or_default());
        if fresh.len() > FRESH {
            self.settle()?;
        } else {
            self.fresh = Some(Arc::new(Segment::of(&fresh).map_err(|bad| bad.to_string())?));
        }
        Ok(numbers)
    }

    fn settle(&mut self) -> Result<(), String> {
        let entries: Vec<Entry> = added(&self.records);
        self.settled = Some(Arc::new(Segment::of(&entries).map_err(|bad| bad.to_string())?));
        self.settled_records = self.records.len();
        self.fresh = None;
        Ok(())
    }

    pub(super) fn withdraw(&mut self, number: u32) -> Result<bool, String> {
        let is_ours = |record: &Record| matches!(record, Record::Added(entry) if entry.number == number);
        if self.withdrawn.contains(&number) || !self.records.iter().any(is_ours) {
            return Ok(false);
        }
        self.keep(vec![Record::Withdrawn(number)])?;
        Ok(true)
    }

    pub(super) fn set(&self) -> Set {
        Set {
            name: LOCAL.into(),
            segments: self.settled.iter().chain(&self.fresh).cloned().collect(),
            withdrawn: self.withdrawn.clone(),
        }
    }

    fn in_force(&self, today: Day) -> impl Iterator<Item = &Entry> {
        self.records.iter().filter_map(move |record| match record {
            Record::Added(entry) if !self.withdrawn.contains(&entry.number) && entry.expires >= today => Some(entry),
            _ => None,
        })
    }

    pub(super) fn lines(&self, today: Day) -> impl Iterator<Item = String> {
        self.in_force(today).map(move |entry| {
            let class = format!("{:?}", entry.class).to_lowercase();
            let days = entry.expires.saturating_sub(today);
            format!("{LOCAL}:{}\t{}\t{class}\t{}\t{days} days", entry.number, entry.signature.kind.name(), entry.origin)
        })
    }

    /// A state's number is the number of lines that led to it.
    pub(super) fn export(&self, to: &Path, name: &str, since: u64, key: &SigningKey, now: i64) -> Result<u64, String> {
        let serial = self.records.len() as u64;
        if serial == since || serial == 0 {
            return Err(format!("there is nothing after state {since}"));
        }
        let from = usize::try_from(since).ok().and_then(|since| self.records.get(since..));
        let records = from.ok_or_else(|| format!("there is no state {since}; the newest is {serial}"))?;
        let mut withdrawn: Vec<u32> = records
            .iter()
            .filter_map(|record| match record {
                Record::Withdrawn(number) => Some(*number),
                Record::Added(_) => None,
            })
            .collect();
        withdrawn.sort_unstable();
        let today = content::signatures::day(now);
        let entries = || {
            records.iter().filter_map(|record| match record {
                Record::Added(entry) if !self.withdrawn.contains(&entry.number) && entry.expires >= today => {
                    Some(entry.clone())
                }
                _ => None,
            })
        };
        let set = NewSet { name, serial, follows: since, created: now, withdrawn: &withdrawn };
        replace(to, |file| write(file, &set, entries, key))?;
        Ok(serial)
    }
}

fn added(records: &[Record]) -> Vec<Entry> {
    let entry = |record: &Record| match record {
        Record::Added(entry) => Some(entry.clone()),
        Record::Withdrawn(_) => None,
    };
    records.iter().filter_map(entry).collect()
}

/// Writes a file beside its place and puts it there when it is whole and on the disk.
pub(super) fn replace(to: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> Result<(), String> {
    let beside = to.with_extension("part");
    let made = (|| {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        let mut file = BufWriter::new(file);
        fill(&mut file)?;
        file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&beside, to)?;
        match to.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    })();
    made.map_err(|fault: std::io::Error| format!("{}: {fault}", to.display()))
}

/// The key that signs our set; made when it is first needed.
pub(super) fn key(path: &Path) -> Result<SigningKey, String> {
    match std::fs::read(path) {
        Ok(octets) => match octets.first_chunk::<32>() {
            Some(secret) if octets.len() == 32 => Ok(SigningKey::from_secret(secret)),
            _ => Err(format!("{}: a key has 32 octets, not {}", path.display(), octets.len())),
        },
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {
            let mut secret = [0; 32];
            getrandom::fill(&mut secret).map_err(|fault| format!("no random numbers: {fault}"))?;
            replace(path, |file| file.write_all(&secret))?;
            Ok(SigningKey::from_secret(&secret))
        }
        Err(fault) => Err(format!("{}: {fault}", path.display())),
    }
}
