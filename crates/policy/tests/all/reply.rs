//! The one mouth.

use policy::{Lookup, Reason, Reply};

const LOOKUP: Lookup<'_> = Lookup { reference: "7K3Q92MXAB4C", page: None };

#[test]
fn a_refusal_reveals_no_rule_and_gives_the_reference() {
    let reasons = [
        (Reason::RefuseList { entry: "secret.example".into() }, 550),
        (Reason::Keyword { rule: "secret rule".into() }, 550),
        (Reason::Condition { reason: "html-present".into() }, 550),
        (Reason::Threshold { threshold: 5.0 }, 554),
        (Reason::Malware, 554),
    ];
    for (reason, code) in reasons {
        let reply = Reply::refused(&reason, LOOKUP);
        assert_eq!((reply.code, reply.enhanced), (code, Some((5, 7, 1))));
        let wire = reply.wire();
        assert!(wire.contains("7K3Q92MXAB4C"), "{wire}");
        for word in ["secret", "html", "threshold", "5.0", "list", "keyword"] {
            assert!(!wire.contains(word), "{wire}");
        }
        assert!(!reply.private.is_empty());
    }
}

#[test]
fn the_operators_page_is_named_where_there_is_one() {
    let lookup = Lookup { page: Some("https://mail.example.jp/r/"), ..LOOKUP };
    let wire = Reply::refused(&Reason::Malware, lookup).wire();
    assert_eq!(
        wire,
        "554-5.7.1 The recipient does not accept this message\r\n\
         554 5.7.1 Reference 7K3Q92MXAB4C https://mail.example.jp/r/7K3Q92MXAB4C\r\n"
    );
}

#[test]
fn every_kind_has_its_codes() {
    let rows = [
        (Reply::unknown_user(), "550 5.1.1"),
        (Reply::relay_denied(), "550 5.7.1"),
        (Reply::mail_loop(51), "554 5.4.6"),
        (Reply::too_many_recipients(), "452 4.5.3"),
        (Reply::too_big(10), "552 5.3.4"),
        (Reply::our_fault("disk full"), "451 4.3.0"),
        (Reply::next_hop_away("refused"), "451 4.4.1"),
        (Reply::no_recipients(), "554 5.5.1"),
        (Reply::bare_line_end(), "550 5.6.0"),
        (Reply::too_slow(), "421 4.4.2"),
        (Reply::shutting_down(), "421 4.3.2"),
        (Reply::too_much("100 connections"), "421 4.7.0"),
    ];
    for (reply, start) in rows {
        let wire = reply.wire();
        assert!(wire.starts_with(start), "{wire}");
        assert!(wire.ends_with("\r\n") && !wire.contains(&reply.private) || reply.private.is_empty(), "{wire}");
        assert_eq!(reply.is_temporary(), start.starts_with('4'));
        assert_eq!(reply.is_permanent(), start.starts_with('5'));
    }
}

#[test]
fn a_fault_of_ours_is_never_permanent() {
    assert!(Reply::refused(&Reason::Fault { what: "store".into() }, LOOKUP).is_temporary());
}

#[test]
fn the_next_hops_answer_cannot_break_the_dialogue() {
    let reply = Reply::passed_on(550, Some((5, 2, 2)), "mailbox\x07 full\r\n250 2.0.0 ok\r\n日本");
    let wire = reply.wire();
    assert_eq!(wire, "550-5.2.2 mailbox? full\r\n550-5.2.2 250 2.0.0 ok\r\n550 5.2.2 ??\r\n");
    assert_eq!(Reply::passed_on(550, Some((4, 2, 2)), "x").enhanced, Some((5, 0, 0)), "classes agree");
    assert_eq!(Reply::passed_on(421, None, "").enhanced, Some((4, 0, 0)));
    assert!(Reply::passed_on(354, None, "go on").is_temporary(), "an answer that makes no sense is our fault");
    let many = Reply::passed_on(450, None, &"a\n".repeat(100));
    assert_eq!(many.wire().lines().count(), 5);
    let long = Reply::new(550, (5, 0, 0), "x".repeat(2_000)).wire();
    assert_eq!(long.len(), 512);
}
