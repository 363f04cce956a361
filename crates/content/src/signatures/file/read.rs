//! Reads the file of a set into what is looked up. Nothing is believed before the signature over all of it was checked.

use std::io::{self, Read};

use sha2::{Digest as _, Sha512};

use super::{CONTEXT, MAGIC, Problem, PublicKey, SetError, VERSION};
use crate::signatures::entry::CLASSES;
use crate::signatures::{Entry, FINGERPRINTS, KINDS, Kind, Segment, SegmentMaker, Signature};

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Name of the set.
    pub name: String,
    /// State of the set that it brings about.
    pub serial: u64,
    /// The state that it comes after; 0: it is complete by itself.
    pub follows: u64,
    /// When it was made, milliseconds since 1970.
    pub created: i64,
    /// Entries.
    pub entries: u32,
    /// Withdrawn numbers.
    pub withdrawn: u32,
    origins: Vec<String>,
}

/// A file that was read and whose signature is right.
#[derive(Debug)]
pub struct Loaded {
    /// What it says of itself.
    pub header: Header,
    /// Its entries.
    pub segment: Segment,
    /// Numbers that it withdraws.
    pub withdrawn: Vec<u32>,
    /// Who signed it.
    pub signer: PublicKey,
}

/// Loads a set. `open` begins at the start each time: a large file is read twice, so that it never stands in memory
/// beside what is made of it.
pub fn load<R: Read>(open: impl Fn() -> io::Result<R>, trusted: &[PublicKey]) -> Result<Loaded, SetError> {
    let begin = || open().map_err(|fault| SetError { offset: 0, problem: Problem::Unreadable(fault) });
    let mut reader = Reader::new(begin()?);
    let header = reader.header()?;
    let mut maker = SegmentMaker::new(header.entries as usize);
    for _ in 0..header.entries {
        let at = reader.offset;
        let entry = reader.entry(&header)?;
        maker.add(&entry).map_err(|fault| SetError { offset: at, problem: fault.into() })?;
    }
    let withdrawn = (0..header.withdrawn).map(|_| reader.u32("a withdrawn number")).collect::<Result<Vec<_>, _>>()?;
    let (signer, digest) = reader.trailer(trusted)?;
    maker.added();
    if maker.reads_twice() {
        let mut again = Reader::new(begin()?);
        let second = again.header()?;
        for _ in 0..header.entries {
            maker.place(&again.entry(&second)?);
        }
        for _ in 0..header.withdrawn {
            again.u32("a withdrawn number")?;
        }
        if again.digest() != digest {
            return Err(again.wrong(Problem::Changed));
        }
    }
    Ok(Loaded { header, segment: maker.done(), withdrawn, signer })
}

/// What a file says of itself, before anything is checked.
pub fn peek<R: Read>(from: R) -> Result<Header, SetError> {
    Reader::new(from).header()
}

/// Adds the entries of a delta to those of others before it, and returns what it withdraws. After an error what is being
/// made is of no use: its entries are those of a file that nobody vouches for.
pub fn load_more<R: Read>(from: R, trusted: &[PublicKey], maker: &mut SegmentMaker) -> Result<Vec<u32>, SetError> {
    let mut reader = Reader::new(from);
    let header = reader.header()?;
    for _ in 0..header.entries {
        let at = reader.offset;
        let entry = reader.entry(&header)?;
        maker.add(&entry).map_err(|fault| SetError { offset: at, problem: fault.into() })?;
    }
    let withdrawn = (0..header.withdrawn).map(|_| reader.u32("a withdrawn number")).collect::<Result<Vec<_>, _>>()?;
    reader.trailer(trusted)?;
    Ok(withdrawn)
}

struct Reader<R> {
    from: R,
    hash: Sha512,
    offset: u64,
}

impl<R: Read> Reader<R> {
    fn new(from: R) -> Self {
        Self { from, hash: Sha512::new(), offset: 0 }
    }

    fn wrong(&self, problem: Problem) -> SetError {
        SetError { offset: self.offset, problem }
    }

    /// Fills without hashing.
    fn fill(&mut self, octets: &mut [u8], what: &'static str) -> Result<(), SetError> {
        self.from.read_exact(octets).map_err(|fault| match fault.kind() {
            io::ErrorKind::UnexpectedEof => self.wrong(Problem::Truncated(what)),
            _ => self.wrong(Problem::Unreadable(fault)),
        })?;
        self.offset += octets.len() as u64;
        Ok(())
    }

    fn take<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], SetError> {
        let mut octets = [0; N];
        self.fill(&mut octets, what)?;
        self.hash.update(octets);
        Ok(octets)
    }

    fn u16(&mut self, what: &'static str) -> Result<u16, SetError> {
        Ok(u16::from_be_bytes(self.take(what)?))
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, SetError> {
        Ok(u32::from_be_bytes(self.take(what)?))
    }

    fn u64(&mut self, what: &'static str) -> Result<u64, SetError> {
        Ok(u64::from_be_bytes(self.take(what)?))
    }

    fn name(&mut self, what: &'static str) -> Result<String, SetError> {
        let [length] = self.take(what)?;
        let mut octets = vec![0; usize::from(length)];
        self.fill(&mut octets, what)?;
        self.hash.update(&octets);
        String::from_utf8(octets).map_err(|_| self.wrong(Problem::Text(what)))
    }

    fn header(&mut self) -> Result<Header, SetError> {
        let magic: [u8; 8] = self.take("the first octets")?;
        if magic != *MAGIC {
            return Err(SetError { offset: 0, problem: Problem::Magic });
        }
        let version = self.u16("the version")?;
        if version != VERSION {
            return Err(self.wrong(Problem::Version(version)));
        }
        let name = self.name("name of the set")?;
        let serial = self.u64("the serial")?;
        let follows = self.u64("the serial it follows")?;
        if serial == 0 || follows >= serial {
            return Err(self.wrong(Problem::Value { what: "the serial", value: serial }));
        }
        let created = i64::from_be_bytes(self.take("the date")?);
        let count = self.u16("the number of origins")?;
        let origins = (0..count).map(|_| self.name("name of an origin")).collect::<Result<Vec<_>, _>>()?;
        let entries = self.u32("the number of entries")?;
        if entries as usize > crate::signatures::ENTRIES {
            return Err(self.wrong(Problem::Value { what: "the number of entries", value: entries.into() }));
        }
        self.u64("the number of fingerprints")?;
        let withdrawn = self.u32("the number of withdrawn entries")?;
        Ok(Header { name, serial, follows, created, entries, withdrawn, origins })
    }

    fn entry(&mut self, header: &Header) -> Result<Entry, SetError> {
        const ENTRY: &str = "an entry";
        let at = self.offset;
        let [n0, n1, n2, n3, kind, class, e0, e1, o0, o1, count] = self.take::<11>(ENTRY)?;
        let no = |what, value: u64| SetError { offset: at, problem: Problem::Value { what, value } };
        let kind = *KINDS.get(usize::from(kind)).ok_or_else(|| no("the kind of an entry", kind.into()))?;
        let class = *CLASSES.get(usize::from(class)).ok_or_else(|| no("the class of an entry", class.into()))?;
        let origin = u16::from_be_bytes([o0, o1]);
        let named = header.origins.get(usize::from(origin));
        let origin = named.ok_or_else(|| no("the origin of an entry", origin.into()))?.clone();
        // A signature of few strings would be met by chance; one of more was made by nobody.
        if usize::from(count) > FINGERPRINTS || count < 3 {
            return Err(no("the number of fingerprints of an entry", count.into()));
        }
        let fingerprints = (0..count).map(|_| self.u32(ENTRY)).collect::<Result<Vec<_>, _>>()?;
        let picture = match kind {
            Kind::Picture => Some(u128::from_be_bytes(self.take(ENTRY)?)),
            _ => None,
        };
        Ok(Entry {
            number: u32::from_be_bytes([n0, n1, n2, n3]),
            class,
            expires: u16::from_be_bytes([e0, e1]),
            origin,
            signature: Signature { kind, fingerprints, picture },
        })
    }

    fn digest(&self) -> [u8; 64] {
        self.hash.clone().finalize().into()
    }

    /// Key and signature, and nothing after them.
    fn trailer(&mut self, trusted: &[PublicKey]) -> Result<(PublicKey, [u8; 64]), SetError> {
        let digest = self.digest();
        let (mut key, mut signature) = ([0; 32], [0; 64]);
        let at = self.offset;
        self.fill(&mut key, "the key")?;
        self.fill(&mut signature, "the signature")?;
        let wrong = |problem| SetError { offset: at, problem };
        let Some(key) = PublicKey::of(&key) else { return Err(wrong(Problem::Stranger("no key at all".into()))) };
        if !trusted.contains(&key) {
            return Err(wrong(Problem::Stranger(key.to_string())));
        }
        if !key.verifies(&[CONTEXT, &digest].concat(), &signature) {
            return Err(wrong(Problem::Signature(key.to_string())));
        }
        match self.from.read(&mut [0]) {
            Ok(0) => Ok((key, digest)),
            Ok(_) => Err(self.wrong(Problem::After)),
            Err(fault) => Err(self.wrong(Problem::Unreadable(fault))),
        }
    }
}
