//! The timestamps of one window, as small as they can be: up to three in place, exact ones in a queue, else 60 slots.
//!
//! A stamp is the low 32 bits of its milliseconds. All stamps of a window lie within 49 days before the newest, so the
//! newest, which is kept whole, gives them back.

use std::collections::VecDeque;
use std::mem::size_of;

/// Slots that a window counts in; one more is kept, which the start of the window lies in.
const SLOTS: usize = 60;
const KEPT: usize = SLOTS + 1;
/// Stamps in place.
const FEW: usize = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stamps {
    Few { count: u8, refused: bool, at: [u32; FEW] },
    Many(Box<Many>),
    Slots(Box<Slots>),
}

/// Exact, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Many {
    refused: bool,
    at: VecDeque<u32>,
}

/// Counts per slot; the slot of a time is the time divided by the width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slots {
    refused: bool,
    /// Number of the newest slot.
    newest: i64,
    /// The newest first.
    counts: [u32; KEPT],
}

impl Default for Stamps {
    fn default() -> Self {
        Self::Few { count: 0, refused: false, at: [0; FEW] }
    }
}

/// The whole time of a stamp, given the newest.
fn whole(last: i64, stamp: u32) -> i64 {
    last.saturating_sub(i64::from((last as u32).wrapping_sub(stamp)))
}

/// Milliseconds of a slot.
fn width(span: u32) -> i64 {
    i64::from(span.div_ceil(SLOTS as u32)).max(1)
}

impl Slots {
    /// Moves on, so that the newest slot is the one of `now`.
    fn turn(&mut self, slot: i64) {
        let by = slot.saturating_sub(self.newest);
        if by <= 0 {
            return;
        }
        let by = usize::try_from(by).unwrap_or(KEPT).min(KEPT);
        self.counts.copy_within(..KEPT - by, by);
        self.counts[..by].fill(0);
        self.newest = slot;
    }

    /// The count that a slot has its place in; `None` where it is over.
    fn of(&mut self, slot: i64) -> Option<&mut u32> {
        self.counts.get_mut(usize::try_from(self.newest.saturating_sub(slot)).ok()?)
    }

    fn count(&self, slot: i64) -> u32 {
        let by = usize::try_from(slot.saturating_sub(self.newest).max(0)).unwrap_or(KEPT).min(KEPT);
        self.counts[..KEPT - by].iter().fold(0, |sum: u32, count| sum.saturating_add(*count))
    }
}

impl Stamps {
    /// How many stand in the window that ends now.
    pub(super) fn count(&self, last: i64, now: i64, span: u32) -> u32 {
        let starts = now.saturating_sub(span.into());
        match self {
            Self::Few { count, at, .. } => {
                let inside = at[..usize::from(*count)].iter().filter(|stamp| whole(last, **stamp) > starts).count();
                inside as u32
            }
            Self::Many(many) => {
                let before = many.at.partition_point(|stamp| whole(last, *stamp) <= starts);
                (many.at.len() - before) as u32
            }
            Self::Slots(slots) => slots.count(now.div_euclid(width(span))),
        }
    }

    /// The oldest in the window that ends now; of slots, their beginning.
    pub(super) fn oldest(&self, last: i64, now: i64, span: u32) -> Option<i64> {
        let starts = now.saturating_sub(span.into());
        let inside = |stamp: &u32| Some(whole(last, *stamp)).filter(|time| *time > starts);
        match self {
            Self::Few { count, at, .. } => at[..usize::from(*count)].iter().find_map(inside),
            Self::Many(many) => many.at.iter().find_map(inside),
            Self::Slots(slots) => {
                let first = now.div_euclid(width(span)).saturating_sub(SLOTS as i64);
                let back = slots.counts.iter().rposition(|count| *count > 0)?;
                let slot = slots.newest.saturating_sub(back as i64);
                (slot >= first).then(|| slot.saturating_mul(width(span)))
            }
        }
    }

    /// When one that stands at `time` leaves the window.
    pub(super) fn leaves(&self, time: i64, span: u32) -> i64 {
        match self {
            Self::Few { .. } | Self::Many(_) => time.saturating_add(span.into()),
            Self::Slots(_) => (time.div_euclid(width(span)).saturating_add(KEPT as i64)).saturating_mul(width(span)),
        }
    }

    /// Drops what has left the window.
    pub(super) fn prune(&mut self, last: i64, now: i64, span: u32) {
        let starts = now.saturating_sub(span.into());
        match self {
            Self::Few { count, at, .. } => {
                let gone = at[..usize::from(*count)].iter().take_while(|stamp| whole(last, **stamp) <= starts).count();
                at.copy_within(gone.., 0);
                *count -= gone as u8;
            }
            Self::Many(many) => {
                let gone = many.at.partition_point(|stamp| whole(last, *stamp) <= starts);
                many.at.drain(..gone);
                if many.at.is_empty() {
                    *self = Self::Few { count: 0, refused: many.refused, at: [0; FEW] };
                }
            }
            Self::Slots(slots) => {
                slots.turn(now.div_euclid(width(span)));
                if slots.counts.iter().all(|count| *count == 0) {
                    *self = Self::Few { count: 0, refused: slots.refused, at: [0; FEW] };
                }
            }
        }
    }

    /// Counts one at `now`, which is not before `last`. Prune first.
    pub(super) fn add(&mut self, last: i64, now: i64, span: u32, exact: bool) {
        let stamp = now as u32;
        match self {
            Self::Few { count, at, .. } if usize::from(*count) < FEW => {
                at[usize::from(*count)] = stamp;
                *count += 1;
                return;
            }
            Self::Few { count, refused, at } if exact => {
                let mut queue: VecDeque<u32> = at[..usize::from(*count)].iter().copied().collect();
                queue.push_back(stamp);
                *self = Self::Many(Box::new(Many { refused: *refused, at: queue }));
                return;
            }
            Self::Many(many) if exact => {
                many.at.push_back(stamp);
                return;
            }
            // A limit that was lowered below what is exact goes on in slots until they are empty.
            Self::Few { .. } | Self::Many(_) | Self::Slots(_) => {}
        }
        self.make_slots(last, now, span);
        if let Self::Slots(slots) = self {
            slots.turn(now.div_euclid(width(span)));
            slots.counts[0] = slots.counts[0].saturating_add(1);
        }
    }

    fn make_slots(&mut self, last: i64, now: i64, span: u32) {
        let times: Vec<i64> = match self {
            Self::Few { count, at, .. } => at[..usize::from(*count)].iter().map(|at| whole(last, *at)).collect(),
            Self::Many(many) => many.at.iter().map(|at| whole(last, *at)).collect(),
            Self::Slots(_) => return,
        };
        let mut slots = Slots { refused: self.is_refused(), newest: now.div_euclid(width(span)), counts: [0; KEPT] };
        for time in times {
            if let Some(count) = slots.of(time.div_euclid(width(span))) {
                *count += 1;
            }
        }
        *self = Self::Slots(Box::new(slots));
    }

    /// Takes one at `time` out again; says whether there was one.
    pub(super) fn remove(&mut self, last: i64, time: i64, span: u32) -> bool {
        match self {
            Self::Few { count, at, .. } => {
                let stood = usize::from(*count);
                let Some(place) = at[..stood].iter().position(|stamp| whole(last, *stamp) == time) else {
                    return false;
                };
                at.copy_within(place + 1..stood, place);
                *count -= 1;
                true
            }
            Self::Many(many) => {
                let place = many.at.partition_point(|stamp| whole(last, *stamp) < time);
                let is_there = many.at.get(place).is_some_and(|stamp| whole(last, *stamp) == time);
                if is_there {
                    many.at.remove(place);
                }
                is_there
            }
            Self::Slots(slots) => match slots.of(time.div_euclid(width(span))) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    true
                }
                _ => false,
            },
        }
    }

    /// Whether the last that came was refused.
    pub(super) fn is_refused(&self) -> bool {
        match self {
            Self::Few { refused, .. } => *refused,
            Self::Many(many) => many.refused,
            Self::Slots(slots) => slots.refused,
        }
    }

    pub(super) fn mark_refused(&mut self, is_refused: bool) {
        match self {
            Self::Few { refused, .. } => *refused = is_refused,
            Self::Many(many) => many.refused = is_refused,
            Self::Slots(slots) => slots.refused = is_refused,
        }
    }

    /// Octets outside.
    pub(super) fn heap(&self) -> usize {
        match self {
            Self::Few { .. } => 0,
            Self::Many(many) => size_of::<Many>() + many.at.capacity() * size_of::<u32>() + 32,
            Self::Slots(_) => size_of::<Slots>() + 16,
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Few { count, at, .. } => {
                out.push(1);
                at[..usize::from(*count)].iter().for_each(|stamp| out.extend(stamp.to_le_bytes()));
            }
            Self::Many(many) => {
                out.push(1);
                many.at.iter().for_each(|stamp| out.extend(stamp.to_le_bytes()));
            }
            Self::Slots(slots) => {
                out.push(2);
                out.extend(slots.newest.to_le_bytes());
                slots.counts.iter().for_each(|count| out.extend(count.to_le_bytes()));
            }
        }
    }

    pub(super) fn read(octets: &[u8]) -> Option<Self> {
        let (what, rest) = octets.split_first()?;
        match what {
            1 => {
                let at = numbers(rest)?;
                if at.len() > FEW {
                    return Some(Self::Many(Box::new(Many { refused: false, at: at.into() })));
                }
                let mut few = [0; FEW];
                few[..at.len()].copy_from_slice(&at);
                Some(Self::Few { count: at.len() as u8, refused: false, at: few })
            }
            2 => {
                let (newest, rest) = rest.split_first_chunk::<8>()?;
                let counts = numbers(rest)?.try_into().ok()?;
                let newest = i64::from_le_bytes(*newest);
                Some(Self::Slots(Box::new(Slots { refused: false, newest, counts })))
            }
            _ => None,
        }
    }
}

fn numbers(octets: &[u8]) -> Option<Vec<u32>> {
    let (each, rest) = octets.as_chunks::<4>();
    rest.is_empty().then(|| each.iter().map(|four| u32::from_le_bytes(*four)).collect())
}
