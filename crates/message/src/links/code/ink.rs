//! Which pixels of a picture are ink, and whether the three finder patterns of a code can be among them.
//!
//! The threshold is rqrr's own, from the mean of the surroundings, worked out without its three divisions a pixel: most
//! pictures in mail hold no code, and this is what it costs to see that.

use super::Grey;

/// Bits behind the point of a reciprocal. Sums stay below 2^28 for widths up to 8,192, so a product with it fits 64 bits
/// and rounds as the division does.
const POINT: u32 = 44;

/// Whether each pixel is darker than its surroundings, by row; `inverted`: lighter. For pictures up to 8,192 pixels wide.
pub(super) fn of(grey: &Grey, inverted: bool) -> Vec<bool> {
    let mask = if inverted { 255 } else { 0 };
    let width = grey.width;
    let reach = (width / 8).max(1) as u64;
    let reciprocal = (1_u64 << POINT).div_ceil(reach);
    let fade = |mean: u64| (mean * (reach - 1) * reciprocal) >> POINT;
    let mut ink = Vec::with_capacity(grey.values.len());
    let mut sums = vec![0_u64; width];
    let (mut there, mut back) = (0_u64, 0_u64);
    let mut forth = false;
    for row in grey.values.chunks_exact(width.max(1)) {
        sums.fill(0);
        // One mean runs along the row, the other against it, and each goes on in the next row where it ended.
        (there, back) = if forth { (there, back) } else { (back, there) };
        for x in 0..width {
            let against = width - 1 - x;
            let (Some(ahead), Some(behind)) = (row.get(x), row.get(against)) else { break };
            there = fade(there) + u64::from(ahead ^ mask);
            back = fade(back) + u64::from(behind ^ mask);
            sums[x] += there;
            sums[against] += back;
        }
        (there, back) = if forth { (there, back) } else { (back, there) };
        forth = !forth;
        // pixel < sum * 95 / (200 * reach), without dividing
        let whole = 200 * reach;
        ink.extend(row.iter().zip(&sums).map(|(value, sum)| (u64::from(value ^ mask) + 1) * whole <= sum * 95));
    }
    ink
}

/// Places where a row crosses what may be a finder pattern (ISO/IEC 18004 §6.3.3): ink, ground, ink, ground, ink, as
/// 1 : 1 : 3 : 1 : 1, as rqrr looks for it. A code has three, each of which is crossed at least once.
pub(super) fn finders(ink: &[bool], width: usize) -> usize {
    ink.chunks_exact(width.max(1)).map(crossings).sum()
}

fn crossings(row: &[bool]) -> usize {
    let mut runs = [0_usize; 5];
    let (mut changes, mut begun, mut found) = (0, 0, 0);
    let ends = row.windows(2).zip(1..).filter(|(pair, _)| pair[0] != pair[1]).map(|(pair, at)| (at, pair[1]));
    // The right edge counts as ground.
    let edge = row.last().filter(|last| **last).map(|_| (row.len(), false));
    for (at, is_ink) in ends.chain(edge) {
        runs.rotate_left(1);
        runs[4] = at - begun;
        begun = at;
        changes += 1;
        found += usize::from(!is_ink && changes >= 5 && is_finder(runs));
    }
    found
}

fn is_finder([first, second, middle, fourth, last]: [usize; 5]) -> bool {
    let mean = (first + second + fourth + last) / 4;
    let error = mean * 3 / 4;
    let about = |run: usize, times: usize| (times * mean - error..=times * mean + error).contains(&run);
    about(first, 1) && about(second, 1) && about(middle, 3) && about(fourth, 1) && about(last, 1)
}

#[cfg(test)]
mod tests {
    use rqrr::PreparedImage;

    use super::*;

    fn noise(width: usize, height: usize, seed: u32) -> Grey {
        let mut state = seed;
        let values = (0..width * height).map(|at| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let wave = (at % width * 3 + at / width * 5) % 256;
            u8::try_from((wave + (state >> 26) as usize) % 256).expect("less than 256")
        });
        Grey { width, height, values: values.collect() }
    }

    #[test]
    fn ink_is_what_rqrr_takes_for_ink() {
        for (width, height) in [(5, 9), (8, 8), (64, 31), (201, 40), (1_208, 25)] {
            for inverted in [false, true] {
                let grey = noise(width, height, 7);
                let value = |x, y| if inverted { 255 - grey.values[y * width + x] } else { grey.values[y * width + x] };
                let prepared = PreparedImage::prepare_from_greyscale(width, height, value);
                let expected = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
                let expected: Vec<bool> =
                    expected.map(|(x, y)| format!("{:?}", prepared.get_pixel_at(x, y)) == "Black").collect();
                assert_eq!(of(&grey, inverted), expected, "{width} x {height}, {inverted}");
            }
        }
    }

    #[test]
    fn finder_patterns_are_counted() {
        let row = |text: &str| text.bytes().map(|octet| octet == b'#').collect::<Vec<bool>>();
        for (text, expected) in [
            ("..##..######..##..", 1),
            ("##..######..##", 1),
            ("#.###.#", 1),
            ("#.###.#.###.#", 2),
            ("#.###.##.", 0),
            ("#.##.#...", 0),
            ("....", 0),
            ("", 0),
        ] {
            assert_eq!(crossings(&row(text)), expected, "{text}");
        }
    }
}
