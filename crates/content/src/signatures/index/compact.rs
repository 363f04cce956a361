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

/// Octets past the last tag, so that eight can always be read.
const PAST: usize = 8;

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
        self.made = Some(Compact { starts, tags: vec![0; total.div_ceil(2) + PAST], entries: vec![0; total * 3] });
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
    /// Names every entry that holds one of the fingerprints, with the number of the fingerprint.
    ///
    /// The index is far larger than the processor's caches. So every kind of look is made for all fingerprints before
    /// the next kind begins: looks that do not wait for each other go on side by side.
    pub(crate) fn find_all(&self, fingerprints: &[u32], named: &mut Vec<(u32, u16)>) {
        let spans: Vec<(usize, usize)> = fingerprints.iter().map(|one| self.span(*one)).collect();
        // Brings the tags near; what they are is looked at below.
        let near = spans.iter().fold(0, |sum, (start, _)| sum ^ self.tags.get(start / 2).copied().unwrap_or_default());
        std::hint::black_box(near);
        let mut places: Vec<(usize, u16)> = Vec::with_capacity(4 * fingerprints.len());
        for (((start, end), fingerprint), number) in spans.into_iter().zip(fingerprints).zip(0_u16..) {
            self.tagged(start, end, tag(*fingerprint), |place| places.push((place, number)));
        }
        named.extend(places.into_iter().filter_map(|(place, number)| {
            let [low, middle, high] = self.entries.get(place * 3..place * 3 + 3)?.first_chunk::<3>().copied()?;
            Some((u32::from_le_bytes([low, middle, high, 0]), number))
        }));
    }

    /// Where the bucket of a fingerprint starts and ends.
    fn span(&self, fingerprint: u32) -> (usize, usize) {
        let bucket = bucket(fingerprint);
        match self.starts.get(bucket..bucket + 2).and_then(|pair| pair.first_chunk::<2>()) {
            Some(&[start, end]) => (start as usize, end as usize),
            None => (0, 0),
        }
    }

    /// Calls `found` with each place of a bucket whose tag is the wanted one, sixteen at a time.
    fn tagged(&self, start: usize, end: usize, wanted: u8, mut found: impl FnMut(usize)) {
        const ONES: u64 = 0x1111_1111_1111_1111;
        const SEVENS: u64 = 7 * ONES;
        let pattern = ONES * u64::from(wanted);
        let mut followed = 0;
        for at in (start / 2..end.div_ceil(2)).step_by(8) {
            let Some(eight) = self.tags.get(at..at + 8).and_then(|octets| octets.first_chunk::<8>()) else { return };
            let other = u64::from_le_bytes(*eight) ^ pattern;
            // The upper bit of each group of four is set where all four are 0.
            let mut same = !(((other & SEVENS) + SEVENS) | other | SEVENS);
            while same != 0 {
                let place = at * 2 + same.trailing_zeros() as usize / 4;
                same &= same - 1;
                if (start..end).contains(&place) {
                    found(place);
                    followed += 1;
                    if followed >= FOLLOWED {
                        return;
                    }
                }
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
                index.find_all(&[fingerprint(entry, at)], &mut found);
                let found: Vec<u32> = found.into_iter().map(|(entry, _)| entry).collect();
                assert!(found.contains(&entry), "{entry} {at}: {found:?}");
                assert!(found.len() < 4, "{found:?}");
            }
        }
    }
}
