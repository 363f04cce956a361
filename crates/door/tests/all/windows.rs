//! Windows against a plain list of times: exact ones are exact, slotted ones within their stated error.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use door::{Bounds, Door, EXACT_MOST, Limit, Source};
use message::UnixMillis;
use proptest::prelude::*;

const START: i64 = 1_780_000_000_000;

fn door() -> Door {
    Door::in_memory(Bounds { octets: 64 << 20 }).unwrap()
}

fn ip(n: u32) -> Source<'static> {
    Source::Ip(std::net::Ipv4Addr::from(n).into())
}

/// What a limit means, written down slowly: every time that was let through and not given back.
#[derive(Default)]
struct Slow(Vec<i64>);

impl Slow {
    fn count(&self, window_ms: i64, now: i64) -> u32 {
        self.0.iter().filter(|time| **time > now - window_ms).count() as u32
    }
}

#[derive(Clone, Debug)]
enum Step {
    Take(i64),
    Refund(usize),
    /// The clock is set: by an hour, back or forward.
    Clock(i64),
}

fn steps(longest: i64) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..longest).prop_map(Step::Take),
        1 => (0_usize..400).prop_map(Step::Refund),
    ];
    prop::collection::vec(step, 1..400)
}

fn with_clock() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        20 => (0_i64..5_000).prop_map(Step::Take),
        1 => Just(Step::Clock(-3_600_000)),
        1 => Just(Step::Clock(3_600_000)),
    ];
    prop::collection::vec(step, 1..300)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn an_exact_window_is_exact(steps in steps(40), most in 0_u32..20, window_ms in 1_i64..600) {
        let (door, limit) = (door(), Limit { most, window_ms });
        let (mut slow, mut receipts, mut now) = (Slow::default(), Vec::new(), START);
        for step in steps {
            match step {
                Step::Take(later) => {
                    now += later;
                    let before = slow.count(window_ms, now);
                    let peeked = door.windows.peek(&ip(1), limit, UnixMillis(now));
                    prop_assert_eq!((peeked.allowed, peeked.count), (before < most, before));
                    let taken = door.windows.take(&ip(1), limit, UnixMillis(now));
                    prop_assert_eq!(taken.allowed, before < most);
                    prop_assert_eq!(taken.count, before + u32::from(taken.allowed));
                    if let Some(receipt) = taken.receipt {
                        slow.0.push(now);
                        receipts.push((receipt, now));
                    }
                    let oldest = slow.0.iter().copied().find(|time| *time > now - window_ms).unwrap_or(now);
                    prop_assert_eq!(taken.frees_at.0, oldest + window_ms);
                }
                Step::Refund(which) if which < receipts.len() => {
                    let (receipt, at) = receipts.swap_remove(which);
                    door.windows.refund(receipt);
                    let place = slow.0.iter().position(|time| *time == at).unwrap();
                    slow.0.remove(place);
                }
                Step::Refund(_) | Step::Clock(_) => {}
            }
        }
    }

    /// Never more than the limit in the window; at most what an exact window had let through that is a sixtieth and
    /// a tenth of a second longer.
    #[test]
    fn a_slotted_window_is_within_its_error(
        steps in steps(3_000),
        most in EXACT_MOST + 1..EXACT_MOST + 40,
        window_ms in 60_i64..400_000,
        burst in 400_u32..560,
    ) {
        let (door, limit) = (door(), Limit { most, window_ms });
        let longer = window_ms + window_ms / 60 + 100;
        let (mut slow, mut receipts, mut now) = (Slow::default(), Vec::new(), START);
        let take = |now: i64, slow: &mut Slow, receipts: &mut Vec<_>| {
            let (least, at_most) = (slow.count(window_ms, now), slow.count(longer, now));
            let taken = door.windows.take(&ip(1), limit, UnixMillis(now));
            let before = taken.count - u32::from(taken.allowed);
            prop_assert!((least..=at_most).contains(&before), "{} is not within {}..={}", before, least, at_most);
            prop_assert_eq!(taken.allowed, before < most);
            if let Some(receipt) = taken.receipt {
                slow.0.push(now);
                receipts.push((receipt, now));
            }
            Ok(())
        };
        for n in 0..burst {
            now += i64::from(n % 3 == 0);
            take(now, &mut slow, &mut receipts)?;
        }
        for step in steps {
            match step {
                Step::Take(later) => {
                    now += later;
                    take(now, &mut slow, &mut receipts)?;
                }
                Step::Refund(which) if which < receipts.len() => {
                    // Only what still stands in the window: one that left it takes nothing back.
                    let (receipt, at) = receipts.swap_remove(which);
                    if at > now - window_ms {
                        door.windows.refund(receipt);
                        let place = slow.0.iter().position(|time| *time == at).unwrap();
                        slow.0.remove(place);
                    }
                }
                Step::Refund(_) | Step::Clock(_) => {}
            }
        }
    }

    /// Measured by a clock that is never set, no window ever holds more than twice the limit, and without a step
    /// forward never more than the limit.
    #[test]
    fn a_clock_that_is_set_frees_at_most_one_limit_more(steps in with_clock(), most in 1_u32..30) {
        let (door, limit) = (door(), Limit { most, window_ms: 600_000 });
        let (mut real, mut set, mut forward) = (START, 0, Vec::new());
        let mut slow = Slow::default();
        for step in steps {
            match step {
                Step::Take(later) => {
                    real += later;
                    if door.windows.take(&ip(1), limit, UnixMillis(real + set)).allowed {
                        slow.0.push(real);
                    }
                    let steps = forward.iter().filter(|at| **at > real - limit.window_ms).count() as u32;
                    prop_assert!(slow.count(limit.window_ms, real) <= most * (1 + steps));
                }
                Step::Clock(by) => {
                    set += by;
                    forward.extend((by > 0).then_some(real));
                }
                Step::Refund(_) => {}
            }
        }
    }
}

#[test]
fn sixty_four_at_once_let_exactly_a_hundred_through() {
    for most in [100, EXACT_MOST + 100] {
        let door = Arc::new(door());
        let through = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| {
                    for n in 0..20 {
                        let taken = door.windows.take(&ip(7), Limit { most, window_ms: 60_000 }, UnixMillis(START + n));
                        through.fetch_add(u32::from(taken.allowed), Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(through.load(Ordering::Relaxed), most.min(64 * 20));
    }
}

#[test]
fn a_clock_that_steps_back_stands_still_until_it_has_caught_up() {
    let (door, limit) = (door(), Limit { most: 1, window_ms: 60_000 });
    assert!(door.windows.take(&ip(1), limit, UnixMillis(START)).allowed);
    for minutes in [-60, -30, -1, 0] {
        let taken = door.windows.take(&ip(1), limit, UnixMillis(START + minutes * 60_000));
        assert!(!taken.allowed && taken.frees_at == UnixMillis(START + 60_000), "{minutes} minutes");
    }
    assert!(door.windows.take(&ip(1), limit, UnixMillis(START + 60_000)).allowed);
}

#[test]
fn all_or_none_is_taken() {
    let door = door();
    let (wide, narrow) = (Limit { most: 10, window_ms: 1_000 }, Limit { most: 1, window_ms: 1_000 });
    let of = [(ip(1), wide), (Source::Sender("hanako@example.jp"), narrow)];
    assert_eq!(door.windows.take_all(&of, UnixMillis(START)).unwrap().len(), 2);
    let (place, taken) = door.windows.take_all(&of, UnixMillis(START + 1)).unwrap_err();
    assert_eq!((place, taken.count), (1, 1));
    assert_eq!(door.windows.peek(&ip(1), wide, UnixMillis(START + 1)).count, 1, "the second was given back");
}

#[test]
fn who_is_at_a_limit_is_listed_by_name_until_it_frees() {
    let door = door();
    let limit = Limit { most: 2, window_ms: 60_000 };
    for source in [ip(0xC000_0207), Source::Sender("hanako@example.jp")] {
        for n in 0..3 {
            door.windows.take(&source, limit, UnixMillis(START + n));
        }
    }
    door.windows.take(&ip(9), limit, UnixMillis(START));
    let listed = door.windows.limited(UnixMillis(START + 10), 100);
    let mut names: Vec<_> = listed.iter().filter_map(|limited| limited.name.clone()).collect();
    names.sort();
    assert_eq!(names, ["192.0.2.7", "sender:hanako@example.jp"]);
    assert_eq!((listed[0].count, listed[0].since.0, listed[0].until.0), (2, START, START + 60_000));
    assert!(door.windows.reset(&ip(0xC000_0207), limit));
    assert_eq!(door.windows.limited(UnixMillis(START + 10), 100).len(), 1);
    assert!(door.windows.limited(UnixMillis(START + 60_002), 100).is_empty());
}

#[test]
fn a_flood_of_new_sources_costs_places_not_memory_and_frees_nobody_who_is_limited() {
    let octets = 1 << 20;
    let door = Door::in_memory(Bounds { octets }).unwrap();
    let limit = Limit { most: 2, window_ms: 3_600_000 };
    for n in 0..20 {
        for _ in 0..3 {
            door.windows.take(&ip(n), limit, UnixMillis(START));
        }
    }
    for n in 0..60_000_u32 {
        let net = std::net::Ipv6Addr::from((0x2001_0db8_u128 << 96) | (u128::from(n) << 64));
        door.windows.take(&Source::Ip(net.into()), limit, UnixMillis(START + i64::from(n)));
    }
    let usage = door.usage();
    assert!(usage.octets <= octets, "{usage:?}");
    assert!(usage.keys > 4_000 && usage.let_go > 40_000, "{usage:?}");
    for n in 0..20 {
        assert!(!door.windows.take(&ip(n), limit, UnixMillis(START + 400_000)).allowed, "source {n} was let go");
    }
}
