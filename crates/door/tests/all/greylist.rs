//! Greylisting's memory: come again, passed, learned, released.

use door::{Bounds, Door, Grey, GreylistSettings, Triplet, network_of};
use message::UnixMillis;

const START: i64 = 1_780_000_000_000;
const MINUTE: i64 = 60_000;

fn door() -> Door {
    Door::in_memory(Bounds { octets: 16 << 20 }).unwrap()
}

fn triplet<'a>(identity: &'a str, recipient: &'a str) -> Triplet<'a> {
    Triplet { network: network_of("192.0.2.7".parse().unwrap(), 24, 48), identity, recipient }
}

#[test]
fn who_comes_again_in_time_passes_and_who_does_it_often_is_learned() {
    let (door, settings) = (door(), GreylistSettings::default());
    for (n, recipient) in ["a@example.jp", "b@example.jp", "c@example.jp"].into_iter().enumerate() {
        let of = triplet("example.com", recipient);
        let until = UnixMillis(START + settings.wait_ms);
        let first = UnixMillis(START);
        assert_eq!(door.greylist.ask(&of, &settings, first), Grey::Wait { first, until, tries: 1 }, "{n}");
        let early = UnixMillis(START + MINUTE);
        assert_eq!(door.greylist.ask(&of, &settings, early), Grey::Wait { first, until, tries: 2 });
        assert_eq!(door.greylist.ask(&of, &settings, until), Grey::Passed { first });
        let then = if n < 2 { Grey::Passed { first } } else { Grey::Learned };
        assert_eq!(door.greylist.ask(&of, &settings, until), then, "{n} is not counted twice");
    }
    let fourth = triplet("example.com", "d@example.jp");
    assert_eq!(door.greylist.ask(&fourth, &settings, UnixMillis(START + 10 * MINUTE)), Grey::Learned);
    let other = triplet("example.net", "d@example.jp");
    assert!(!door.greylist.ask(&other, &settings, UnixMillis(START + 10 * MINUTE)).passes());
    let forgotten = UnixMillis(START + 10 * MINUTE + settings.keep_ms + 86_400_000);
    assert!(!door.greylist.ask(&fourth, &settings, forgotten).passes(), "a source that is gone is a stranger again");
}

#[test]
fn who_comes_much_too_late_begins_anew() {
    let (door, settings) = (door(), GreylistSettings::default());
    let of = triplet("example.com", "a@example.jp");
    door.greylist.ask(&of, &settings, UnixMillis(START));
    let late = UnixMillis(START + settings.retry_ms + 1_000);
    let until = UnixMillis(late.0 + settings.wait_ms);
    assert_eq!(door.greylist.ask(&of, &settings, late), Grey::Wait { first: late, until, tries: 1 });
}

#[test]
fn a_recipient_sees_who_waits_and_lets_them_pass() {
    let (door, settings) = (door(), GreylistSettings::default());
    let (one, other) = (triplet("hanako@example.com", "taro@example.jp"), triplet("x@example.com", "jiro@example.jp"));
    door.greylist.ask(&one, &settings, UnixMillis(START));
    door.greylist.ask(&other, &settings, UnixMillis(START + 1));
    let waiting = door.greylist.waiting(Some("taro@example.jp"), UnixMillis(START + 2), 10);
    assert_eq!(waiting.len(), 1);
    assert_eq!((waiting[0].identity.as_str(), waiting[0].network.as_str()), ("hanako@example.com", "192.0.2.0/24"));
    assert_eq!(door.greylist.waiting(None, UnixMillis(START + 2), 10).len(), 2);
    door.greylist.release(&one, &settings, UnixMillis(START + 3));
    assert_eq!(door.greylist.ask(&one, &settings, UnixMillis(START + 4)), Grey::Released);
    assert!(door.greylist.waiting(Some("taro@example.jp"), UnixMillis(START + 5), 10).is_empty());
}

#[test]
fn a_flood_that_fills_the_list_makes_nobody_wait_for_ever() {
    let door = Door::in_memory(Bounds { octets: 1 << 20 }).unwrap();
    let settings = GreylistSettings::default();
    let honest = triplet("hanako@example.com", "taro@example.jp");
    assert!(!door.greylist.ask(&honest, &settings, UnixMillis(START)).passes());
    let mut had_no_room = 0;
    for n in 0..20_000 {
        let sender = format!("{n}@example.net");
        let grey = door.greylist.ask(&triplet(&sender, "jiro@example.jp"), &settings, UnixMillis(START + 1));
        had_no_room += u32::from(grey == Grey::NoRoom);
    }
    assert!(had_no_room > 10_000, "{had_no_room}");
    assert!(door.usage().octets <= 1 << 20);
    let again = UnixMillis(START + settings.wait_ms);
    assert_eq!(door.greylist.ask(&honest, &settings, again), Grey::Passed { first: UnixMillis(START) });
}
