//! The command parser: a table of lines, and whatever else comes is never a panic.

use edge::smtp::command::{Command, Last, Recipient};
use edge::smtp::parameters::MailParameters;
use message::{Body, ReversePath};
use proptest::prelude::*;

use crate::house::address;

fn mail(text: &str) -> Command {
    let parameters = MailParameters { size: None, body: Body::SevenBit, smtp_utf8: false };
    Command::Mail { from: ReversePath::Address(address(text)), parameters, ascii: text.is_ascii() }
}

fn rcpt(text: &str) -> Command {
    Command::Rcpt { to: Recipient::Address(address(text)), ascii: text.is_ascii() }
}

#[test]
fn lines_are_read_as_they_should_be() {
    let rows: Vec<(&str, Command)> = vec![
        ("ehlo a.example", Command::Ehlo("a.example".into())),
        ("EHLO [192.0.2.1]", Command::Ehlo("[192.0.2.1]".into())),
        ("HELO  a.example trailing", Command::Helo("a.example".into())),
        ("LHLO a", Command::Lhlo("a".into())),
        ("MAIL FROM:<a@example.com>", mail("a@example.com")),
        ("mail from: <a@example.com>", mail("a@example.com")),
        ("MAIL FROM:a@example.com", mail("a@example.com")),
        ("MAIL FROM:<\"a>b\"@example.com>", mail("\"a>b\"@example.com")),
        ("MAIL FROM:<太郎@example.com>", mail("太郎@example.com")),
        ("RCPT TO:<b@example.jp>", rcpt("b@example.jp")),
        ("RCPT TO:<a%b@example.jp>", rcpt("a%b@example.jp")),
        ("RCPT TO:<\"a@other.example\"@example.jp>", rcpt("\"a@other.example\"@example.jp")),
        ("RCPT TO:<PostMaster>", Command::Rcpt { to: Recipient::Postmaster, ascii: true }),
        ("BDAT 0 LAST", Command::Bdat { octets: 0, last: Last::Yes }),
        ("BDAT 12", Command::Bdat { octets: 12, last: Last::No }),
        ("NOOP anything", Command::Noop),
        ("DATA ", Command::Data),
        ("QUIT", Command::Quit),
    ];
    for (line, command) in rows {
        assert_eq!(Command::parse(line.as_bytes()), Ok(command), "{line}");
    }
    let parameters = MailParameters { size: Some(5), body: Body::EightBit, smtp_utf8: true };
    assert_eq!(
        Command::parse(b"MAIL FROM:<> SIZE=5 body=8bitmime SMTPUTF8"),
        Ok(Command::Mail { from: ReversePath::Null, parameters, ascii: true })
    );
}

#[test]
fn bad_lines_have_their_code() {
    let rows: &[(&[u8], u16)] = &[
        (b"", 500),
        (b"FOO", 500),
        (b"GET / HTTP/1.1", 421),
        (b"EHLO", 501),
        (b"MAIL", 501),
        (b"MAIL FROM:", 501),
        (b"MAIL TO:<a@example.com>", 501),
        (b"MAIL FROM:<a@example.com", 501),
        (b"MAIL FROM:<a@example.com>SIZE=1", 501),
        (b"MAIL FROM:<@a.example:b@example.com>", 553),
        (b"MAIL FROM:<a b@example.com>", 553),
        (b"MAIL FROM:<a@example.com> SIZE=x", 501),
        (b"MAIL FROM:<a@example.com> SIZE=1 SIZE=2", 501),
        (b"MAIL FROM:<a@example.com> BODY=BINARYMIME", 555),
        (b"MAIL FROM:<a@example.com> AUTH=<>", 555),
        (b"RCPT TO:<>", 553),
        (b"RCPT TO:<b@example.jp> NOTIFY=NEVER", 555),
        (b"DATA now", 501),
        (b"BDAT", 501),
        (b"BDAT -1", 501),
        (b"BDAT 1 LATER", 501),
        (b"BDAT 99999999999999999999", 501),
        (b"EHLO a\0b", 500),
        (b"EHLO \xff\xfe", 500),
        (b"MAIL FROM:<\x83\x5c@example.com>", 500),
        (b"NOOP \rQUIT", 500),
    ];
    for (line, code) in rows {
        let got = Command::parse(line).map_err(|bad| bad.reply().code);
        assert_eq!(got, Err(*code), "{}", String::from_utf8_lossy(line));
    }
}

proptest! {
    #[test]
    fn any_line_has_an_outcome(line in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Err(bad) = Command::parse(&line) {
            prop_assert!((400..600).contains(&bad.reply().code));
        }
    }

    #[test]
    fn whatever_follows_mail_from_has_an_outcome(tail in "\\PC{0,80}") {
        let line = format!("MAIL FROM:{tail}");
        if let Ok(Command::Mail { from: ReversePath::Address(from), .. }) = Command::parse(line.as_bytes()) {
            // What was read can be written and read again: nothing else can be slipped in by quoting.
            prop_assert_eq!(message::Address::parse(&from.to_string()), Ok(from));
        }
    }
}
