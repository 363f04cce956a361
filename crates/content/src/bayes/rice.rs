//! A sorted set of features in few octets: Rice coding of the gaps (Golomb 1966), about 14 bits a feature.

use super::hash::SPACE;

/// Why a set cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadSet {
    /// It ends early.
    EndsEarly,
    /// A feature that cannot be.
    TooLarge,
}

/// Writes a sorted set without repetitions.
pub(super) fn encode(sorted: &[u32]) -> Vec<u8> {
    let low = low_bits(sorted.len());
    let mut writer = Bits::default();
    let mut next = 0_u64;
    for &feature in sorted {
        let gap = u64::from(feature) - next;
        next = u64::from(feature) + 1;
        for _ in 0..gap >> low {
            writer.push(true);
        }
        writer.push(false);
        for bit in (0..low).rev() {
            writer.push(gap >> bit & 1 == 1);
        }
    }
    writer.bytes
}

/// Reads a set of that many features.
pub(super) fn decode(bytes: &[u8], count: usize) -> Result<Vec<u32>, BadSet> {
    let low = low_bits(count);
    // Every feature takes more than `low` bits: a count that cannot be true reserves no memory.
    if (count as u64).saturating_mul(u64::from(low) + 1) > bytes.len() as u64 * 8 {
        return Err(BadSet::EndsEarly);
    }
    let mut bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
    let mut next = 0_u64;
    let mut sorted = Vec::with_capacity(count);
    for _ in 0..count {
        let mut gap = 0_u64;
        while bits.next().ok_or(BadSet::EndsEarly)? {
            gap += 1;
        }
        for _ in 0..low {
            gap = gap << 1 | u64::from(bits.next().ok_or(BadSet::EndsEarly)?);
        }
        let feature = next.saturating_add(gap);
        if feature >= SPACE as u64 {
            return Err(BadSet::TooLarge);
        }
        sorted.push(feature as u32);
        next = feature + 1;
    }
    Ok(sorted)
}

/// The most octets a set of that many features can take.
pub(super) const fn most_octets(count: usize) -> usize {
    // `low` bits and the closing bit for each, and all upper parts together at most the space >> low bits.
    let low = low_bits(count) as usize;
    (count * (low + 1) + (SPACE >> low)).div_ceil(8)
}

/// Bits of a gap that are written as they are: about the logarithm of the mean gap.
const fn low_bits(count: usize) -> u32 {
    if count < 2 {
        return 22;
    }
    match (SPACE as u64 / count as u64).checked_ilog2() {
        Some(bits) => bits,
        None => 0,
    }
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn push(&mut self, bit: bool) {
        if self.used.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if bit && let Some(last) = self.bytes.last_mut() {
            *last |= 0x80 >> (self.used % 8);
        }
        self.used += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_set_comes_back(set in proptest::collection::btree_set(0..SPACE as u32, 0..2000)) {
            let sorted: Vec<u32> = set.into_iter().collect();
            let bytes = encode(&sorted);
            proptest::prop_assert!(bytes.len() <= most_octets(sorted.len()));
            proptest::prop_assert_eq!(decode(&bytes, sorted.len()), Ok(sorted));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400), count in 0_usize..5000) {
            let _ = decode(&bytes, count);
        }
    }

    #[test]
    fn edges_come_back() {
        for set in [vec![], vec![0], vec![SPACE as u32 - 1], vec![0, SPACE as u32 - 1], (0..1000).collect()] {
            assert_eq!(decode(&encode(&set), set.len()), Ok(set));
        }
    }

    #[test]
    fn a_false_count_reserves_no_memory() {
        assert_eq!(decode(&[0; 8], usize::MAX), Err(BadSet::EndsEarly));
    }
}
