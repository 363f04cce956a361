//! What a real Postfix does with the rarer answers by milter: a body that is replaced, its hold queue, and recipients
//! that it refuses by itself and only tells.

use message::{Limits, Message};
use testkit::clamd::{Clamd, EICAR_NAME, MARKER};
use testkit::{Client, Setup, http, wait};

use crate::faults::SmallDisk;
use crate::house::{AGREED, HOLDS_ALL, PLAIN, SAID_NOTHING, SOON, held, junk};
use crate::milter::{DOMAIN, HANAKO, KEN, Pair, TARO};
use crate::viruses::{carrying, removes, zip};

#[test]
fn the_dangerous_part_is_gone_from_what_postfix_delivers_and_the_original_is_kept() {
    let Some(clamd) = Clamd::start() else { return };
    let address = clamd.as_value();
    let Some(pair) = Pair::start("", None, |setup| setup.key("clamd", "address", &address)) else { return };
    pair.sekisho.subscriber(HANAKO, &removes("en"));
    pair.sekisho.subscriber(TARO, &removes("en"));
    let message = carrying("invoice.zip", &zip("a.txt", &testkit::clamd::eicar()));
    let reply = pair.send(&[HANAKO, TARO], &message);
    assert_eq!(reply.code, 250, "{}", reply.text());
    for to in [HANAKO, TARO] {
        let got = pair.delivered(to, 1).remove(0);
        let read = Message::parse(got.clone().into_bytes().into(), &Limits::default());
        assert!(read.text.contains(EICAR_NAME) && read.text.contains("taken out"), "{}", read.text);
        assert!(got.contains("Here is the invoice.  \n--b\n"), "{got}");
        assert!(got.contains("\nA preamble.\n--b\n") && got.ends_with("R0lGODlhAQABAAAAACw=\n--b--\n"), "{got}");
        assert!(!got.contains("filename=\"invoice.zip\"") && !got.contains("application/zip"), "{got}");
        assert!(got.contains("Subject: The invoice\n"), "the header section stays: {got}");
        assert_eq!(held(&pair.sekisho, to), 1, "the original is kept for {to}");
    }
    // A release brings the original, whole, past the filter.
    let reference = junk(&pair.sekisho, HANAKO)[0].reference.clone();
    pair.sekisho.run(&["junk", "release", &reference]);
    let both = pair.delivered(HANAKO, 2);
    let original = String::from_utf8_lossy(&message).into_owned();
    assert!(both.iter().any(|got| got.ends_with(&original)), "{both:#?}");
}

#[test]
fn a_body_for_all_cannot_be_replaced_for_one() {
    let Some(clamd) = Clamd::start() else { return };
    let address = clamd.as_value();
    let Some(pair) = Pair::start("", None, |setup| setup.key("clamd", "address", &address)) else { return };
    pair.sekisho.subscriber(HANAKO, &removes("en"));
    pair.sekisho.subscriber(TARO, AGREED);
    pair.sekisho.subscriber(KEN, SAID_NOTHING);
    // Taro's copy is held as shipped, so what goes on is Hanako's alone.
    let message = carrying("invoice.zip", &zip("a.txt", MARKER.as_bytes()));
    assert_eq!(pair.send(&[HANAKO, TARO], &message).code, 250);
    let got = pair.delivered(HANAKO, 1).remove(0);
    assert!(!got.contains("application/zip"), "{got}");
    assert_eq!((held(&pair.sekisho, HANAKO), held(&pair.sekisho, TARO)), (1, 1));
    // Ken never agreed, and gets what was sent: nobody's content is changed without a word of theirs. Hers is held.
    let message = carrying("another.zip", &zip("b.txt", MARKER.as_bytes()));
    assert_eq!(pair.send(&[HANAKO, KEN], &message).code, 250);
    let got = pair.delivered(KEN, 1).remove(0);
    assert!(got.ends_with(&String::from_utf8_lossy(&message).into_owned()), "{got}");
    assert_eq!(held(&pair.sekisho, HANAKO), 2);
    pair.nothing_more(HANAKO, 1);
    pair.nothing_more(TARO, 0);
}

#[test]
fn what_lies_in_postfixs_hold_queue_is_let_go_by_staff() {
    let Some(disk) = SmallDisk::mount(48) else { return };
    let data = disk.path().join("data");
    let change = |setup: Setup| setup.key("milter", "on_fault", "\"quarantine\"").data_in(data);
    let Some(pair) = Pair::start("", None, change) else { return };
    pair.sekisho.subscriber(HANAKO, HOLDS_ALL);
    disk.fill();
    wait::until("notice that the store cannot be written", SOON, || {
        matches!(http::get(pair.sekisho.metrics, "/ready"), Ok((503, _))).then_some(())
    });
    assert_eq!(pair.send(&[HANAKO], PLAIN).code, 250);
    wait::until("the hold queue", SOON, || pair.postfix.log().contains("milter-hold").then_some(()));
    pair.nothing_more(HANAKO, 0);
    disk.make_room();
    pair.postfix.release_held();
    // It is delivered as it came: nobody has judged it.
    let all = pair.delivered(HANAKO, 2);
    assert!(all.iter().any(|got| got.contains("Subject: A walk") && got.contains("s@example.com")), "{all:#?}");
    assert_eq!(held(&pair.sekisho, HANAKO), 0);
}

#[test]
fn who_asks_postfix_for_many_unknown_recipients_is_refused_by_the_door() {
    let change = |setup: Setup| setup.key("door", "trusted", "[]").key("door", "unknown_refused_from", "6");
    let Some(pair) = Pair::start("", None, change) else { return };
    let source = "192.0.2.10";
    let session = || {
        let mut client = Client::connect(pair.postfix.smtp).expect("Postfix answers");
        client.pose_as(source, "mail.sumire.example.jp").expect("XCLIENT is taken from loopback");
        client
    };
    let ask = |client: &mut Client, line: &str| client.ask(line).expect("the dialogue goes on");
    let mut client = session();
    client.say("MAIL FROM:<s@example.com>").expect("yes");
    // Relaying is refused too, and says nothing about recipients.
    for number in 0..6 {
        let said = ask(&mut client, &format!("RCPT TO:<x{number}@elsewhere.example.com>"));
        assert!(said.is_no() && said.text().contains("5.7.1"), "{}", said.text());
    }
    assert!(ask(&mut client, &format!("RCPT TO:<{HANAKO}>")).is_yes());
    client.say("RSET").expect("yes");
    client.say("MAIL FROM:<s@example.com>").expect("yes, so far");
    for number in 0..6 {
        let said = ask(&mut client, &format!("RCPT TO:<guess{number}@{DOMAIN}>"));
        assert!(said.is_no(), "{}", said.text());
    }
    let mut again = session();
    let said = ask(&mut again, "MAIL FROM:<s@example.com>");
    assert!(said.is_no() && said.text().contains("5.7.1"), "refused for hours: {}", said.text());
    let explained = pair.sekisho.run(&["door", "explain", source, "--language", "en"]);
    assert!(explained.contains("unknown recipients") && explained.contains("since 20"), "{explained}");
    assert_eq!(pair.send(&[HANAKO], PLAIN).code, 250, "others are as welcome as ever");
}
