//! The hash of short strings. It is written out here, and pinned by a test, because signatures that others signed
//! depend on it.
//!
//! Of 64 bits the upper half orders the short strings of a message, the lower half is what is stored: what is chosen
//! for a low rank must not be crowded together in the index.

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
    mix(first.rotate_left(23) ^ second.wrapping_mul(MULTIPLIER))
}

/// Spreads a value over all bits.
pub(super) fn mix(value: u64) -> u64 {
    let value = (value ^ value >> 32).wrapping_mul(MULTIPLIER);
    let value = (value ^ value >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value ^ value >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// If this test fails, every signature set in the world is worthless: raise `VERSION` of the file or undo the change.
    #[test]
    fn hashes_never_change() {
        assert_eq!(hash(1, b"lottery"), hash(1, b"lottery"));
        assert_ne!(hash(1, b"a"), hash(2, b"a"));
        assert_ne!(join(1, 2), join(2, 1));
        assert_eq!([hash(1, "配達を中断".as_bytes()), join(1, 2)], PINNED);
    }

    const PINNED: [u64; 2] = [11_842_824_136_575_013_878, 9_798_609_842_131_862_508];
}
