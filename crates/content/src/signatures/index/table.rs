//! The exact form: fingerprints in order, found over a table of where each beginning starts.

use super::FOLLOWED;

/// Fingerprints with their entries, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// Where the fingerprints that begin with these bits start; one more than there are beginnings.
    starts: Vec<u32>,
    /// Bits to the right of a beginning.
    shift: u32,
    fingerprints: Vec<u32>,
    entries: Vec<u32>,
}

impl Table {
    /// Of pairs in any order.
    pub(crate) fn new(mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let bits = (usize::BITS - pairs.len().leading_zeros()).clamp(4, 22);
        let shift = 32 - bits;
        let mut starts = vec![0_u32; (1 << bits) + 1];
        for (fingerprint, _) in &pairs {
            if let Some(count) = starts.get_mut((fingerprint >> shift) as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let (fingerprints, entries) = pairs.into_iter().unzip();
        Self { starts, shift, fingerprints, entries }
    }

    /// Names every entry that holds one of the fingerprints, with the number of the fingerprint.
    pub(crate) fn find_all(&self, fingerprints: &[u32], named: &mut Vec<(u32, u16)>) {
        for (fingerprint, number) in fingerprints.iter().zip(0_u16..) {
            self.find(*fingerprint, |entry| named.push((entry, number)));
        }
    }

    fn find(&self, fingerprint: u32, mut found: impl FnMut(u32)) {
        let at = (fingerprint >> self.shift) as usize;
        let Some([start, end]) = self.starts.get(at..at + 2).and_then(|pair| pair.first_chunk::<2>()).copied() else {
            return;
        };
        let (start, end) = (start as usize, end as usize);
        let Some(bucket) = self.fingerprints.get(start..end) else { return };
        let first = bucket.partition_point(|known| *known < fingerprint);
        let same = bucket.iter().skip(first).take_while(|known| **known == fingerprint).count();
        for entry in self.entries.iter().skip(start + first).take(same.min(FOLLOWED)) {
            found(*entry);
        }
    }

    pub(crate) fn octets(&self) -> usize {
        4 * (self.starts.capacity() + self.fingerprints.capacity() + self.entries.capacity())
    }
}
