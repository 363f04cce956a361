//! Sorts features with where they stood, in two passes over their bits: a message has thousands, and comparing them with
//! one another was a tenth of what a check cost.

use super::super::hash::BITS;

/// Bits of a feature that one pass sorts by: half of them, rounded up.
const HALF: u32 = (BITS + 2).div_ceil(2);

/// Values of so many bits.
const VALUES: usize = 1 << HALF;

/// Sorted by feature; of equal features the order stays.
pub(super) fn by_feature(features: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    let mut counts = [[0_u32; VALUES]; 2];
    let [low, high] = &mut counts;
    for &(feature, _) in &features {
        low[half(feature, 0)] += 1;
        high[half(feature, HALF)] += 1;
    }
    let other = vec![(0, 0); features.len()];
    let sorted = pass(&features, other, low, 0);
    pass(&sorted, features, high, HALF)
}

/// The bits of a feature from `shift` on.
fn half(feature: u32, shift: u32) -> usize {
    (feature >> shift) as usize & (VALUES - 1)
}

/// Puts each into its place by some of its bits; `to` is as long as `from`.
fn pass(from: &[(u32, u32)], mut to: Vec<(u32, u32)>, counts: &mut [u32; VALUES], shift: u32) -> Vec<(u32, u32)> {
    let mut before = 0;
    for count in counts.iter_mut() {
        before += std::mem::replace(count, before);
    }
    for &one in from {
        let place = &mut counts[half(one.0, shift)];
        if let Some(free) = to.get_mut(*place as usize) {
            *free = one;
        }
        *place += 1;
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_sorted_and_equal_ones_keep_their_order() {
        let mut state = 7_u32;
        let mut features: Vec<(u32, u32)> = (0..5_000)
            .map(|at| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 9 & if at % 3 == 0 { 0xff } else { 0x7f_ffff }, at)
            })
            .collect();
        let sorted = by_feature(features.clone());
        features.sort();
        assert_eq!(sorted, features);
        assert_eq!(by_feature(Vec::new()), []);
    }
}
