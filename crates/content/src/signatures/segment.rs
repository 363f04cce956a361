//! Entries of one set as they are looked up: an index of fingerprints, and little else for each entry.
//!
//! An entry's place is its number less the first one's, so that numbers cost nothing; withdrawn ones leave a gap.

use std::collections::HashMap;

use super::Kind;
use super::entry::{CLASSES, Common, Day, Entry, class_number};
use super::index::{COMPACT_FROM, CompactMaker, ENTRIES, Index, Table};
use crate::heuristics::ClassHint;

/// Days that an expiry is rounded up to where entries of a set have too many different ones.
const ROUNDED: Day = 32;

/// Entries of one set.
#[derive(Debug)]
pub struct Segment {
    first: u32,
    index: Index,
    /// For each place: which of `commons`, 0 for a gap.
    places: Vec<u16>,
    commons: Vec<Common>,
    origins: Vec<String>,
    /// Pictures by place.
    pictures: Vec<(u32, [u8; 16])>,
    entries: usize,
}

/// What a segment cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    /// Numbers too far apart.
    #[error("numbers from {first} to {number} are too far apart: a set holds 16,777,216 in a row")]
    Numbers {
        /// The lowest.
        first: u32,
        /// The one that does not fit.
        number: u32,
    },
    /// Numbers must ascend.
    #[error("number {number} follows {before}; numbers must ascend")]
    Order {
        /// The number before.
        before: u32,
        /// The number.
        number: u32,
    },
    /// Too many different origins or expiries.
    #[error("more than 65,000 different combinations of kind, class, expiry and origin")]
    Varied,
}

/// Makes a segment of entries that are read once or twice.
#[derive(Debug)]
pub struct SegmentMaker {
    segment: Segment,
    last: Option<u32>,
    known: HashMap<Common, u16>,
    origins: HashMap<String, u16>,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Pairs(Vec<(u32, u32)>),
    Compact(CompactMaker),
}

/// What an entry is, where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub(super) number: u32,
    pub(super) kind: Kind,
    pub(super) class: ClassHint,
    pub(super) expires: Day,
    pub(super) origin: &'a str,
    pub(super) count: u8,
    pub(super) picture: Option<u128>,
}

impl SegmentMaker {
    /// For about so many entries. Large ones are read twice: see [`SegmentMaker::reads_twice`].
    pub fn new(expected: usize) -> Self {
        let reserve = if expected >= COMPACT_FROM { expected } else { 0 };
        let segment = Segment {
            first: 0,
            index: Index::Table(Table::default()),
            places: Vec::with_capacity(reserve),
            commons: vec![Common { kind: Kind::Text, class: 0, expires: 0, origin: u16::MAX, count: 0 }],
            origins: Vec::new(),
            pictures: Vec::new(),
            entries: 0,
        };
        let way = if expected >= COMPACT_FROM { Way::Compact(CompactMaker::new()) } else { Way::Pairs(Vec::new()) };
        Self { segment, last: None, known: HashMap::new(), origins: HashMap::new(), way }
    }

    /// Whether every entry has to be given to [`SegmentMaker::place`] after all were given to [`SegmentMaker::add`].
    pub fn reads_twice(&self) -> bool {
        matches!(self.way, Way::Compact(_))
    }

    /// Takes an entry in; numbers ascend.
    pub fn add(&mut self, entry: &Entry) -> Result<(), TooMuch> {
        let Entry { number, signature, .. } = entry;
        if let Some(before) = self.last.filter(|before| before >= number) {
            return Err(TooMuch::Order { before, number: *number });
        }
        if self.last.is_none() {
            self.segment.first = *number;
        }
        self.last = Some(*number);
        let place = (number - self.segment.first) as usize;
        if place >= ENTRIES {
            return Err(TooMuch::Numbers { first: self.segment.first, number: *number });
        }
        let common = self.common(entry)?;
        self.segment.places.resize(place, 0);
        self.segment.places.push(common);
        self.segment.entries += 1;
        if let Some(picture) = signature.picture {
            self.segment.pictures.push((place as u32, picture.to_be_bytes()));
        }
        for fingerprint in &signature.fingerprints {
            match &mut self.way {
                Way::Pairs(pairs) => pairs.push((*fingerprint, place as u32)),
                Way::Compact(maker) => maker.count(*fingerprint),
            }
        }
        Ok(())
    }

    /// Between the readings.
    pub fn added(&mut self) {
        if let Way::Compact(maker) = &mut self.way {
            maker.counted();
        }
    }

    /// The second reading.
    pub fn place(&mut self, entry: &Entry) {
        if let (Way::Compact(maker), Some(place)) = (&mut self.way, entry.number.checked_sub(self.segment.first)) {
            for fingerprint in &entry.signature.fingerprints {
                maker.place(*fingerprint, place);
            }
        }
    }

    /// The segment.
    pub fn done(self) -> Segment {
        let mut segment = self.segment;
        segment.index = match self.way {
            Way::Pairs(pairs) => Index::Table(Table::new(pairs)),
            Way::Compact(maker) => maker.done().map_or_else(|| Index::Table(Table::default()), Index::Compact),
        };
        segment.pictures.shrink_to_fit();
        segment
    }

    fn common(&mut self, entry: &Entry) -> Result<u16, TooMuch> {
        let origin = match self.origins.get(&entry.origin) {
            Some(at) => *at,
            None => {
                let at = u16::try_from(self.segment.origins.len()).map_err(|_| TooMuch::Varied)?;
                self.segment.origins.push(entry.origin.clone());
                self.origins.insert(entry.origin.clone(), at);
                at
            }
        };
        let class = class_number(entry.class);
        let count = u8::try_from(entry.signature.fingerprints.len()).unwrap_or(u8::MAX);
        let mut common = Common { kind: entry.signature.kind, class, expires: entry.expires, origin, count };
        let commons = &mut self.segment.commons;
        if commons.len() > usize::from(u16::MAX / 2) {
            common.expires = common.expires.saturating_add(ROUNDED - 1) / ROUNDED * ROUNDED;
        }
        if let Some(at) = self.known.get(&common) {
            return Ok(*at);
        }
        let at = u16::try_from(commons.len()).map_err(|_| TooMuch::Varied)?;
        commons.push(common.clone());
        self.known.insert(common, at);
        Ok(at)
    }
}

impl Segment {
    /// Of few entries.
    pub fn of(entries: &[Entry]) -> Result<Self, TooMuch> {
        let mut maker = SegmentMaker::new(entries.len());
        for entry in entries {
            maker.add(entry)?;
        }
        maker.added();
        if maker.reads_twice() {
            entries.iter().for_each(|entry| maker.place(entry));
        }
        Ok(maker.done())
    }

    /// Entries.
    pub fn len(&self) -> usize {
        self.entries
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Octets of memory.
    pub fn octets(&self) -> usize {
        self.index.octets()
            + 2 * self.places.capacity()
            + size_of::<Common>() * self.commons.capacity()
            + size_of::<(u32, [u8; 16])>() * self.pictures.capacity()
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    /// The entry of that number.
    pub(super) fn numbered(&self, number: u32) -> Option<Found<'_>> {
        self.found(number.checked_sub(self.first)?)
    }

    /// What stands at a place; `None` for a gap.
    pub(super) fn found(&self, place: u32) -> Option<Found<'_>> {
        let common = self.commons.get(usize::from(*self.places.get(place as usize).filter(|at| **at > 0)?))?;
        let picture = match common.kind {
            Kind::Picture => self.pictures.binary_search_by_key(&place, |(known, _)| *known).ok(),
            _ => None,
        };
        Some(Found {
            number: self.first.saturating_add(place),
            kind: common.kind,
            class: CLASSES.get(usize::from(common.class)).copied()?,
            expires: common.expires,
            origin: self.origins.get(usize::from(common.origin)).map_or("", String::as_str),
            count: common.count,
            picture: picture.and_then(|at| Some(u128::from_be_bytes(self.pictures.get(at)?.1))),
        })
    }
}
