//! The compact form: 28 bits for each fingerprint of an entry, in buckets by the upper 22 bits of the fingerprint.
//!
//! Four bits of tag and 24 bits of entry. A fingerprint is thus told from others by 26 of its 32 bits: among ten million
//! signatures a probe meets about one stranger, and the chance that three strangers name the same entry is one in a
//! hundred million messages.

use super::FOLLOWED;

/// Upper bits of a fingerprint that choose its bucket.
const BITS: u32 = 22;

/// Buckets.
const BUCKETS: usize = 1 << BITS;

/// The index.
#[derive(Debug)]
pub(crate) struct Compact {
    /// Where each bucket starts; one more than there are buckets.
    starts: Vec<u32>,
    /// Tags, two in an octet.
    tags: Vec<u8>,
    /// Entries, three octets each.
    entries: Vec<u8>,
}

/// Made in two passes over the same fingerprints, so that nothing has to be held twice: first all are counted, then all
/// are placed.
#[derive(Debug)]
pub(crate) struct CompactMaker {
    starts: Vec<u32>,
    made: Option<Compact>,
}

fn bucket(fingerprint: u32) -> usize {
    (fingerprint >> (32 - BITS)) as usize
}

fn tag(fingerprint: u32) -> u8 {
    (fingerprint >> (28 - BITS) & 0xf) as u8
}

impl CompactMaker {
    pub(crate) fn new() -> Self {
        Self { starts: vec![0; BUCKETS + 2], made: None }
    }

    /// First pass. Counts stand two places further, so that placing can move the starts to where they belong.
    pub(crate) fn count(&mut self, fingerprint: u32) {
        if let Some(count) = self.starts.get_mut(bucket(fingerprint) + 2) {
            *count += 1;
        }
    }

    /// Between the passes.
    pub(crate) fn counted(&mut self) {
        let mut sum = 0_u32;
        for start in &mut self.starts {
            sum = sum.saturating_add(*start);
            *start = sum;
        }
        let total = sum as usize;
        let starts = std::mem::take(&mut self.starts);
        self.made = Some(Compact { starts, tags: vec![0; total.div_ceil(2)], entries: vec![0; total * 3] });
    }

    /// Second pass.
    pub(crate) fn place(&mut self, fingerprint: u32, entry: u32) {
        let Some(made) = &mut self.made else { return };
        let Some(next) = made.starts.get_mut(bucket(fingerprint) + 1) else { return };
        let at = *next as usize;
        let [low, middle, high, _] = entry.to_le_bytes();
        if let Some(place) = made.entries.get_mut(at * 3..at * 3 + 3) {
            place.copy_from_slice(&[low, middle, high]);
            *next += 1;
        }
        if let Some(pair) = made.tags.get_mut(at / 2) {
            *pair |= tag(fingerprint) << (at % 2 * 4);
        }
    }

    /// The index.
    pub(crate) fn done(self) -> Option<Compact> {
        self.made
    }
}

impl Compact {
    pub(crate) fn find(&self, fingerprint: u32, mut found: impl FnMut(u32)) {
        let bucket = bucket(fingerprint);
        let Some([start, end]) = self.starts.get(bucket..bucket + 2).and_then(|pair| pair.first_chunk::<2>()).copied()
        else {
            return;
        };
        let (start, end) = (start as usize, end as usize);
        let wanted = tag(fingerprint);
        let Some(tags) = self.tags.get(start / 2..end.div_ceil(2)) else { return };
        let mut followed = 0;
        for at in start..end {
            let pair = tags.get(at / 2 - start / 2).copied().unwrap_or_default();
            if pair >> (at % 2 * 4) & 0xf != wanted {
                continue;
            }
            if let Some(&[low, middle, high]) = self.entries.get(at * 3..at * 3 + 3).and_then(|three| three.first_chunk()) {
                found(u32::from_le_bytes([low, middle, high, 0]));
            }
            followed += 1;
            if followed >= FOLLOWED {
                break;
            }
        }
    }

    pub(crate) fn octets(&self) -> usize {
        4 * self.starts.capacity() + self.tags.capacity() + self.entries.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fingerprint_leads_to_its_entries() {
        let fingerprint = |entry: u32, at: u32| (entry * 16 + at).wrapping_mul(2_654_435_761);
        let mut maker = CompactMaker::new();
        for entry in 0..1_000 {
            (0..8).for_each(|at| maker.count(fingerprint(entry, at)));
        }
        maker.counted();
        for entry in 0..1_000 {
            (0..8).for_each(|at| maker.place(fingerprint(entry, at), entry));
        }
        let index = maker.done().expect("both passes were made");
        for entry in 0..1_000 {
            for at in 0..8 {
                let mut found = Vec::new();
                index.find(fingerprint(entry, at), |entry| found.push(entry));
                assert!(found.contains(&entry), "{entry} {at}: {found:?}");
                assert!(found.len() < 4, "{found:?}");
            }
        }
    }
}
