//! One shard: rows in open addressing, and a hand that goes round them to make room.
//!
//! What is let go when a shard is full: of the next rows under the hand, one that is over, else one that nobody came
//! back to since the hand last passed, else the one that came back least often. What somebody is refused or slowed
//! because of stays. Each step looks at a bounded number of rows, so that nobody waits for it.

use std::mem::size_of;

use super::{CHANGE_OCTETS, Note, Said, Value};
use crate::source::{KEY_OCTETS, Key, Secret};

/// Rows that are looked at to make room for one.
const LOOKED_AT: usize = 48;
/// How often a row can be passed over at most.
const MOST_HEAT: u8 = 7;
/// Rows of a fresh shard.
const FIRST_ROWS: usize = 16;
/// Log that waits in memory while the disk says no, octets per shard; what is beyond is given up.
const MOST_PENDING: usize = 256 << 10;

struct Row<V> {
    value: V,
    key: Key,
    /// How often the hand passes it over.
    heat: u8,
}

/// What a file holds of a key.
pub(crate) enum Entry<'a> {
    /// It was forgotten.
    Gone,
    /// Its state.
    State(&'a [u8]),
    /// What changed.
    Change(&'a [u8]),
}

/// The log of a shard since the last cut.
pub(crate) struct Cut {
    /// Its number, counting from 1.
    pub(crate) number: u64,
    /// Entries, one after the other.
    pub(crate) entries: Vec<u8>,
}

pub(crate) struct Shard<V> {
    rows: Vec<Option<Row<V>>>,
    used: usize,
    heap: usize,
    most: usize,
    hand: usize,
    logged: bool,
    pending: Vec<u8>,
    given_up: u64,
    cuts: u64,
    let_go: u64,
    no_room: u64,
}

impl<V: Value> Shard<V> {
    pub(super) fn new(most: usize, logged: bool) -> Self {
        Self {
            rows: Vec::new(),
            used: 0,
            heap: 0,
            most,
            hand: 0,
            logged,
            pending: Vec::new(),
            given_up: 0,
            cuts: 0,
            let_go: 0,
            no_room: 0,
        }
    }

    fn home(&self, place: u64) -> usize {
        // The upper bits chose the shard.
        ((u128::from(place << 8) * self.rows.len() as u128) >> 64) as usize
    }

    fn next(&self, at: usize) -> usize {
        if at + 1 == self.rows.len() { 0 } else { at + 1 }
    }

    fn find(&self, key: &Key, place: u64) -> Option<usize> {
        if self.rows.is_empty() {
            return None;
        }
        let mut at = self.home(place);
        while let Some(row) = &self.rows[at] {
            if row.key == *key {
                return Some(at);
            }
            at = self.next(at);
        }
        None
    }

    pub(super) fn look<R>(&self, key: &Key, place: u64, look: impl FnOnce(&V) -> R) -> Option<R> {
        let row = self.rows[self.find(key, place)?].as_ref()?;
        Some(look(&row.value))
    }

    pub(super) fn change<R>(
        &mut self,
        key: &Key,
        place: u64,
        secret: &Secret,
        now: i64,
        make: impl FnOnce() -> V,
        change: impl FnOnce(&mut V) -> (R, Note),
    ) -> Said<R> {
        let found = self.find(key, place);
        if let Some(row) = found.and_then(|at| self.rows[at].as_mut()) {
            let before = row.value.heap();
            let (said, note) = change(&mut row.value);
            row.heat = (row.heat + 1).min(MOST_HEAT);
            let after = row.value.heap();
            note_down(&mut self.pending, self.logged, key, &row.value, &note, &mut self.given_up);
            self.heap = (self.heap + after).saturating_sub(before);
            if after > before {
                self.shrink(secret, now, key);
            }
            return Said { value: said, is_remembered: true };
        }
        let mut value = make();
        let (said, note) = change(&mut value);
        let is_remembered = !matches!(note, Note::Nothing) && self.insert(*key, place, secret, now, value);
        if let Some(row) = self.find(key, place).filter(|_| is_remembered).and_then(|at| self.rows[at].as_ref()) {
            note_down(&mut self.pending, self.logged, key, &row.value, &note, &mut self.given_up);
        }
        Said { value: said, is_remembered }
    }

    pub(super) fn remove(&mut self, key: &Key, place: u64, secret: &Secret) -> bool {
        let Some(at) = self.find(key, place) else { return false };
        self.take_out(at, secret);
        if self.logged && self.has_pending_room() {
            self.pending.extend(key.to_octets());
            self.pending.extend([0, 0, 0]);
        }
        true
    }

    pub(super) fn each(&self, look: &mut impl FnMut(&Key, &V)) {
        for row in self.rows.iter().flatten() {
            look(&row.key, &row.value);
        }
    }

    pub(super) fn size(&self) -> (usize, usize) {
        (self.used, self.octets())
    }

    pub(super) fn pressed(&self) -> (u64, u64) {
        (self.let_go, self.no_room)
    }

    pub(super) fn restore(
        &mut self,
        key: &Key,
        place: u64,
        secret: &Secret,
        entry: &Entry<'_>,
        now: i64,
    ) -> Option<()> {
        let before = self.find(key, place).and_then(|at| self.take_out(at, secret));
        let value = match entry {
            Entry::Gone => return Some(()),
            Entry::State(octets) => V::read(octets)?,
            Entry::Change(octets) => V::apply(key, before, octets)?,
        };
        self.insert(*key, place, secret, now, value);
        Some(())
    }

    pub(crate) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The log since the last cut. A number is used once, also where there is nothing to write.
    pub(crate) fn cut(&mut self) -> Cut {
        self.cuts += 1;
        Cut { number: self.cuts, entries: std::mem::take(&mut self.pending) }
    }

    /// Cuts after a restart go on from here.
    pub(crate) fn go_on_from(&mut self, cuts: u64) {
        self.cuts = self.cuts.max(cuts);
    }

    /// A cut that could not be written: it waits, in front of what came after.
    pub(crate) fn put_back(&mut self, mut entries: Vec<u8>) {
        if entries.len() + self.pending.len() > MOST_PENDING {
            self.given_up += 1;
            return;
        }
        entries.append(&mut self.pending);
        self.pending = entries;
    }

    /// Cuts and changes that were given up because the disk said no for too long.
    pub(crate) fn given_up(&mut self) -> u64 {
        std::mem::take(&mut self.given_up)
    }

    /// Everything, as entries of a log.
    pub(crate) fn snapshot(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.used * (KEY_OCTETS + 24));
        for row in self.rows.iter().flatten() {
            put_state(&mut out, &row.key, &row.value);
        }
        out
    }

    fn octets(&self) -> usize {
        self.rows.len() * size_of::<Option<Row<V>>>() + self.heap
    }

    fn has_pending_room(&mut self) -> bool {
        let has = self.pending.len() < MOST_PENDING;
        self.given_up += u64::from(!has);
        has
    }

    /// Puts a row in. `false`: there is no room for it.
    fn insert(&mut self, key: Key, place: u64, secret: &Secret, now: i64, value: V) -> bool {
        let more = value.heap();
        if (self.used + 1) * 20 > self.rows.len() * 17 {
            let rows = (self.rows.len() + self.rows.len() / 8).max(FIRST_ROWS);
            let octets = rows * size_of::<Option<Row<V>>>() + self.heap + more;
            if octets <= self.most || self.rows.is_empty() {
                self.grow(rows, secret);
            } else if !self.make_room(secret, now, &key) {
                self.no_room += 1;
                return false;
            }
        }
        self.heap += more;
        let mut at = self.home(place);
        while self.rows[at].is_some() {
            at = self.next(at);
        }
        self.rows[at] = Some(Row { value, key, heat: 1 });
        self.used += 1;
        if more > 0 {
            self.shrink(secret, now, &key);
        }
        true
    }

    fn grow(&mut self, rows: usize, secret: &Secret) {
        let mut fresh = Vec::new();
        fresh.resize_with(rows, || None);
        let old = std::mem::replace(&mut self.rows, fresh);
        self.hand = 0;
        for row in old.into_iter().flatten() {
            let mut at = self.home(secret.place(&row.key));
            while self.rows[at].is_some() {
                at = self.next(at);
            }
            self.rows[at] = Some(row);
        }
    }

    /// Takes a row out and closes the gap: rows behind it that may stand further in front move there.
    fn take_out(&mut self, mut gap: usize, secret: &Secret) -> Option<V> {
        let gone = self.rows[gap].take()?;
        self.used -= 1;
        self.heap = self.heap.saturating_sub(gone.value.heap());
        let mut at = gap;
        loop {
            at = self.next(at);
            let Some(row) = &self.rows[at] else { break };
            let home = self.home(secret.place(&row.key));
            let behind_gap = if gap <= at { gap < home && home <= at } else { gap < home || home <= at };
            if !behind_gap {
                self.rows[gap] = self.rows[at].take();
                gap = at;
            }
        }
        Some(gone.value)
    }

    /// Where what rows point to has outgrown the shard, lets a few rows go; the next change goes on with it.
    fn shrink(&mut self, secret: &Secret, now: i64, but: &Key) {
        for _ in 0..4 {
            if self.octets() <= self.most || self.used <= 1 || !self.make_room(secret, now, but) {
                return;
            }
        }
    }

    /// Lets one row go that is not `but`. `false`: of those the hand came by, none may.
    fn make_room(&mut self, secret: &Secret, now: i64, but: &Key) -> bool {
        let (mut coldest, mut looked, mut steps) = (None, 0, 0);
        while looked < LOOKED_AT && steps < self.rows.len() {
            steps += 1;
            let at = self.hand;
            self.hand = self.next(at);
            let Some(row) = &mut self.rows[at] else { continue };
            looked += 1;
            if row.key == *but {
                continue;
            }
            if row.value.is_over(&row.key, now) {
                self.take_out(at, secret);
                self.hand = at;
                return true;
            }
            if row.value.is_held(&row.key, now) {
                continue;
            }
            if row.heat == 0 {
                coldest = Some((0, row.key));
                break;
            }
            if coldest.is_none_or(|(heat, _)| row.heat < heat) {
                coldest = Some((row.heat, row.key));
            }
            row.heat -= 1;
        }
        let Some(at) = coldest.and_then(|(_, key)| self.find(&key, secret.place(&key))) else { return false };
        self.take_out(at, secret);
        self.let_go += 1;
        true
    }
}

fn note_down<V: Value>(pending: &mut Vec<u8>, logged: bool, key: &Key, value: &V, note: &Note, given_up: &mut u64) {
    if !logged || matches!(note, Note::Nothing) {
        return;
    }
    if pending.len() >= MOST_PENDING {
        *given_up += 1;
        return;
    }
    match note {
        Note::Nothing => {}
        Note::State => put_state(pending, key, value),
        Note::Change(change) => {
            pending.extend(key.to_octets());
            pending.push(2);
            pending.extend((CHANGE_OCTETS as u16).to_le_bytes());
            pending.extend(change);
        }
    }
}

fn put_state<V: Value>(out: &mut Vec<u8>, key: &Key, value: &V) {
    let start = out.len();
    out.extend(key.to_octets());
    out.extend([1, 0, 0]);
    let from = out.len();
    value.write(out);
    match u16::try_from(out.len() - from) {
        Ok(length) => out[from - 2..from].copy_from_slice(&length.to_le_bytes()),
        // No state is that long; one that were is not written rather than misread.
        Err(_) => out.truncate(start),
    }
}

/// Reads one entry of a log and moves past it.
pub(crate) fn read_entry<'a>(log: &mut &'a [u8]) -> Option<(Key, Entry<'a>)> {
    let (key, rest) = log.split_first_chunk::<KEY_OCTETS>()?;
    let ([what], rest) = rest.split_first_chunk::<1>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (octets, rest) = rest.split_at_checked(u16::from_le_bytes(*length).into())?;
    let entry = match what {
        0 if octets.is_empty() => Entry::Gone,
        1 => Entry::State(octets),
        2 => Entry::Change(octets),
        _ => return None,
    };
    *log = rest;
    Some((Key::from_octets(key)?, entry))
}
