//! Who asks for addresses that do not exist: noticed late, slowed longer and longer, refused for hours.

use door::{Bounds, Door, Source, UnknownSettings};
use message::UnixMillis;

const START: i64 = 1_780_000_000_000;
const HOUR: i64 = 3_600_000;

fn door() -> Door {
    Door::in_memory(Bounds { octets: 16 << 20 }).unwrap()
}

fn ip() -> Source<'static> {
    Source::parse("192.0.2.7").unwrap()
}

#[test]
fn a_harvester_waits_longer_and_longer_and_is_then_refused_for_hours() {
    let (door, settings) = (door(), UnknownSettings::default());
    let mut slowed = Vec::new();
    let mut refused_after = None;
    for n in 1..=30 {
        let pressure = door.unknown.asked_unknown(&ip(), &settings, UnixMillis(START + n * 100));
        slowed.push(pressure.slow_ms);
        if pressure.refused_until.is_some() && refused_after.is_none() {
            refused_after = Some(n);
        }
    }
    assert_eq!(slowed[..5], [0; 5], "five are tolerated");
    assert!(slowed[5] > 0 && slowed.windows(2).all(|two| two[0] <= two[1]), "{slowed:?}");
    assert_eq!(slowed.last(), Some(&settings.slow_most_ms));
    assert_eq!(refused_after, Some(20));
    let until = door.unknown.pressure(&ip(), &settings, UnixMillis(START + HOUR)).refused_until.unwrap();
    assert!((until - START - settings.refused_ms).abs() < 10_000);
    // Since it was slowed first, in whole seconds, as long as it is held.
    let since = |at: i64| door.unknown.pressure(&ip(), &settings, UnixMillis(at)).since;
    assert_eq!((since(START + HOUR), since(until - 1_000)), (Some(START), Some(START)));
    assert_eq!(since(until + 24 * HOUR), None);
    assert!(door.unknown.pressure(&ip(), &settings, UnixMillis(until + 1_000)).refused_until.is_none());
}

#[test]
fn who_comes_back_is_refused_for_twice_as_long_up_to_a_bound_and_forgiven_in_time() {
    let (door, settings) = (door(), UnknownSettings::default());
    let mut now = START;
    let mut lengths = Vec::new();
    for _ in 0..7 {
        let until = loop {
            now += 1_000;
            if let Some(until) = door.unknown.asked_unknown(&ip(), &settings, UnixMillis(now)).refused_until {
                break until;
            }
        };
        lengths.push((until - now + HOUR / 2) / HOUR);
        now = until + 1_000;
    }
    assert_eq!(lengths, [4, 8, 16, 32, 64, 72, 72]);
    let later = UnixMillis(now + 15 * 24 * HOUR);
    assert_eq!(door.unknown.asked_unknown(&ip(), &settings, later).refusals, 0);
}

#[test]
fn who_mistypes_now_and_then_never_notices() {
    let (door, settings) = (door(), UnknownSettings::default());
    // One typo in half an hour for a week from a small sender, and from a large one 60 an hour among thousands.
    for n in 0..7 * 48 {
        let pressure = door.unknown.asked_unknown(&ip(), &settings, UnixMillis(START + n * HOUR / 2));
        let known = door.unknown.asked_known(&ip(), &settings, UnixMillis(START + n * HOUR / 2));
        assert_eq!((pressure.slow_ms, known.refused_until), (0, None), "typo {n}: {pressure:?}");
    }
    let large = Source::parse("198.51.100.0/24").unwrap();
    for n in 0..20_000 {
        let now = UnixMillis(START + n * 1_000);
        let pressure = if n % 60 == 0 {
            door.unknown.asked_unknown(&large, &settings, now)
        } else {
            door.unknown.asked_known(&large, &settings, now)
        };
        assert_eq!((pressure.slow_ms, pressure.refused_until), (0, None), "at {n}: {pressure:?}");
    }
}

#[test]
fn who_is_refused_is_listed_and_can_be_let_off() {
    let (door, settings) = (door(), UnknownSettings::default());
    for _ in 0..25 {
        door.unknown.asked_unknown(&ip(), &settings, UnixMillis(START));
    }
    let listed = door.unknown.pressed(&settings, UnixMillis(START + 1), 10);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].1.as_deref(), Some("192.0.2.7"));
    assert!(door.unknown.reset(&ip()));
    assert!(door.unknown.pressed(&settings, UnixMillis(START + 1), 10).is_empty());
    assert!(!door.unknown.reset(&ip()), "there is nothing left");
}
