//! The hot state: 64 shards, each under its own lock, each with the part of the log that is not written yet.
//!
//! State and log change under the same lock, so that replaying the log gives the same state.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use message::UnixMillis;

use super::super::{Limit, Taken};
use super::entry::{Change, Memory, Window};

const SHARDS: usize = 64;
/// Keys of one kind in one shard; beyond it those that end soonest are let go.
const MOST_KEYS: usize = 65_536;

/// All shards.
pub(super) struct Shards {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
}

impl Shards {
    pub(super) fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }

    /// The shard of a key, locked. It is never held over an `await`.
    pub(super) fn of(&self, key: &str) -> MutexGuard<'_, Shard> {
        let place = (self.hasher.hash_one(key) % SHARDS as u64) as usize;
        lock(&self.shards[place])
    }

    /// One after the other, each locked.
    pub(super) fn all(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.shards.iter().map(lock)
    }
}

/// Nothing done under the lock panics half way; if it did, the counts are still counts.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Which of the two kinds of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Window,
    Memory,
}

/// What a checkpoint has to write: the bytes of a key, or that it is gone.
pub(super) type Changed = (Kind, Box<str>, Option<Vec<u8>>);

#[derive(Default)]
pub(super) struct Shard {
    windows: HashMap<Box<str>, Window>,
    memories: HashMap<Box<str>, Memory>,
    log: Vec<u8>,
    /// Keys that differ from the last checkpoint.
    changed: HashSet<(Kind, Box<str>)>,
}

impl Shard {
    pub(super) fn take(&mut self, key: &str, limit: Limit, now: i64) -> Taken {
        let starts = now.saturating_sub(limit.window_ms);
        let most = limit.most as usize;
        let (count, oldest) = match self.windows.get_mut(key) {
            None => (0, None),
            Some(window) => {
                window.window_ms = window.window_ms.max(limit.window_ms);
                window.prune(now);
                let first = window.times.partition_point(|time| *time <= starts);
                (window.times.len() - first, window.times.get(first).copied())
            }
        };
        let allowed = count < most;
        if allowed {
            let change = Change::Take { key, at: now, window_ms: limit.window_ms };
            self.change(&change);
        }
        let count = u32::try_from(count + usize::from(allowed)).unwrap_or(u32::MAX);
        let oldest = oldest.map_or(now, |oldest| oldest.min(now));
        Taken { allowed, count, frees_at: UnixMillis(oldest.saturating_add(limit.window_ms)) }
    }

    pub(super) fn refund(&mut self, key: &str, at: i64) {
        if self.windows.contains_key(key) {
            self.change(&Change::Refund { key, at });
        }
    }

    pub(super) fn reset(&mut self, key: &str) {
        if self.windows.contains_key(key) {
            self.change(&Change::Reset { key });
        }
    }

    pub(super) fn remember(&mut self, key: &str, value: &[u8], until: i64) {
        self.change(&Change::Remember { key, until, value });
    }

    pub(super) fn recall(&self, key: &str, now: i64) -> Option<Vec<u8>> {
        self.memories.get(key).filter(|memory| now < memory.until).map(|memory| memory.value.to_vec())
    }

    pub(super) fn forget(&mut self, key: &str) {
        if self.memories.contains_key(key) {
            self.change(&Change::Forget { key });
        }
    }

    /// Drops what is over; returns how many keys are left. Not logged: what is over stays over.
    pub(super) fn expire(&mut self, now: i64) -> usize {
        self.drop_ended(now);
        self.windows.len() + self.memories.len()
    }

    fn drop_ended(&mut self, now: i64) {
        let Self { windows, memories, changed, .. } = self;
        windows.retain(|key, window| keep(window.until() > now, Kind::Window, key, changed));
        memories.retain(|key, memory| keep(memory.until > now, Kind::Memory, key, changed));
    }

    fn change(&mut self, change: &Change<'_>) {
        change.write(&mut self.log);
        self.apply(change);
    }

    /// Makes a change without logging it: it stands in the log already, or will.
    pub(super) fn apply(&mut self, change: &Change<'_>) {
        match *change {
            Change::Take { key, at, window_ms } => {
                self.make_room(Kind::Window);
                self.windows.entry(key.into()).or_default().add(at, window_ms);
                self.changed.insert((Kind::Window, key.into()));
            }
            Change::Refund { key, at } => {
                if let Some(window) = self.windows.get_mut(key) {
                    window.remove(at);
                }
                self.changed.insert((Kind::Window, key.into()));
            }
            Change::Reset { key } => {
                self.windows.remove(key);
                self.changed.insert((Kind::Window, key.into()));
            }
            Change::Remember { key, until, value } => {
                self.make_room(Kind::Memory);
                self.memories.insert(key.into(), Memory { value: value.into(), until });
                self.changed.insert((Kind::Memory, key.into()));
            }
            Change::Forget { key } => {
                self.memories.remove(key);
                self.changed.insert((Kind::Memory, key.into()));
            }
        }
    }

    /// Where a shard is full, lets an eighth of the keys go, those that end soonest: a flood of new keys costs
    /// old ones their place, never the machine its memory.
    fn make_room(&mut self, kind: Kind) {
        let mut ends: Vec<i64> = match kind {
            Kind::Window if self.windows.len() >= MOST_KEYS => self.windows.values().map(Window::until).collect(),
            Kind::Memory if self.memories.len() >= MOST_KEYS => self.memories.values().map(|m| m.until).collect(),
            Kind::Window | Kind::Memory => return,
        };
        let (_, eighth, _) = ends.select_nth_unstable(MOST_KEYS / 8);
        let ended = *eighth;
        let Self { windows, memories, changed, .. } = self;
        match kind {
            Kind::Window => windows.retain(|key, window| keep(window.until() > ended, kind, key, changed)),
            Kind::Memory => memories.retain(|key, memory| keep(memory.until > ended, kind, key, changed)),
        }
    }

    /// Puts in what a checkpoint had; it counts as unchanged.
    pub(super) fn load(&mut self, kind: Kind, key: &str, bytes: &[u8]) -> Option<()> {
        match kind {
            Kind::Window => self.windows.insert(key.into(), Window::from_bytes(bytes)?).map_or((), |_| ()),
            Kind::Memory => self.memories.insert(key.into(), Memory::from_bytes(bytes)?).map_or((), |_| ()),
        }
        Some(())
    }

    /// Hands over the part of the log that is not written yet.
    pub(super) fn take_log(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.log)
    }

    /// Hands over the state of every key that differs from the last checkpoint.
    pub(super) fn take_changed(&mut self) -> Vec<Changed> {
        let bytes = |(kind, key): (Kind, Box<str>)| {
            let bytes = match kind {
                Kind::Window => self.windows.get(&key).map(Window::to_bytes),
                Kind::Memory => self.memories.get(&key).map(Memory::to_bytes),
            };
            (kind, key, bytes)
        };
        std::mem::take(&mut self.changed).into_iter().map(bytes).collect()
    }

    /// A checkpoint failed: its keys still differ.
    pub(super) fn put_changed_back(&mut self, kind: Kind, key: Box<str>) {
        self.changed.insert((kind, key));
    }
}

/// Whether an entry stays; one that goes is noted for the next checkpoint.
fn keep(stays: bool, kind: Kind, key: &str, changed: &mut HashSet<(Kind, Box<str>)>) -> bool {
    if !stays {
        changed.insert((kind, key.into()));
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a limit means, written down slowly: every time that was let through and not given back.
    #[derive(Default)]
    struct Slow(Vec<i64>);

    impl Slow {
        fn take(&mut self, limit: Limit, now: i64) -> (bool, usize) {
            let count = self.0.iter().filter(|time| **time > now - limit.window_ms).count();
            let allowed = count < limit.most as usize;
            if allowed {
                self.0.push(now);
            }
            (allowed, count + usize::from(allowed))
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Take(i64),
        Refund(usize),
        Expire,
        Reload,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            8 => (0_i64..40).prop_map(Step::Take),
            2 => (0_usize..50).prop_map(Step::Refund),
            1 => Just(Step::Expire),
            1 => Just(Step::Reload),
        ];
        prop::collection::vec(step, 1..200)
    }

    proptest! {
        /// Whatever happens in between (time passing, refunds, expiry, a restart from log or checkpoint), a limit
        /// lets through exactly what it says.
        #[test]
        fn a_limit_is_exact(steps in steps(), most in 0_u32..8, window_ms in 1_i64..200) {
            let limit = Limit { most, window_ms };
            let (mut shard, mut slow, mut now) = (Shard::default(), Slow::default(), 0);
            let mut taken = Vec::new();
            for step in steps {
                match step {
                    Step::Take(later) => {
                        now += later;
                        let said = shard.take("k", limit, now);
                        prop_assert_eq!((said.allowed, said.count as usize), slow.take(limit, now));
                        if said.allowed {
                            taken.push(now);
                        }
                    }
                    Step::Refund(which) => {
                        if let Some(at) = taken.get(which).copied() {
                            shard.refund("k", at);
                            if let Some(place) = slow.0.iter().position(|time| *time == at) {
                                slow.0.remove(place);
                            }
                        }
                    }
                    Step::Expire => drop(shard.expire(now)),
                    Step::Reload => {
                        let mut fresh = Shard::default();
                        for (kind, key, bytes) in shard.take_changed() {
                            if let Some(bytes) = bytes {
                                prop_assert!(fresh.load(kind, &key, &bytes).is_some());
                            }
                            // The next reload has to write it again: this one was not a checkpoint on the disk.
                            fresh.put_changed_back(kind, key);
                        }
                        shard = fresh;
                    }
                }
            }
        }

        /// Replaying the log of a shard gives the shard.
        #[test]
        fn the_log_is_the_state(steps in steps()) {
            let limit = Limit { most: 5, window_ms: 100 };
            let (mut shard, mut now) = (Shard::default(), 0);
            for step in steps {
                match step {
                    Step::Take(later) => {
                        now += later;
                        shard.take("k", limit, now);
                        shard.remember("m", &now.to_le_bytes(), now + 50);
                    }
                    Step::Refund(at) => shard.refund("k", at as i64),
                    Step::Expire => shard.forget("m"),
                    Step::Reload => shard.reset("k"),
                }
            }
            let mut replayed = Shard::default();
            let log = shard.take_log();
            let mut rest = log.as_slice();
            while let Some(change) = Change::read(&mut rest) {
                replayed.apply(&change);
            }
            prop_assert!(rest.is_empty());
            prop_assert_eq!(replayed.recall("m", now), shard.recall("m", now));
            prop_assert_eq!(replayed.take("k", limit, now), shard.take("k", limit, now));
        }
    }

    #[test]
    fn a_flood_of_keys_costs_places_not_memory() {
        let mut shard = Shard::default();
        let limit = Limit { most: 1, window_ms: 1_000 };
        for n in 0..(MOST_KEYS as i64 + 10_000) {
            shard.take(&format!("k{n}"), limit, n);
            shard.remember(&format!("m{n}"), b"x", n);
        }
        assert!(shard.windows.len() <= MOST_KEYS && shard.memories.len() <= MOST_KEYS);
        assert!(shard.windows.len() > MOST_KEYS / 2, "only what ends soonest went");
        let last = MOST_KEYS as i64 + 9_999;
        assert!(!shard.take(&format!("k{last}"), limit, last).allowed, "the newest are remembered");
    }
}
