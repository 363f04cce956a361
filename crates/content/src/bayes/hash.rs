//! The hash of features. It is written out here, and pinned by a test, because what is stored depends on it.
//!
//! 64 bits are computed; of them a feature keeps 29, below 3 bits that say what kind of feature it is. With a
//! million features learned, a new one falls on a known one of its kind about once in 2,000.

/// What part of a message a feature is about. Stands in the upper three bits of every feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A word of the body.
    Word = 0,
    /// Two words of the body near each other.
    Pair = 1,
    /// A word of the subject, or two.
    Subject = 2,
    /// Who it claims to be from: From, Reply-To, Sender, List-Id, Return-Path.
    Sender = 3,
    /// Any other header field.
    Header = 4,
    /// The way it took: Received.
    Path = 5,
    /// A link: host, path.
    Link = 6,
    /// How it is built: HTML, attachments, sizes, scripts.
    Structure = 7,
}

impl Kind {
    /// The kind of a feature.
    pub fn of(feature: u32) -> Self {
        match feature >> 29 {
            0 => Self::Word,
            1 => Self::Pair,
            2 => Self::Subject,
            3 => Self::Sender,
            4 => Self::Header,
            5 => Self::Path,
            6 => Self::Link,
            _ => Self::Structure,
        }
    }
}

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Hashes octets, beginning from `seed`.
pub(super) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut state = seed ^ (bytes.len() as u64).wrapping_mul(MULTIPLIER);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = chunk.iter().rev().fold(0_u64, |word, &byte| word << 8 | u64::from(byte));
        state = mix(state ^ word);
    }
    let rest = chunks.remainder().iter().rev().fold(0_u64, |word, &byte| word << 8 | u64::from(byte));
    mix(state ^ rest)
}

/// Joins two hashes; the order matters.
pub(super) fn join(first: u64, second: u64) -> u64 {
    mix(first.rotate_left(23) ^ mix(second ^ MULTIPLIER))
}

/// The feature of a kind with that hash.
pub(super) fn feature(kind: Kind, hash: u64) -> u32 {
    (kind as u32) << 29 | (hash >> 35) as u32
}

fn mix(value: u64) -> u64 {
    let value = (value ^ value >> 32).wrapping_mul(MULTIPLIER);
    let value = (value ^ value >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value ^ value >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// If this test fails, every stored model and example is lost: raise FEATURES_VERSION or undo the change.
    #[test]
    fn hashes_never_change() {
        assert_eq!(hash(0, b""), 0x0000_0000_0000_0000);
        assert_eq!(hash(0, b"viagra"), 0xe8b1_323e_d354_43ff);
        assert_eq!(hash(1, "利用料金".as_bytes()), 0x8905_bc34_f010_fc32);
        assert_eq!(join(1, 2), 0xf3c1_e93a_21cc_b42a);
        assert_eq!(feature(Kind::Subject, u64::MAX), 0x5fff_ffff);
    }

    #[test]
    fn order_length_and_seed_matter() {
        assert_ne!(join(1, 2), join(2, 1));
        assert_ne!(hash(0, b"a"), hash(0, b"a\0"));
        assert_ne!(hash(0, b"a"), hash(1, b"a"));
    }

    #[test]
    fn kinds_come_back() {
        for kind in [Kind::Word, Kind::Pair, Kind::Subject, Kind::Sender, Kind::Header, Kind::Path, Kind::Link] {
            assert_eq!(Kind::of(feature(kind, 0x1234_5678_9abc_def0)), kind);
        }
    }
}
