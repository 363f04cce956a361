//! From which layers the entries of lists came. Lists may be long: only how many came from each is kept.

use controls::lists::List;

use super::Origin;

/// Of every list.
#[derive(Clone, Debug, Default)]
pub struct EntriesFrom {
    pub(super) receive: FromLayers,
    pub(super) refuse: FromLayers,
    pub(super) address_book: FromLayers,
}

/// How many entries of one list came from which layer, in the order of the list.
#[derive(Clone, Debug, Default)]
pub(crate) struct FromLayers(Vec<(Origin, usize)>);

impl FromLayers {
    /// So many more, after those that are there.
    pub(super) fn add(&mut self, origin: Origin, entries: usize) {
        if entries > 0 {
            self.0.push((origin, entries));
        }
    }

    /// The layer of the first entry of this list that a person writes so.
    pub(super) fn of(&self, list: &List, text: &str) -> Option<Origin> {
        let at = list.entries().iter().position(|entry| entry.pattern.text() == text)?;
        let mut after = 0;
        self.0.iter().find_map(|(origin, entries)| {
            after += entries;
            (at < after).then_some(*origin)
        })
    }
}
