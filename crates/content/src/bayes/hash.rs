//! The hash of features. It is written out here, and pinned by a test, because what is stored depends on it.
//!
//! 64 bits are computed; of them a feature keeps 21, below 2 bits that say what kind of feature it is: eight million
//! features in all. With a million learned, a new one falls on a known one of its kind about once in eight times,
//! which the mean over a thousand features forgives.

/// Bits of a feature's hash.
pub(super) const BITS: u32 = 21;

/// How many features there can be.
pub(super) const SPACE: usize = 4 << BITS;

/// What a feature is about. Stands in the upper bits of every feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Six octets of the header section.
    Header = 0,
    /// Six octets of what a person reads: subject, links, body.
    Text = 1,
    /// Somebody or something by its whole name: the sender's address and domain, the list, a link's host, the subject.
    Identity = 2,
}

impl Kind {
    /// The kind of a feature.
    pub fn of(feature: u32) -> Self {
        match feature >> BITS {
            0 => Self::Header,
            1 => Self::Text,
            _ => Self::Identity,
        }
    }

    /// Of 256 possible grams, how many are learned.
    pub(super) fn kept(self) -> u8 {
        match self {
            Self::Header => 192,
            Self::Text => 128,
            Self::Identity => 255,
        }
    }
}

/// The feature of six octets, the newest lowest, and whether it is one of those that are kept, in every message.
pub(super) fn gram(kind: Kind, octets: u64, kept: u8) -> (u32, bool) {
    let hash = mix(octets ^ (kind as u64 + 1).wrapping_mul(MULTIPLIER));
    (feature(kind, hash), (hash >> 56) as u8 <= kept)
}

/// The feature of a whole name.
pub(super) fn whole(what: &str, name: &str) -> u32 {
    feature(Kind::Identity, hash(hash(1, what.as_bytes()), name.as_bytes()))
}

fn feature(kind: Kind, hash: u64) -> u32 {
    (kind as u32) << BITS | (hash >> 24) as u32 & ((1 << BITS) - 1)
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
        assert_eq!(hash(0, b"viagra"), 0xe8b1_323e_d354_43ff);
        let viagra = 0x7669_6167_7261;
        assert_eq!(gram(Kind::Header, viagra, 255), (1_137_765, true));
        assert_eq!(gram(Kind::Text, viagra, 255), (3_411_066, true));
    }

    #[test]
    fn kinds_come_back_and_fit_the_space() {
        for kind in [Kind::Header, Kind::Text, Kind::Identity] {
            for octets in 0..1_000 {
                let (feature, kept) = gram(kind, octets, 255);
                assert!(kept, "nothing left out");
                assert_eq!(Kind::of(feature), kind);
                assert!((feature as usize) < SPACE);
            }
        }
    }

    #[test]
    fn the_stated_part_is_left_out() {
        let kept = (0..100_000_u64).filter(|&octets| gram(Kind::Text, octets, 128).1).count();
        assert!((49_000..52_000).contains(&kept), "{kept}");
    }
}
