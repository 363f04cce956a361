//! What is asked for every recipient and kept in memory, bounded by what it takes.
//!
//! A look-up here does nothing beside looking up: caches that set their books in order now and then do it in the middle of
//! somebody's message.

use std::hash::{Hash, RandomState};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};

/// Kept in memory, by a key that others may choose: hashed with a secret of the process.
pub(crate) type AtHand<K, V, W = quick_cache::UnitWeighter> = Cache<K, V, W, RandomState>;

/// Parts that are locked by themselves. Each has its share of the room, and the largest thing has to fit into one.
const PARTS: usize = 16;

/// Room for so much, by this weigher, and for about so many things.
pub(crate) fn at_hand<K, V, W>(about: usize, room: u64, weigher: W) -> AtHand<K, V, W>
where
    K: Eq + Hash,
    V: Clone,
    W: Weighter<K, V> + Clone,
{
    let options = OptionsBuilder::new().shards(PARTS).estimated_items_capacity(about).weight_capacity(room).build();
    match options {
        Ok(options) => Cache::with_options(options, weigher, RandomState::new(), DefaultLifecycle::default()),
        Err(_) => Cache::with(about, room, weigher, RandomState::new(), DefaultLifecycle::default()),
    }
}

#[cfg(test)]
mod tests {
    use quick_cache::UnitWeighter;

    use super::*;

    #[derive(Clone)]
    struct Octets;

    impl Weighter<u32, Vec<u8>> for Octets {
        fn weight(&self, _: &u32, value: &Vec<u8>) -> u64 {
            value.len() as u64
        }
    }

    #[test]
    fn what_is_asked_again_and_again_outlives_a_flood_of_others() {
        let kept = at_hand(1_600, 1_600, UnitWeighter);
        for n in 0..200_u32 {
            kept.insert(n, n);
        }
        for round in 0..20_u32 {
            assert!((0..200).filter(|n| kept.get(n) == Some(*n)).count() > 150, "in round {round}");
            for n in 0..1_600 {
                kept.insert(10_000 + round * 1_600 + n, n);
            }
        }
        assert!(kept.len() <= 1_600);
    }

    #[test]
    fn a_thing_of_a_sixteenth_of_the_room_is_kept() {
        let kept = at_hand(1_000, 16_000, Octets);
        kept.insert(1, vec![0; 900]);
        assert!(kept.get(&1).is_some());
        for n in 2..100 {
            kept.insert(n, vec![0; 900]);
        }
        assert!(kept.weight() <= 16_000);
    }
}
