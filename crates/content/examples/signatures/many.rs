//! A set of as many signatures as one likes, of the mix of kinds that corpus spam makes, written to a file and loaded.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::time::Instant;

use content::signatures::file::{self, NewSet, SigningKey, write};
use content::signatures::{CLASSES, Entry, FINGERPRINTS, Kind, Set, Signature};

use crate::random::Random;

/// Writes, loads, and prints what it took.
pub(crate) fn load(path: &Path, count: u32) -> Result<Set, Box<dyn Error>> {
    let key = SigningKey::from_secret(&[9; 32]);
    let set = NewSet { name: "large", serial: 1, follows: 0, created: 1_700_000_000_000, withdrawn: &[] };
    let entries = || (1..=count).map(entry);
    write(BufWriter::new(File::create(path)?), &set, entries, &key)?;
    let before = resident("VmRSS");
    let start = Instant::now();
    let open = || Ok(BufReader::with_capacity(1 << 18, File::open(path)?));
    let loaded = file::load(open, &[key.public()])?;
    let octets = std::fs::metadata(path)?.len();
    std::fs::remove_file(path)?;
    println!(
        "{} signatures loaded from a signed file of {} MB in {:.1} s: resident {} MB (before {before} MB), most ever {} MB",
        loaded.segment.len(),
        octets / 1_000_000,
        start.elapsed().as_secs_f64(),
        resident("VmRSS"),
        resident("VmHWM")
    );
    Ok(Set { name: "large".into(), segments: vec![loaded.segment.into()], withdrawn: Default::default() })
}

/// Text 66 %, frames 20 %, links 13 %, files and pictures 1 %: the mix that all spam of both corpora makes.
fn entry(number: u32) -> Entry {
    let mut random = Random(u64::from(number) << 20);
    let (kind, strings) = match random.below(100) {
        0..66 => (Kind::Text, FINGERPRINTS),
        66..79 => (Kind::Links, 3 + random.below(4)),
        79..99 => (Kind::Structure, 6),
        _ if number.is_multiple_of(2) => (Kind::Attachment, 3),
        _ => (Kind::Picture, 8),
    };
    let fingerprints = (0..strings).map(|_| random.next() as u32).collect();
    let picture = (kind == Kind::Picture).then(|| u128::from(random.next()) << 64 | u128::from(random.next()));
    Entry {
        number,
        class: *random.one(&CLASSES),
        expires: 20_000 + random.below(90) as u16,
        origin: random.one(&["trap", "report", "staff", "exchange"]).to_string(),
        signature: Signature { kind, fingerprints, picture },
    }
}

/// A line of `/proc/self/status`, MB of 1,000,000 octets.
pub(crate) fn resident(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kilo| kilo.parse::<u64>().ok()).unwrap_or(0) * 1024 / 1_000_000
}
