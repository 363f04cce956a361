//! From a fingerprint to the entries that hold it, in two forms: small and exact for what was added lately, compact for
//! what is large and changes rarely.

mod compact;
mod table;

pub(super) use compact::{Compact, CompactMaker};
pub(super) use table::Table;

/// Entries that one fingerprint leads to at most: what stands in more messages than this tells nothing.
pub(super) const FOLLOWED: usize = 64;

/// Entries from which the compact form is used.
pub(super) const COMPACT_FROM: usize = 100_000;

/// Entries that one index can hold: their numbers have 24 bits.
pub const ENTRIES: usize = 1 << 24;

/// Either form.
#[derive(Debug)]
pub(super) enum Index {
    Table(Table),
    Compact(Compact),
}

impl Index {
    /// Names every entry that holds one of the fingerprints, with the number of the fingerprint. The compact form now
    /// and then names one that does not: no judgement hangs on a single fingerprint.
    pub(super) fn find_all(&self, fingerprints: &[u32], named: &mut Vec<(u32, u16)>) {
        match self {
            Self::Table(table) => table.find_all(fingerprints, named),
            Self::Compact(compact) => compact.find_all(fingerprints, named),
        }
    }

    /// Octets of memory.
    pub(super) fn octets(&self) -> usize {
        match self {
            Self::Table(table) => table.octets(),
            Self::Compact(compact) => compact.octets(),
        }
    }
}
