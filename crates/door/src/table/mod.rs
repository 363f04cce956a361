//! A table of keys and what is remembered of them: shards, each under its own lock, of a bounded size, each with the
//! part of the log that is not written yet. State and log change under the same lock.

mod shard;

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::source::{Key, Secret};
pub(crate) use shard::{Cut, Entry, Shard, read_entry};

/// So many that one shard of ten million keys is gone through in a few milliseconds.
pub(crate) const SHARDS: usize = 256;

/// What is remembered of a key.
pub(crate) trait Value: Sized + Send + 'static {
    /// Whether nothing is left of it that could matter.
    fn is_over(&self, key: &Key, now: i64) -> bool;
    /// Whether somebody is refused, slowed or made to wait because of it: then it is not let go to make room.
    fn is_held(&self, key: &Key, now: i64) -> bool;
    /// Octets outside the table's own row.
    fn heap(&self) -> usize;
    /// Its state, for log and checkpoint.
    fn write(&self, out: &mut Vec<u8>);
    /// Reads a state; `None` where it is none.
    fn read(octets: &[u8]) -> Option<Self>;
    /// Makes a change that was logged instead of a state. `None` where it is none.
    fn apply(key: &Key, before: Option<Self>, change: &[u8]) -> Option<Self>;
}

/// What a change leaves in the log.
pub(crate) enum Note {
    /// Nothing changed that a restart must know.
    Nothing,
    /// The whole state.
    State,
    /// A change that [`Value::apply`] can make again.
    Change([u8; CHANGE_OCTETS]),
}

/// What a change answered.
pub(crate) struct Said<R> {
    pub(crate) value: R,
    /// `false`: the shard is full of what may not be let go. The key was decided as the first of its kind, and
    /// forgotten.
    pub(crate) is_remembered: bool,
}

/// Length of a change in the log.
pub(crate) const CHANGE_OCTETS: usize = 10;

/// All shards of one kind of memory.
pub(crate) struct Table<V> {
    shards: Vec<Mutex<Shard<V>>>,
    secret: Secret,
}

impl<V: Value> Table<V> {
    /// An empty one that takes at most so many octets. `logged`: whether changes are kept for the disk.
    pub(crate) fn new(secret: Secret, most_octets: usize, logged: bool) -> Self {
        let each = most_octets / SHARDS;
        Self { shards: (0..SHARDS).map(|_| Mutex::new(Shard::new(each, logged))).collect(), secret }
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    fn shard(&self, place: u64) -> MutexGuard<'_, Shard<V>> {
        lock(&self.shards[(place >> 56) as usize])
    }

    /// One shard, locked.
    pub(crate) fn at(&self, number: usize) -> Option<MutexGuard<'_, Shard<V>>> {
        self.shards.get(number).map(lock)
    }

    /// Looks at what is remembered.
    pub(crate) fn look<R>(&self, key: &Key, look: impl FnOnce(&V) -> R) -> Option<R> {
        let place = self.secret.place(key);
        self.shard(place).look(key, place, look)
    }

    /// Changes what is remembered, or begins to remember. Where nothing was remembered and nothing is worth a note,
    /// nothing is remembered after it.
    pub(crate) fn change<R>(
        &self,
        key: &Key,
        now: i64,
        make: impl FnOnce() -> V,
        change: impl FnOnce(&mut V) -> (R, Note),
    ) -> Said<R> {
        let place = self.secret.place(key);
        self.shard(place).change(key, place, &self.secret, now, make, change)
    }

    /// Forgets a key. Says whether there was anything.
    pub(crate) fn remove(&self, key: &Key) -> bool {
        let place = self.secret.place(key);
        self.shard(place).remove(key, place, &self.secret)
    }

    /// Goes through everything, one shard at a time: what changes meanwhile may be seen or not.
    pub(crate) fn each(&self, mut look: impl FnMut(&Key, &V)) {
        for shard in &self.shards {
            lock(shard).each(&mut look);
        }
    }

    /// How many keys, and how many octets they take.
    pub(crate) fn size(&self) -> (usize, usize) {
        self.shards.iter().map(|shard| lock(shard).size()).fold((0, 0), |(n, o), (keys, octets)| (n + keys, o + octets))
    }

    /// How often something that was still of use was let go to make room, and how often there was no room.
    pub(crate) fn pressed(&self) -> (u64, u64) {
        self.shards.iter().map(|shard| lock(shard).pressed()).fold((0, 0), |(a, b), (x, y)| (a + x, b + y))
    }

    /// Puts in a state or change that a file holds; it is not logged again. `None` where it is neither.
    pub(crate) fn restore(&self, key: &Key, entry: &Entry<'_>, now: i64) -> Option<()> {
        let place = self.secret.place(key);
        self.shard(place).restore(key, place, &self.secret, entry, now)
    }
}

/// Nothing done under the lock panics half way; if it did, a row is missing or stands twice, and either is forgotten
/// in time.
fn lock<V>(shard: &Mutex<Shard<V>>) -> MutexGuard<'_, Shard<V>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A table as the disk sees it.
pub(crate) trait Kept: Send + Sync {
    /// The log of a shard since the last cut, where there is any.
    fn cut(&self, shard: usize) -> Option<Cut>;
    /// The log since the last cut, and everything up to it.
    fn cut_and_snapshot(&self, shard: usize) -> Option<(Cut, Vec<u8>)>;
    /// A cut that could not be written.
    fn put_back(&self, shard: usize, cut: Cut);
    /// Changes given up since this was asked last.
    fn given_up(&self) -> u64;
    /// Cuts go on after this number.
    fn go_on_from(&self, shard: usize, number: u64);
    /// Puts in everything a file holds in one frame; says how many entries did not read.
    fn restore_all(&self, entries: &[u8], now: i64) -> usize;
}

impl<V: Value> Kept for Table<V> {
    fn cut(&self, shard: usize) -> Option<Cut> {
        self.at(shard).filter(|shard| shard.has_pending()).map(|mut shard| shard.cut())
    }

    fn cut_and_snapshot(&self, shard: usize) -> Option<(Cut, Vec<u8>)> {
        self.at(shard).map(|mut shard| (shard.cut(), shard.snapshot()))
    }

    fn put_back(&self, shard: usize, cut: Cut) {
        if let Some(mut shard) = self.at(shard) {
            shard.put_back(cut.entries);
        }
    }

    fn given_up(&self) -> u64 {
        self.shards.iter().map(|shard| lock(shard).given_up()).sum()
    }

    fn go_on_from(&self, shard: usize, number: u64) {
        if let Some(mut shard) = self.at(shard) {
            shard.go_on_from(number);
        }
    }

    fn restore_all(&self, entries: &[u8], now: i64) -> usize {
        let (mut rest, mut bad) = (entries, 0);
        while !rest.is_empty() {
            let Some((key, entry)) = read_entry(&mut rest) else { return bad + 1 };
            bad += usize::from(self.restore(&key, &entry, now).is_none());
        }
        bad
    }
}
