//! What history says: careful with small numbers, fading, inherited from the network, and explained by its numbers.

use door::{Bounds, Counted, Door, ReputationSettings, Sender, StandingClass, network_of};
use message::UnixMillis;

const START: i64 = 1_780_000_000_000;
const DAY: i64 = 24 * 3_600_000;

fn door() -> Door {
    Door::in_memory(Bounds { octets: 16 << 20 }).unwrap()
}

fn sender(ip: &str) -> Sender<'static> {
    let ip = ip.parse().unwrap();
    Sender { ip, network: network_of(ip, 24, 48), as_number: None, domain: None }
}

fn hear(door: &Door, sender: &Sender<'_>, counted: Counted, times: u32) {
    for _ in 0..times {
        door.reputation.hear(sender, counted, &ReputationSettings::default(), UnixMillis(START));
    }
}

fn class(door: &Door, sender: &Sender<'_>, now: i64) -> StandingClass {
    door.reputation.standing(sender, &ReputationSettings::default(), UnixMillis(now)).class
}

#[test]
fn a_stranger_is_unknown_and_worth_no_points() {
    let standing = door().reputation.standing(&sender("192.0.2.7"), &ReputationSettings::default(), UnixMillis(START));
    assert_eq!((standing.class, standing.points, standing.parts.len()), (StandingClass::Unknown, 0.0, 0));
}

#[test]
fn small_numbers_say_little() {
    let door = door();
    let one = sender("192.0.2.7");
    let mut classes = Vec::new();
    for _ in 0..40 {
        hear(&door, &one, Counted::Spam, 1);
        classes.push(class(&door, &one, START));
    }
    assert!(classes[..4].iter().all(|class| *class == StandingClass::Unknown), "{classes:?}");
    assert!(classes.is_sorted(), "it only gets worse: {classes:?}");
    assert_eq!(classes.last(), Some(&StandingClass::Bad));
    let other = sender("198.51.100.7");
    hear(&door, &other, Counted::Wanted, 10);
    assert_eq!(class(&door, &other, START), StandingClass::Unknown, "ten wanted ones are not yet a name");
    hear(&door, &other, Counted::Wanted, 40);
    assert_eq!(class(&door, &other, START), StandingClass::Good);
}

#[test]
fn what_happened_fades() {
    let door = door();
    let one = sender("192.0.2.7");
    hear(&door, &one, Counted::Spam, 40);
    let points = |now| door.reputation.standing(&one, &ReputationSettings::default(), UnixMillis(now)).points;
    let over: Vec<f64> = (0..9).map(|week| points(START + week * 7 * DAY)).collect();
    assert!(over[0] > 2.0 && over.windows(2).all(|two| two[0] >= two[1]) && over[8] < 0.2, "{over:?}");
    assert_eq!(class(&door, &one, START + 60 * DAY), StandingClass::Unknown);
}

#[test]
fn a_clock_that_steps_back_fades_nothing_and_forgets_nothing() {
    let door = door();
    let one = sender("192.0.2.7");
    hear(&door, &one, Counted::Spam, 40);
    assert_eq!(class(&door, &one, START - 3_600_000), StandingClass::Bad);
    door.reputation.hear(&one, Counted::Spam, &ReputationSettings::default(), UnixMillis(START - 3_600_000));
    let standing = door.reputation.standing(&one, &ReputationSettings::default(), UnixMillis(START));
    assert_eq!(standing.parts.last().unwrap().tally.spam, 41.0);
}

#[test]
fn a_neighbour_of_spammers_is_suspect_until_it_has_a_name_of_its_own() {
    let door = door();
    for n in 1..40 {
        hear(&door, &sender(&format!("192.0.2.{n}")), Counted::Spam, 3);
    }
    let fresh = sender("192.0.2.200");
    let standing = door.reputation.standing(&fresh, &ReputationSettings::default(), UnixMillis(START));
    assert_eq!(standing.class, StandingClass::Suspect, "it is not bad for its neighbours' sake");
    assert!(standing.points > 1.0, "its network has a history: {standing:?}");
    hear(&door, &fresh, Counted::Wanted, 1);
    assert_eq!(class(&door, &fresh, START), StandingClass::Suspect);
    hear(&door, &fresh, Counted::Wanted, 60);
    assert_eq!(class(&door, &fresh, START), StandingClass::Good);
}

#[test]
fn a_proven_domain_speaks_beside_the_address() {
    let door = door();
    let known = Sender { domain: Some("example.com"), ..sender("192.0.2.7") };
    hear(&door, &known, Counted::Wanted, 50);
    let moved = Sender { domain: Some("example.com"), ..sender("203.0.113.7") };
    assert_eq!(class(&door, &moved, START), StandingClass::Good, "the domain moved to another network");
    let bad_place = sender("198.51.100.9");
    hear(&door, &bad_place, Counted::Spam, 50);
    let broken_in = Sender { domain: Some("example.com"), ..bad_place };
    assert_eq!(class(&door, &broken_in, START), StandingClass::Unknown, "one good, one bad");
}

#[test]
fn complaints_and_traps_weigh_more_than_verdicts() {
    let door = door();
    let (complained, trapped) = (sender("192.0.2.7"), sender("198.51.100.7"));
    for one in [&complained, &trapped] {
        hear(&door, one, Counted::Wanted, 30);
        assert_eq!(class(&door, one, START), StandingClass::Good);
    }
    hear(&door, &complained, Counted::Complaint, 5);
    assert_eq!(class(&door, &complained, START), StandingClass::Unknown);
    hear(&door, &trapped, Counted::TrapHit, 15);
    assert_eq!(class(&door, &trapped, START), StandingClass::Suspect);
}

#[test]
fn a_thousand_messages_and_nobody_to_blame_is_platinum() {
    let door = door();
    let one = Sender { as_number: Some(64_496), ..sender("192.0.2.7") };
    hear(&door, &one, Counted::Wanted, 1_200);
    let standing = |door: &Door| door.reputation.standing(&one, &ReputationSettings::default(), UnixMillis(START));
    assert!(standing(&door).parts.iter().any(|part| part.name == "AS64496" && part.is_platinum));
    hear(&door, &one, Counted::Complaint, 1);
    assert!(standing(&door).parts.iter().all(|part| !part.is_platinum));
}
