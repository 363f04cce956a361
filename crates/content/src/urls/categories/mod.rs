//! Lists of addresses by category (IN-09): an operator's own or a supplier's, looked up by host, by the domains above it
//! and by path.
//!
//! A list is one table of 64-bit numbers: 56 bits of a hash and eight of the category, with open addressing. A million
//! entries take 17 MB; a look-up is some twenty probes. With 56 bits a wrong hit is expected once in 3 × 10⁹ look-ups of
//! a million entries.

mod read;

use message::Message;
use message::links::Link;

pub use read::{BadLine, Builder, Format, ListError};

/// Categories that lists may have together.
pub const CATEGORIES: usize = 255;
/// Entries that all lists may have together.
pub const ENTRIES: usize = 20_000_000;
/// Labels of a host that are looked up, from the right.
const LABELS: usize = 12;
/// Pieces of a path that are looked up, from the left.
const PIECES: usize = 12;

/// Lists in force.
#[derive(Clone, Debug, Default)]
pub struct Categories {
    names: Vec<String>,
    slots: Vec<u64>,
    entries: usize,
}

/// A category that a message has a link in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The category.
    pub category: String,
    /// The host of the first such link.
    pub host: String,
}

/// What an entry covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Covers {
    /// This host alone.
    Host = 1,
    /// This name and everything below it.
    Domain = 2,
    /// Everything below this name.
    Below = 3,
    /// This host and path, and what is below the path.
    Path = 4,
}

impl Categories {
    /// Names of the categories, in the order in which they were first met.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Entries in force.
    pub fn len(&self) -> usize {
        self.entries
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Octets that the table takes.
    pub fn octets(&self) -> usize {
        self.slots.len() * size_of::<u64>()
    }

    /// Each category that a message has a web link in, where a link carries another address by that too.
    pub fn in_message(&self, message: &Message) -> Vec<Listed> {
        let mut all: Vec<Listed> = Vec::new();
        if self.entries == 0 {
            return all;
        }
        for link in message.links.iter().filter(|link| link.is_web()) {
            let carried = super::inner(link);
            for goal in std::iter::once(link).chain(&carried) {
                self.of(goal, |category| {
                    if !all.iter().any(|listed| listed.category == category) {
                        let host = goal.host.clone().unwrap_or_default();
                        all.push(Listed { category: category.to_owned(), host });
                    }
                });
            }
        }
        all
    }

    /// Calls `found` with each category of a link's target.
    pub fn of(&self, link: &Link, mut found: impl FnMut(&str)) {
        if self.entries == 0 {
            return;
        }
        let Some(host) = link.host.as_deref() else { return };
        self.probe(hash(Covers::Host, &[host]), &mut found);
        self.probe(hash(Covers::Domain, &[host]), &mut found);
        let mut name = host;
        for _ in 0..LABELS {
            let Some((_, parent)) = name.split_once('.') else { break };
            name = parent;
            self.probe(hash(Covers::Domain, &[name]), &mut found);
            self.probe(hash(Covers::Below, &[name]), &mut found);
        }
        let path = path_of(&link.target);
        let mut pieces = 0;
        for (at, sign) in path.char_indices() {
            if matches!(sign, '/' | '?' | '#') && at > 0 {
                pieces += 1;
                if pieces > PIECES {
                    break;
                }
                self.probe(hash(Covers::Path, &[host, path.get(..at).unwrap_or_default()]), &mut found);
            }
        }
        if path.len() > 1 {
            self.probe(hash(Covers::Path, &[host, path.trim_end_matches('/')]), &mut found);
        }
    }

    fn probe(&self, hash: u64, found: &mut impl FnMut(&str)) {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = place(hash, mask);
        while let Some(&slot) = self.slots.get(at).filter(|slot| **slot != 0) {
            if slot >> 8 == hash >> 8
                && let Some(name) = usize::try_from(slot & 0xFF).ok().and_then(|number| self.names.get(number - 1))
            {
                found(name);
            }
            at = (at + 1) & mask;
        }
    }
}

/// What stands behind the authority of a target, with its first slash; the query with it.
fn path_of(target: &str) -> &str {
    let rest = target.split_once("//").map_or(target, |(_, rest)| rest);
    rest.find(['/', '?', '#', '\\']).and_then(|at| rest.get(at..)).unwrap_or_default()
}

/// Where a hash begins to look.
fn place(hash: u64, mask: usize) -> usize {
    usize::try_from(hash >> 8).unwrap_or(usize::MAX) & mask
}

/// 64 bits of what an entry covers; the low eight are the category's place.
fn hash(covers: Covers, pieces: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ (covers as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for octet in pieces.iter().flat_map(|piece| piece.bytes()) {
        hash = (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3);
    }
    // FNV leaves the upper bits weak on short texts.
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    (hash ^ (hash >> 32)) & !0xFF
}

#[cfg(test)]
mod tests;
