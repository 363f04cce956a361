//! What a picture looks like, as a number that stays nearly the same when it is encoded again, made smaller or larger, or
//! speckled: for each cell of a coarse grid, whether it is lighter than its neighbour (dHash, both ways).

/// Cells along each side whose differences are kept.
const CELLS: usize = 8;

/// Pixels along a side below which a picture is an ornament.
const LEAST: usize = 48;

/// Steps of grey by which a cell must be lighter to count: an even ground stays even under noise.
const STEP: i32 = 4;

/// Bits that must be set: a picture of nothing looks like every other.
const TELLING: u32 = 16;

/// A perceptual hash of one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Likeness {
    /// 64 bits of differences to the right, 64 of differences downwards.
    pub bits: u128,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Likeness {
    /// Of grey values by row; `None` where there is too little to see.
    pub fn of(width: usize, height: usize, grey: &[u8]) -> Option<Self> {
        if width < LEAST || height < LEAST || grey.len() < width.checked_mul(height)? {
            return None;
        }
        let across = means(width, height, grey, CELLS + 1, CELLS);
        let down = means(width, height, grey, CELLS, CELLS + 1);
        let mut bits = 0_u128;
        for y in 0..CELLS {
            for x in 0..CELLS {
                let right = across.get(y * (CELLS + 1) + x + 1)? - across.get(y * (CELLS + 1) + x)?;
                bits = bits << 1 | u128::from(right > STEP);
            }
        }
        for y in 0..CELLS {
            for x in 0..CELLS {
                let below = down.get((y + 1) * CELLS + x)? - down.get(y * CELLS + x)?;
                bits = bits << 1 | u128::from(below > STEP);
            }
        }
        let of = |value| u32::try_from(value).unwrap_or(u32::MAX);
        (bits.count_ones() >= TELLING).then(|| Self { bits, width: of(width), height: of(height) })
    }

    /// Bits that agree, of 128.
    pub fn agreement(self, other: u128) -> u32 {
        128 - (self.bits ^ other).count_ones()
    }
}

/// Mean grey of each cell of a grid.
fn means(width: usize, height: usize, grey: &[u8], columns: usize, rows: usize) -> Vec<i32> {
    let mut sums = vec![(0_u64, 0_u64); columns * rows];
    for (y, line) in grey.chunks_exact(width).take(height).enumerate() {
        let row = y * rows / height;
        for column in 0..columns {
            let (start, end) = (column * width / columns, (column + 1) * width / columns);
            let Some(piece) = line.get(start..end) else { continue };
            if let Some((sum, count)) = sums.get_mut(row * columns + column) {
                *sum += piece.iter().map(|value| u64::from(*value)).sum::<u64>();
                *count += piece.len() as u64;
            }
        }
    }
    sums.into_iter().map(|(sum, count)| i32::try_from(sum / count.max(1)).unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some shapes on a ground, in any size, with speckles.
    fn picture(side: usize, speckle: u32) -> Vec<u8> {
        let mut state = 7_u32;
        let mut pixels = Vec::new();
        for y in 0..side {
            for x in 0..side {
                let (u, v) = (x * 100 / side, y * 100 / side);
                let dark = (u * u + v * v) % 2_000 < 900 || (20..40).contains(&v) && u > 30;
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = if speckle > 0 { state >> 16 & speckle } else { 0 };
                pixels.push(if dark { 40 } else { 200 } + noise as u8);
            }
        }
        pixels
    }

    #[test]
    fn size_and_speckles_change_little_and_another_picture_much() {
        let first = Likeness::of(300, 300, &picture(300, 0)).expect("a picture");
        let noisy = Likeness::of(410, 410, &picture(410, 31)).expect("a picture");
        assert!(first.agreement(noisy.bits) >= 120, "{}", first.agreement(noisy.bits));
        let turned: Vec<u8> = picture(300, 0).into_iter().rev().collect();
        let turned = Likeness::of(300, 300, &turned).expect("a picture");
        assert!(first.agreement(turned.bits) < 100, "{}", first.agreement(turned.bits));
    }

    #[test]
    fn what_shows_nothing_has_no_likeness() {
        assert_eq!(Likeness::of(200, 200, &[255; 40_000]), None);
        assert_eq!(Likeness::of(20, 20, &picture(20, 0)), None);
        assert_eq!(Likeness::of(300, 300, &[0; 10]), None);
    }
}
