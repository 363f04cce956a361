//! Writes the file of a set.

use std::io::{self, Write};

use sha2::{Digest as _, Sha512};

use super::{CONTEXT, MAGIC, SigningKey, VERSION};
use crate::signatures::Entry;
use crate::signatures::entry::class_number;

/// What a new file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSet<'a> {
    /// Name of the set.
    pub name: &'a str,
    /// State of the set that this file brings about; each is higher than the one before.
    pub serial: u64,
    /// The state that this file comes after; 0: it is complete by itself.
    pub follows: u64,
    /// When it was made, milliseconds since 1970.
    pub created: i64,
    /// Numbers that are withdrawn, ascending.
    pub withdrawn: &'a [u32],
}

/// Writes entries, whose numbers ascend, and signs. They are asked for three times: to know origins, to know how many,
/// and to write, so that ten million need not stand in memory.
pub fn write<I: Iterator<Item = Entry>>(
    to: impl Write,
    set: &NewSet<'_>,
    entries: impl Fn() -> I,
    key: &SigningKey,
) -> io::Result<()> {
    let mut out = Hashing { to, hash: Sha512::new() };
    let mut origins: Vec<String> = Vec::new();
    let (mut count, mut fingerprints) = (0_u32, 0_u64);
    for entry in entries() {
        if !origins.contains(&entry.origin) {
            origins.push(entry.origin);
        }
        count = count.checked_add(1).ok_or_else(|| io::Error::other("more entries than a set can hold"))?;
        fingerprints += entry.signature.fingerprints.len() as u64;
    }
    let too_many = |_| io::Error::other("more than the format can count");
    out.put(MAGIC)?;
    out.put(&VERSION.to_be_bytes())?;
    out.name(set.name)?;
    out.put(&set.serial.to_be_bytes())?;
    out.put(&set.follows.to_be_bytes())?;
    out.put(&set.created.to_be_bytes())?;
    out.put(&u16::try_from(origins.len()).map_err(too_many)?.to_be_bytes())?;
    for origin in &origins {
        out.name(origin)?;
    }
    out.put(&count.to_be_bytes())?;
    out.put(&fingerprints.to_be_bytes())?;
    out.put(&u32::try_from(set.withdrawn.len()).map_err(too_many)?.to_be_bytes())?;
    for entry in entries() {
        let origin = origins.iter().position(|known| *known == entry.origin).unwrap_or(0);
        out.entry(&entry, u16::try_from(origin).map_err(too_many)?)?;
    }
    for number in set.withdrawn {
        out.put(&number.to_be_bytes())?;
    }
    let signed = [CONTEXT, out.hash.finalize().as_slice()].concat();
    out.to.write_all(&key.public().octets())?;
    out.to.write_all(&key.sign(&signed))?;
    out.to.flush()
}

struct Hashing<W> {
    to: W,
    hash: Sha512,
}

impl<W: Write> Hashing<W> {
    fn put(&mut self, octets: &[u8]) -> io::Result<()> {
        self.hash.update(octets);
        self.to.write_all(octets)
    }

    fn name(&mut self, name: &str) -> io::Result<()> {
        let length = u8::try_from(name.len()).map_err(|_| io::Error::other("a name is at most 255 octets"))?;
        self.put(&[length])?;
        self.put(name.as_bytes())
    }

    fn entry(&mut self, entry: &Entry, origin: u16) -> io::Result<()> {
        let signature = &entry.signature;
        let count = u8::try_from(signature.fingerprints.len()).unwrap_or(u8::MAX);
        let mut octets = Vec::with_capacity(96);
        octets.extend_from_slice(&entry.number.to_be_bytes());
        octets.extend_from_slice(&[signature.kind as u8, class_number(entry.class)]);
        octets.extend_from_slice(&entry.expires.to_be_bytes());
        octets.extend_from_slice(&origin.to_be_bytes());
        octets.push(count);
        for fingerprint in signature.fingerprints.iter().take(usize::from(count)) {
            octets.extend_from_slice(&fingerprint.to_be_bytes());
        }
        if signature.kind == crate::signatures::Kind::Picture {
            octets.extend_from_slice(&signature.picture.unwrap_or_default().to_be_bytes());
        }
        self.put(&octets)
    }
}
