//! Counts of every feature there can be, as one dense table: a look-up is one read of memory.
//!
//! Cells hold 16 bits a kind; the few features beyond that stand beside the table. Memory is used page by page as
//! features come in, 32 MB at most.

use std::collections::HashMap;

use super::hash::SPACE;
use super::model::Counts;

/// Counts per feature.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// Empty before anything was learned.
    cells: Vec<[u16; 2]>,
    /// Counts of features whose cell is [`BESIDE`].
    beside: HashMap<u32, Counts>,
    /// Features that were seen.
    filled: usize,
}

/// Mark of a cell whose counts stand beside the table.
const BESIDE: [u16; 2] = [u16::MAX; 2];

impl Table {
    /// How often a feature was seen.
    pub(super) fn get(&self, feature: u32) -> Counts {
        match self.cells.get(feature as usize) {
            None => Counts::default(),
            Some(&BESIDE) => self.beside.get(&feature).copied().unwrap_or_default(),
            Some(&[ham, spam]) => Counts { ham: ham.into(), spam: spam.into() },
        }
    }

    /// Sets the counts of a feature. What is no feature is not kept.
    pub(super) fn set(&mut self, feature: u32, counts: Counts) {
        if self.cells.is_empty() {
            self.cells = vec![[0; 2]; SPACE];
        }
        let Some(cell) = self.cells.get_mut(feature as usize) else { return };
        let (was, is) = (*cell != [0; 2], counts != Counts::default());
        self.filled = self.filled + usize::from(is) - usize::from(was);
        if *cell == BESIDE {
            self.beside.remove(&feature);
        }
        match (u16::try_from(counts.ham), u16::try_from(counts.spam)) {
            (Ok(ham), Ok(spam)) if [ham, spam] != BESIDE => *cell = [ham, spam],
            _ => {
                *cell = BESIDE;
                self.beside.insert(feature, counts);
            }
        }
    }

    /// Features that were seen.
    pub(super) fn len(&self) -> usize {
        self.filled
    }

    /// Every feature that was seen, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, Counts)> {
        let seen = self.cells.iter().zip(0_u32..).filter(|(cell, _)| **cell != [0; 2]);
        seen.map(|(_, feature)| (feature, self.get(feature)))
    }
}

/// An empty table and one from which everything was taken back are equal.
impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        let same = || {
            if self.cells.len() == other.cells.len() {
                return self.cells == other.cells && self.beside == other.beside;
            }
            self.filled == 0
        };
        self.filled == other.filled && same()
    }
}

impl Eq for Table {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_back_however_large() {
        let mut table = Table::default();
        for counts in [[1, 0], [65_534, 65_535], [65_535, 65_535], [70_000, 3], [3, 4_000_000_000], [2, 2]] {
            let counts = Counts { ham: counts[0], spam: counts[1] };
            table.set(7, counts);
            assert_eq!(table.get(7), counts);
            assert_eq!((table.len(), table.iter().collect::<Vec<_>>()), (1, vec![(7, counts)]));
        }
        assert!(table.beside.is_empty(), "what fits goes back into the table");
        table.set(7, Counts::default());
        assert_eq!((table.len(), &table), (0, &Table::default()));
    }

    #[test]
    fn what_is_no_feature_is_not_kept() {
        let mut table = Table::default();
        table.set(u32::MAX, Counts { ham: 1, spam: 1 });
        assert_eq!((table.get(u32::MAX), table.len()), (Counts::default(), 0));
    }
}
