//! Every signature set in force, and what of them a message holds.
//!
//! A library is a snapshot: it never changes. Adding and withdrawing make a new one that shares all large parts, so that
//! scanners go on undisturbed and see the change with their next message.

use std::collections::HashSet;
use std::sync::Arc;

use super::Kind;
use super::entry::Day;
use super::fingerprints::{Fingerprints, Probe};
use super::level::{Level, Seen};
use super::segment::{Found, Segment};
use crate::heuristics::ClassHint;

/// One set in force.
#[derive(Clone, Debug)]
pub struct Set {
    /// Its name.
    pub name: Arc<str>,
    /// Its entries: what is large first, then what came later.
    pub segments: Vec<Arc<Segment>>,
    /// Numbers that were withdrawn.
    pub withdrawn: Arc<HashSet<u32>>,
}

/// Every set in force.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The sets.
    pub sets: Vec<Set>,
}

/// A signature that a message holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Name of the set.
    pub set: Arc<str>,
    /// Number of the entry.
    pub number: u32,
    /// What of the message it describes.
    pub kind: Kind,
    /// The kind of mail.
    pub class: ClassHint,
    /// Who reported the message.
    pub origin: String,
    /// The strictest level at which it counts.
    pub level: Level,
    /// Its short strings that were found, of how many; for a picture, bits that are the same, of 128.
    pub found: (u8, u8),
}

impl Library {
    /// What of all sets the message holds: the closest match of each kind, closest first.
    pub fn look_up(&self, message: &Fingerprints, today: Day) -> Vec<Match> {
        let mut best: [Option<Match>; 5] = Default::default();
        let mut named: Vec<(u32, u16)> = Vec::with_capacity(512);
        let fingerprints: Vec<u32> = message.probes.iter().map(|probe| probe.fingerprint).collect();
        for set in &self.sets {
            for segment in &set.segments {
                named.clear();
                segment.index().find_all(&fingerprints, &mut named);
                if named.len() >= 2 {
                    named.sort_unstable();
                    judge(&named, message, segment, set, today, &mut best);
                }
            }
        }
        let mut matches: Vec<Match> = best.into_iter().flatten().collect();
        matches.sort_by_key(|found| std::cmp::Reverse((found.level, found.found.0)));
        matches
    }

    /// Signatures in force, withdrawn ones not counted.
    pub fn len(&self) -> usize {
        let of = |set: &Set| {
            let all: usize = set.segments.iter().map(|segment| segment.len()).sum();
            all.saturating_sub(set.withdrawn.len())
        };
        self.sets.iter().map(of).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sets.iter().all(|set| set.segments.iter().all(|segment| segment.is_empty()))
    }

    /// Octets of memory.
    pub fn octets(&self) -> usize {
        self.sets.iter().flat_map(|set| &set.segments).map(|segment| segment.octets()).sum()
    }

    /// The entry of that number in a set.
    pub fn class_of(&self, set: &str, number: u32) -> Option<ClassHint> {
        let set = self.sets.iter().find(|known| *known.name == *set)?;
        let find = |segment: &Arc<Segment>| segment.numbered(number).map(|found| found.class);
        set.segments.iter().find_map(find).filter(|_| !set.withdrawn.contains(&number))
    }
}

/// Looks at every place that enough probes named.
fn judge(
    named: &[(u32, u16)],
    message: &Fingerprints,
    segment: &Segment,
    set: &Set,
    today: Day,
    best: &mut [Option<Match>; 5],
) {
    for group in named.chunk_by(|(first, _), (second, _)| first == second) {
        let (Some((place, _)), true) = (group.first(), group.len() >= 2) else { continue };
        let Some(found) = segment.found(*place).filter(|found| found.expires >= today) else { continue };
        if set.withdrawn.contains(&found.number) {
            continue;
        }
        let Some((level, seen)) = compare(group, message, &found) else { continue };
        let Some(known) = best.get_mut(found.kind as usize) else { continue };
        if known.as_ref().is_none_or(|known| (known.level, known.found.0) < (level, seen.0)) {
            *known = Some(Match {
                set: set.name.clone(),
                number: found.number,
                kind: found.kind,
                class: found.class,
                origin: found.origin.to_owned(),
                level,
                found: seen,
            });
        }
    }
}

fn compare(group: &[(u32, u16)], message: &Fingerprints, found: &Found<'_>) -> Option<(Level, (u8, u8))> {
    if found.kind == Kind::Picture {
        let wanted = found.picture?;
        let same = message.pictures.iter().map(|picture| 128 - (picture ^ wanted).count_ones()).max()?;
        let same = u8::try_from(same).unwrap_or(0);
        return Level::of_picture(same).map(|level| (level, (same, 128)));
    }
    // A stranger's fingerprint may have the same bits: what was taken from another part of a message says nothing.
    let probes: Vec<&Probe> = group
        .iter()
        .filter_map(|(_, at)| message.probes.get(usize::from(*at)))
        .filter(|probe| probe.kind == found.kind)
        .collect();
    let seen = Seen { found: probes.len(), apart: apart(&probes), of: usize::from(found.count) };
    let level = Level::of(found.kind, seen)?;
    Some((level, (u8::try_from(probes.len()).unwrap_or(u8::MAX), found.count)))
}

/// How many of the strings stand apart from each other: a single sentence that many people write is one place.
fn apart(probes: &[&Probe]) -> usize {
    let mut spans: Vec<(u16, u16)> =
        probes.iter().map(|probe| (probe.position.saturating_add(probe.length), probe.position)).collect();
    spans.sort_unstable();
    let (mut count, mut free) = (0, 0);
    for (end, start) in spans {
        if start >= free {
            count += 1;
            free = end;
        }
    }
    count
}
