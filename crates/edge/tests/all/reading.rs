//! The DATA reader: its results, and that they do not depend on how the input is split.

use edge::smtp::BareLineEnds;
use edge::smtp::data::{Fault, Framing, MessageReader};
use proptest::prelude::*;

type Outcome = (Result<Vec<u8>, Fault>, usize, bool);

fn read(framing: Framing, bare: BareLineEnds, limit: usize, pieces: &[&[u8]]) -> Outcome {
    let mut reader = MessageReader::new(framing, bare, limit);
    let (mut taken, mut ended) = (0, false);
    for piece in pieces {
        if ended {
            break;
        }
        let fed = reader.feed(piece);
        taken += fed.taken;
        ended = fed.ended;
    }
    (reader.finish().map(|bytes| bytes.to_vec()), taken, ended)
}

#[test]
fn only_crlf_dot_crlf_ends_and_dots_are_unstuffed() {
    let rows: &[(&[u8], &[u8], usize)] = &[
        (b".\r\n", b"", 3),
        (b"a\r\n.\r\nQUIT\r\n", b"a\r\n", 6),
        (b"..a\r\n.\r\n", b".a\r\n", 8),
        (b"...\r\n.\r\n", b"..\r\n", 8),
        (b".a\r\n.\r\n", b"a\r\n", 7),
        (b"a.\r\n.\r\n", b"a.\r\n", 7),
        (b"\r\n\r\n.\r\n", b"\r\n\r\n", 7),
    ];
    for (input, message, taken) in rows {
        let got = read(Framing::Dots, BareLineEnds::Refuse, 100, &[input]);
        assert_eq!(got, (Ok(message.to_vec()), *taken, true), "{}", String::from_utf8_lossy(input));
    }
}

#[test]
fn what_is_not_a_line_end_is_refused_or_normalised() {
    let rows: &[(&[u8], Fault, &[u8])] = &[
        (b"a\nb\r\n.\r\n", Fault::BareLf, b"a\r\nb\r\n"),
        (b"a\rb\r\n.\r\n", Fault::BareCr, b"a b\r\n"),
        (b"a\r\r\n.\r\n", Fault::BareCr, b"a \r\n"),
        (b"a\0b\r\n.\r\n", Fault::Nul, b"a b\r\n"),
        (b"a\n.\r\nb\r\n.\r\n", Fault::BareLf, b"a\r\n.\r\nb\r\n"),
        (b".\rb\r\n.\r\n", Fault::BareCr, b" b\r\n"),
        (b".\n.\r\nb\r\n.\r\n", Fault::BareLf, b"\r\n.\r\nb\r\n"),
    ];
    for (input, fault, normal) in rows {
        let shown = String::from_utf8_lossy(input);
        assert_eq!(
            read(Framing::Dots, BareLineEnds::Refuse, 100, &[input]),
            (Err(*fault), input.len(), true),
            "{shown}"
        );
        let normalised = read(Framing::Dots, BareLineEnds::Normalise, 100, &[input]);
        assert_eq!(normalised, (Ok(normal.to_vec()), input.len(), true), "{shown}");
    }
}

#[test]
fn the_limit_counts_octets_of_the_message() {
    let input = b"..34\r\n.\r\n";
    assert_eq!(read(Framing::Dots, BareLineEnds::Refuse, 5, &[input]).0, Ok(b".34\r\n".to_vec()));
    assert_eq!(read(Framing::Dots, BareLineEnds::Refuse, 4, &[input]), (Err(Fault::TooLarge), 9, true));
}

#[test]
fn a_refused_message_takes_no_memory() {
    let mut reader = MessageReader::new(Framing::Dots, BareLineEnds::Refuse, 1_000);
    let line = vec![b'x'; 65_536];
    for _ in 0..1_600 {
        assert_eq!(reader.feed(&line).taken, line.len());
        assert!(reader.len() <= 1_000);
    }
    assert!(reader.feed(b"\r\n.\r\n").ended);
    assert_eq!(reader.finish(), Err(Fault::TooLarge));
}

#[test]
fn counted_messages_know_no_dots() {
    let got = read(Framing::Counted, BareLineEnds::Refuse, 100, &[b"a\r\n.\r", b"\n.b\r\n"]);
    assert_eq!(got, (Ok(b"a\r\n.\r\n.b\r\n".to_vec()), 10, false));
    assert_eq!(read(Framing::Counted, BareLineEnds::Refuse, 100, &[b"a\r"]).0, Err(Fault::BareCr));
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let octet = prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), Just(0), Just(b'a'), any::<u8>()];
    let line_end = Just(b"\r\n".to_vec());
    prop_oneof![proptest::collection::vec(octet, 0..6), line_end, Just(b"\r\n.".to_vec())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn splitting_changes_nothing(
        pieces in proptest::collection::vec(piece(), 0..12),
        normalise in any::<bool>(),
        counted in any::<bool>(),
        limit in prop_oneof![Just(1_000_usize), 0_usize..20],
    ) {
        let bare = if normalise { BareLineEnds::Normalise } else { BareLineEnds::Refuse };
        let framing = if counted { Framing::Counted } else { Framing::Dots };
        let whole = pieces.concat();
        let split: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let single: Vec<&[u8]> = whole.chunks(1).collect();
        let once = read(framing, bare, limit, &[&whole]);
        prop_assert_eq!(&read(framing, bare, limit, &split), &once);
        prop_assert_eq!(&read(framing, bare, limit, &single), &once);
        if let (Ok(message), _, _) = once {
            prop_assert!(message.len() <= limit);
            let text = message.windows(2).all(|w| (w[0] == b'\r') == (w[1] == b'\n'));
            prop_assert!(text && message.first() != Some(&b'\n') && message.last() != Some(&b'\r'));
            prop_assert!(!message.contains(&0));
        }
    }
}
