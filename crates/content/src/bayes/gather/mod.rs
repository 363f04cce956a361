//! From a message to its features: runs of six octets ("grams") of what it says of itself and of what it says.
//!
//! Grams need no dictionary and no word boundaries, so they serve any language and survive misspelling; a word is
//! several of them. A fixed part of all possible grams is left out, the same part in every message (sampling by
//! hash), which halves the cost and changes the verdict little. Nothing here depends on when the message was
//! written: dates are left out and long numbers lose their digits.

mod identity;
mod names;
mod text;

use message::Message;

use super::features::MOST;
use super::hash::{BITS, Kind, gram, whole};
pub(super) use names::Names;
use text::{Line, Lines};

/// Octets of a gram.
const LENGTH: usize = 6;

/// Slots of the table that removes repetitions: a power of two, twice what the longest text can give.
const SLOTS: usize = 1 << 15;

/// Gives the sorted features of a message and what each is called.
pub(super) fn gather(message: &Message) -> (Vec<u32>, Names) {
    let Lines { mut text, lines } = text::read(message);
    let mut seen = Seen::new();
    for (what, name) in identity::names(message) {
        seen.add(whole(what, &name), text.len() as u32);
        text.push_str(what);
        text.push_str(": ");
        text.push_str(&name);
        text.push('\n');
    }
    for line in &lines {
        grams(text.as_bytes(), line, &mut seen);
    }
    let mut found = seen.found;
    found.sort_unstable();
    if found.len() > MOST {
        found = thinned(found);
    }
    let places = found.iter().map(|&(_, at)| at).collect();
    (found.into_iter().map(|(feature, _)| feature).collect(), Names::new(text, places))
}

/// The grams of one line.
fn grams(text: &[u8], line: &Line, seen: &mut Seen) {
    let keep = line.kind.kept();
    let mut window = 0_u64;
    let mut filled = 0;
    for (at, &octet) in text.iter().enumerate().take(line.end).skip(line.start) {
        window = (window << 8 | u64::from(octet)) & 0xffff_ffff_ffff;
        filled += 1;
        if filled >= LENGTH
            && let Some(feature) = gram(line.kind, window, keep)
        {
            seen.add(feature, (at + 1 - LENGTH) as u32);
        }
    }
}

/// Of too many features, those with the lowest hashes of each kind: the same ones in every message.
fn thinned(found: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    let mut order = found;
    let surplus = order.len() - MOST;
    let hash = |&(feature, _): &(u32, u32)| feature & ((1 << BITS) - 1);
    // Whole names are never thinned: they are few and say much.
    let rank = |found: &(u32, u32)| (Kind::of(found.0) != Kind::Identity, hash(found), found.0);
    let kept = order.len() - surplus;
    order.select_nth_unstable_by_key(kept, rank);
    order.truncate(kept);
    order.sort_unstable();
    order
}

/// Features without repetitions, each with where it was first seen.
struct Seen {
    slots: Vec<u32>,
    found: Vec<(u32, u32)>,
}

impl Seen {
    fn new() -> Self {
        Self { slots: vec![0; SLOTS], found: Vec::with_capacity(2 * MOST) }
    }

    fn add(&mut self, feature: u32, at: u32) {
        let mut slot = feature.wrapping_mul(0x9e37_79b1) as usize >> 8;
        loop {
            slot &= SLOTS - 1;
            match self.slots.get_mut(slot) {
                Some(free) if *free == 0 => {
                    *free = feature + 1;
                    self.found.push((feature, at));
                    return;
                }
                Some(taken) if *taken == feature + 1 => return,
                _ => slot += 1,
            }
        }
    }
}
