//! Reading and writing what was learned as bytes: magic, version, checksum, then variable-length integers.

/// Why bytes are not a snapshot, an example or a delta of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// It does not begin with the mark that it should.
    #[error("these bytes are not {what}")]
    Magic {
        /// What was to be read, such as `a learned model`.
        what: &'static str,
    },
    /// Written by another version of the program or of its features.
    #[error("{what} has version {found}, this program reads version {known}")]
    Version {
        /// What was to be read.
        what: &'static str,
        /// The version found.
        found: u16,
        /// The version this program reads.
        known: u16,
    },
    /// It ends early.
    #[error("{what} ends early, at octet {at}")]
    Truncated {
        /// What was to be read.
        what: &'static str,
        /// Where more was expected.
        at: usize,
    },
    /// The checksum does not fit the content.
    #[error("{what} is damaged: the checksum does not fit")]
    Checksum {
        /// What was to be read.
        what: &'static str,
    },
    /// The checksum fits, but the content cannot be right.
    #[error("{what} is damaged at octet {at}: {why}")]
    Content {
        /// What was to be read.
        what: &'static str,
        /// Where.
        at: usize,
        /// What is wrong there.
        why: &'static str,
    },
}

/// What a kind of snapshot looks like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    /// Its name in error messages, with an article.
    pub(super) what: &'static str,
    /// Its first four octets.
    pub(super) magic: [u8; 4],
    /// Its version.
    pub(super) version: u16,
}

/// Octets before the content: magic, version, length of the content, checksum.
pub(super) const HEAD: usize = 4 + 2 + 4 + 4;

impl Format {
    /// Puts the head before the content.
    pub(super) fn seal(&self, content: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + content.len());
        bytes.extend_from_slice(&self.magic);
        bytes.extend_from_slice(&self.version.to_le_bytes());
        bytes.extend_from_slice(&(content.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&checksum(content).to_le_bytes());
        bytes.extend_from_slice(content);
        bytes
    }

    /// Checks the head and gives a reader of the content.
    pub(super) fn open<'b>(&self, bytes: &'b [u8]) -> Result<Reader<'b>, SnapshotError> {
        let what = self.what;
        if bytes.get(..4).is_some_and(|magic| magic != self.magic) || bytes.is_empty() {
            return Err(SnapshotError::Magic { what });
        }
        let Some((head, content)) = bytes.split_at_checked(HEAD) else {
            return Err(SnapshotError::Truncated { what, at: bytes.len() });
        };
        let found = u16::from_le_bytes([head[4], head[5]]);
        if found != self.version {
            return Err(SnapshotError::Version { what, found, known: self.version });
        }
        let length = u32::from_le_bytes([head[6], head[7], head[8], head[9]]) as usize;
        if content.len() < length {
            return Err(SnapshotError::Truncated { what, at: bytes.len() });
        }
        if content.len() > length {
            return Err(SnapshotError::Content { what, at: HEAD + length, why: "something follows the end" });
        }
        if u32::from_le_bytes([head[10], head[11], head[12], head[13]]) != checksum(content) {
            return Err(SnapshotError::Checksum { what });
        }
        Ok(Reader { what, bytes: content, at: 0 })
    }
}

/// The upper half of our own hash: it is to find damage, not forgery.
fn checksum(content: &[u8]) -> u32 {
    (super::hash::hash(0, content) >> 32) as u32
}

/// Reads content from front to back.
#[derive(Debug)]
pub(super) struct Reader<'b> {
    what: &'static str,
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    /// One octet.
    pub(super) fn octet(&mut self) -> Result<u8, SnapshotError> {
        let octet = *self.bytes.get(self.at).ok_or_else(|| self.ends_early())?;
        self.at += 1;
        Ok(octet)
    }

    /// An integer of [`put`].
    pub(super) fn number(&mut self) -> Result<u32, SnapshotError> {
        let mut value = 0_u64;
        for shift in (0..35).step_by(7) {
            let octet = self.octet()?;
            value |= u64::from(octet & 0x7f) << shift;
            if octet < 0x80 {
                return u32::try_from(value).map_err(|_| self.content("a number is too large"));
            }
        }
        Err(self.content("a number does not end"))
    }

    /// What is left.
    pub(super) fn rest(&mut self) -> &'b [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at = self.bytes.len();
        rest
    }

    /// Refuses what follows the end.
    pub(super) fn finish(self) -> Result<(), SnapshotError> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.content("something follows the end")) }
    }

    /// An error at the present place.
    pub(super) fn content(&self, why: &'static str) -> SnapshotError {
        SnapshotError::Content { what: self.what, at: HEAD + self.at, why }
    }

    /// The content ended where more was needed.
    pub(super) fn ends_early(&self) -> SnapshotError {
        SnapshotError::Truncated { what: self.what, at: HEAD + self.bytes.len() }
    }
}

/// Writes an integer, seven bits an octet, lowest first.
pub(super) fn put(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: Format = Format { what: "a test", magic: *b"TEST", version: 3 };

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 127, 128, 300, 1 << 20, u32::MAX];
        let mut content = Vec::new();
        numbers.iter().for_each(|&number| put(&mut content, number));
        let bytes = FORMAT.seal(&content);
        let mut reader = FORMAT.open(&bytes).expect("sealed just now");
        for number in numbers {
            assert_eq!(reader.number(), Ok(number));
        }
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn every_kind_of_damage_has_its_name() {
        let bytes = FORMAT.seal(&[1, 2, 3]);
        let open = |bytes: &[u8]| FORMAT.open(bytes).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(open(b""), Err("these bytes are not a test".into()));
        assert_eq!(open(b"GARBAGE"), Err("these bytes are not a test".into()));
        assert_eq!(open(&bytes[..9]), Err("a test ends early, at octet 9".into()));
        assert_eq!(open(&bytes[..16]), Err("a test ends early, at octet 16".into()));
        let mut damaged = bytes.clone();
        damaged[15] ^= 1;
        assert_eq!(open(&damaged), Err("a test is damaged: the checksum does not fit".into()));
        let mut newer = bytes.clone();
        newer[4] = 9;
        assert_eq!(open(&newer), Err("a test has version 9, this program reads version 3".into()));
        let mut longer = bytes;
        longer.push(0);
        assert_eq!(open(&longer), Err("a test is damaged at octet 17: something follows the end".into()));
    }

    #[test]
    fn numbers_that_do_not_end_are_refused() {
        let bytes = FORMAT.seal(&[0xff; 9]);
        let mut reader = FORMAT.open(&bytes).expect("sealed just now");
        assert!(matches!(reader.number(), Err(SnapshotError::Content { .. })));
    }
}
