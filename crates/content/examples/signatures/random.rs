//! Random numbers that are the same in every run.

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ value >> 31
    }

    /// Below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// True so many times in a hundred.
    pub(crate) fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// One of them.
    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Letters and digits.
    pub(crate) fn token(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(*self.one(b"abcdefghijklmnopqrstuvwxyz0123456789"))).collect()
    }

    /// Letters.
    pub(crate) fn letters(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(*self.one(b"abcdefghijklmnopqrstuvwxyz"))).collect()
    }
}
