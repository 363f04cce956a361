//! Signatures: variants are found from one example, wanted mail is not, and a set's file is believed only when it is whole.

use content::heuristics::ClassHint;
use content::signatures::file::{NewSet, Problem, SetError, SigningKey, load, load_more, peek, write};
use content::signatures::{Entry, Fingerprints, Kind, Level, Library, Match, PROBES, Segment, SegmentMaker, Set};
use message::{Limits, Message};

use crate::mail::{letter, mail};

const OFFER: &str = "I am the lawyer of the late Mr Engelbert who left a great sum in our bank and no heirs at all.\n\
    As you bear the same name I propose that you stand as the next of kin so that the money can be paid to us.\n\
    All that I ask for is your honest cooperation and that you keep this matter between the two of us.\n\
    Please send me your telephone number and the name of your bank without any delay, for time is short.";

fn of(raw: &str) -> Message {
    Message::parse(raw.replace('\n', "\r\n").into_bytes().into(), &Limits::default())
}

fn entries(message: &Message, first: u32) -> Vec<Entry> {
    let entry = |(signature, number)| Entry {
        number,
        class: ClassHint::FeeFraud,
        expires: 20_000,
        origin: "trap".into(),
        signature,
    };
    Fingerprints::of(message).signatures().into_iter().zip(first..).map(entry).collect()
}

fn library(entries: &[Entry], withdrawn: &[u32]) -> Library {
    let segment = Segment::of(entries).expect("few entries fit");
    let withdrawn = std::sync::Arc::new(withdrawn.iter().copied().collect());
    Library { sets: vec![Set { name: "test".into(), segments: vec![segment.into()], withdrawn }] }
}

fn found(library: &Library, message: &Message) -> Vec<Match> {
    library.look_up(&Fingerprints::of(message), 10_000)
}

#[test]
fn a_text_is_found_again_under_noise() {
    let library = library(&entries(&letter("a@example.com", "Dear friend", OFFER), 1), &[]);
    let zero_width = OFFER.replace("money", "mo\u{200B}ney").replace("bank", "b\u{AD}ank");
    let padded = format!(
        "Hello Hanako,\n\n{OFFER}\n\nzebra lantern orchard pocket thunder marble velvet anchor bishop candle harvest \
         window gravel copper basket ribbon saddle timber walnut meadow x7f2q9 http://pills.example/?id=77123"
    );
    let mut lines: Vec<&str> = OFFER.lines().collect();
    lines.swap(0, 2);
    let reworded = OFFER.replace("great sum", "fortune").replace("honest", "full").replace("short", "precious");
    for variant in [OFFER.to_owned(), zero_width, padded, lines.join("\n"), reworded] {
        let matches = found(&library, &letter("b@example.org", "Re: 77 urgent", &variant));
        let first = matches.first().unwrap_or_else(|| panic!("not found: {variant}"));
        assert!(first.level >= Level::High && first.kind == Kind::Text, "{first:?}");
        assert_eq!(
            (first.number, first.class, first.origin.as_str(), &*first.set),
            (1, ClassHint::FeeFraud, "trap", "test")
        );
    }
}

#[test]
fn html_noise_changes_nothing() {
    let page = |text: &str| {
        of(&format!(
            "Subject: s\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<html><body>{text}</body></html>\n"
        ))
    };
    let library = library(&entries(&page(&format!("<p>{OFFER}</p>")), 1), &[]);
    let noisy = OFFER.replace("lawyer", "law<!-- k3j -->yer").replace("sum", "s&#117;m").replace("bank", "<xyzzy>bank");
    let hidden =
        "<span style=\"display:none\">meadow lantern harvest</span><div style=\"font-size:0\">apple pear</div>";
    let matches = found(&library, &page(&format!("<div>{hidden}<b>{noisy}</b>{hidden}</div>")));
    assert!(matches.first().is_some_and(|found| found.level >= Level::Middle), "{matches:?}");
}

#[test]
fn what_quotes_or_says_little_makes_no_signature_and_is_not_hit() {
    let library = library(&entries(&letter("a@example.com", "Dear friend", OFFER), 1), &[]);
    let quoted: String = OFFER.lines().map(|line| format!("> {line}\n")).collect();
    let answer =
        letter("c@example.jp", "Re: is this real?", &format!("Look at what came today, is this real?\n\n{quoted}"));
    assert_eq!(found(&library, &answer), []);
    for (subject, body) in [
        ("", ""),
        ("test", "test"),
        ("see you", "OK, see you tomorrow.\n-- \nHanako"),
        ("photo", "http://www.example.jp/album/1"),
        (
            "x",
            "Thanks!\n\n_______________________________________________\nusers mailing list\nTo leave the list go to\nhttp://lists.example.org/users",
        ),
    ] {
        assert_eq!(Fingerprints::of(&letter("c@example.jp", subject, body)).signatures(), [], "{body}");
    }
}

#[test]
fn a_file_is_found_by_its_octets_and_an_archive_by_what_is_in_it() {
    let with = |name: &str, octets: &str| {
        of(&format!(
            "Subject: s\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nsee file\n--b\n\
             Content-Type: application/octet-stream; name={name}\nContent-Disposition: attachment\n\n{octets}\n--b--\n"
        ))
    };
    let octets = "MZ program ".repeat(60);
    let library = library(&entries(&with("a.exe", &octets), 1), &[]);
    assert_eq!(found(&library, &with("invoice.scr", &octets))[0].kind, Kind::Attachment);
    assert_eq!(found(&library, &with("a.exe", &octets.replace("program", "programs"))), []);
}

#[test]
fn expiry_and_withdrawal_end_an_entry() {
    let message = letter("a@example.com", "Dear friend", OFFER);
    let entries = entries(&message, 7);
    let held = library(&entries, &[]);
    assert!(!held.look_up(&Fingerprints::of(&message), 20_000).is_empty(), "the last day is in force");
    assert!(held.look_up(&Fingerprints::of(&message), 20_001).is_empty());
    let numbers: Vec<u32> = entries.iter().map(|entry| entry.number).collect();
    assert!(found(&library(&entries, &numbers), &message).is_empty());
    assert_eq!(library(&entries, &numbers).len(), 0);
}

#[test]
fn numbers_must_ascend_and_stay_together() {
    let mut entries = entries(&letter("a@example.com", "Dear friend", OFFER), 9);
    let mut second = entries[0].clone();
    second.number = 9;
    entries.push(second);
    assert!(Segment::of(&entries).is_err());
    entries[1].number = 9 + (1 << 24);
    assert!(Segment::of(&entries).is_err());
    entries[1].number = 1_000_000;
    assert_eq!(Segment::of(&entries).expect("a gap is allowed").len(), 2);
}

fn file(key: &SigningKey, entries: &[Entry], withdrawn: &[u32], serial: u64, follows: u64) -> Vec<u8> {
    let mut file = Vec::new();
    let set = NewSet { name: "feed", serial, follows, created: 1_700_000_000_000, withdrawn };
    write(&mut file, &set, || entries.iter().cloned(), key).expect("memory can be written");
    file
}

#[test]
fn a_set_comes_back_from_its_file_and_deltas_add_to_it() {
    let key = SigningKey::from_secret(&[7; 32]);
    let message = letter("a@example.com", "Dear friend", OFFER);
    let octets = file(&key, &entries(&message, 1), &[], 1, 0);
    let loaded = load(|| Ok(octets.as_slice()), &[key.public()]).expect("the file is right");
    assert_eq!((loaded.header.name.as_str(), loaded.header.serial, loaded.signer), ("feed", 1, key.public()));
    assert_eq!(loaded.segment.len(), entries(&message, 1).len());
    let delta = file(&key, &entries(&message, 50), &[1], 2, 1);
    assert_eq!(peek(delta.as_slice()).expect("a header").follows, 1);
    let mut maker = SegmentMaker::new(0);
    assert_eq!(load_more(delta.as_slice(), &[key.public()], &mut maker).expect("the delta is right"), [1]);
    assert_eq!(maker.done().len(), entries(&message, 50).len());
}

#[test]
fn a_large_set_is_read_twice_and_is_the_same() {
    let key = SigningKey::from_secret(&[7; 32]);
    let one = entries(&letter("a@example.com", "Dear friend", OFFER), 1).remove(0);
    let many: Vec<Entry> = (1..=120_000_u32)
        .map(|number| {
            let mut entry = one.clone();
            entry.number = number;
            if number != 77_777 {
                entry.signature.fingerprints.iter_mut().zip(1..).for_each(|(fingerprint, at)| {
                    *fingerprint = (number * 16 + at).wrapping_mul(2_654_435_761);
                });
            }
            entry
        })
        .collect();
    let octets = file(&key, &many, &[], 1, 0);
    let loaded = load(|| Ok(octets.as_slice()), &[key.public()]).expect("the file is right");
    let set = Set { name: "feed".into(), segments: vec![loaded.segment.into()], withdrawn: Default::default() };
    let library = Library { sets: vec![set] };
    let matches = found(&library, &letter("b@example.com", "Dear friend", OFFER));
    assert_eq!(matches.iter().map(|found| found.number).collect::<Vec<_>>(), [77_777]);
    assert!(
        found(
            &library,
            &letter(
                "c@example.com",
                "lunch",
                "Shall we have lunch together on Monday, at the place near the river, if you have the time for it?"
            )
        )
        .is_empty()
    );
}

#[test]
fn damage_anywhere_is_told_with_its_place() {
    let (key, other) = (SigningKey::from_secret(&[7; 32]), SigningKey::from_secret(&[8; 32]));
    let octets = file(&key, &entries(&letter("a@example.com", "Dear friend", OFFER), 1), &[3, 4], 1, 0);
    let read =
        |octets: &[u8]| load(|| Ok(octets), &[key.public()]).map(|loaded| loaded.header).map_err(|e: SetError| e);
    for end in 0..octets.len() {
        let fault = read(&octets[..end]).expect_err("a file that ends early");
        assert!(fault.offset <= end as u64 && fault.to_string().starts_with("octet "), "cut at {end}: {fault}");
    }
    for at in 0..octets.len() {
        let mut damaged = octets.clone();
        damaged[at] ^= 0x11;
        assert!(read(&damaged).is_err(), "octet {at} changed");
    }
    let longer = [octets.as_slice(), b"x"].concat();
    assert!(matches!(read(&longer).expect_err("more").problem, Problem::After));
    assert!(matches!(read(b"From a@example.jp").expect_err("a letter").problem, Problem::Magic));
    let strange = load(|| Ok(octets.as_slice()), &[other.public()]).expect_err("signed by a stranger");
    assert!(strange.to_string().contains(&key.public().to_string()), "{strange}");
}

#[test]
fn hostile_messages_only_have_fingerprints() {
    let long = "many words that never end and go on and on ".repeat(40_000);
    let dense = "無料当選".repeat(100_000);
    let tags = "<table><tr><td>".repeat(50_000);
    for body in [long.as_str(), dense.as_str(), tags.as_str(), "\u{FFFD}\u{0}\u{200B}", "━━━━\n＝＝＝＝"] {
        let made = Fingerprints::of(&mail("From: a@example.jp\nSubject: =?x?q?=", body));
        assert!(made.probes().len() <= PROBES);
    }
}
