//! Exim asks at DATA, in both of its ways, and delivers real messages.

use testkit::exim::{Asks, Exim};
use testkit::{Client, Sekisho, wait};

use crate::house::{HOLDS_ALL, SOON, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";
const TARO: &str = "taro@shirakaba.example.jp";
const JIRO: &str = "jiro@shirakaba.example.jp";
/// Comes again until the virus scanner, which is not there, has looked at it.
const DEFERS: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1},"unknown":{"virus":{"then":"defer"}}}"#;
const REFUSES: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1},
    "refuse":[{"kind":"everyone"}],"refused":{"then":"refuse"}}"#;
const PEOPLE: [&str; 4] = ["hanako", "taro", "jiro", "kenji"];

/// The lines of `docs/with/exim.md`, so that what stands there is what was tried.
fn acl(heading: &str) -> String {
    let page = std::fs::read_to_string(testkit::corpus::root().join("docs/with/exim.md")).expect("the page is there");
    let (_, after) = page.split_once(heading).expect("its heading is there");
    let (_, code) = after.split_once("acl_check_data:\n").expect("the ACL is there");
    let (lines, _) = code.split_once("```").expect("the block ends");
    lines.lines().filter(|line| line.trim() != "accept").map(|line| format!("{line}\n")).collect()
}

fn send(exim: &Exim, to: &[&str], subject: &str) -> testkit::Reply {
    let message = format!("From: a@example.com\nTo: x@shirakaba.example.jp\nSubject: {subject}\n\nhello\n");
    Client::connect(exim.smtp).unwrap().send_message("a@example.com", to, message.as_bytes()).unwrap()
}

fn delivered(exim: &Exim, to: &str, count: usize) -> String {
    let maildir = exim.maildir(to);
    wait::until("message in the Maildir of Exim", SOON, || (maildir.len() == count).then_some(()));
    String::from_utf8_lossy(maildir.messages().last().expect("it is there")).into_owned()
}

fn people(sekisho: &Sekisho) {
    sekisho.subscriber(HANAKO, HOLDS_ALL);
    sekisho.subscriber(TARO, r#"{"consent":{"given":true,"at":1700000000000,"text":1}}"#);
    sekisho.subscriber(JIRO, REFUSES);
    sekisho.subscriber("kenji@shirakaba.example.jp", DEFERS);
}

#[test]
fn exim_asks_as_it_asks_rspamd() {
    let sekisho = maildirs().key("clamd", "address", "\"/nowhere/clamd.sock\"").start();
    people(&sekisho);
    let asks = Asks::Rspamd(sekisho.rspamd);
    let Some(exim) = Exim::start("shirakaba.example.jp", &PEOPLE, &asks, &acl("variant=rspamd")) else { return };
    assert_eq!(send(&exim, &[TARO], "for Taro").code, 250);
    let message = delivered(&exim, TARO, 1);
    assert!(!message.contains("X-Spam-Flag"), "{message}");
    assert_eq!(send(&exim, &[HANAKO], "for Hanako").code, 250);
    let message = delivered(&exim, HANAKO, 1);
    assert!(message.contains("X-Spam-Flag: YES"), "{message}");
    assert_eq!(send(&exim, &[HANAKO, TARO], "for both").code, 250);
    assert!(!delivered(&exim, TARO, 2).contains("X-Spam-Flag"), "her list is not applied to him");
    let refused = send(&exim, &[JIRO], "for Jiro");
    assert_eq!(refused.code, 550, "{}", refused.text());
    let later = send(&exim, &["kenji@shirakaba.example.jp"], "for Kenji");
    assert_eq!(later.code, 451, "{}", later.text());
    assert!(!exim.log().contains("spam acl condition"), "{}", exim.log());
    sekisho.must_not_have_panicked();
}

#[test]
fn exim_asks_as_it_asks_spamassassin() {
    let (setup, spamd) = maildirs().listen("spamd");
    let sekisho = setup.key("clamd", "address", "\"/nowhere/clamd.sock\"").start();
    people(&sekisho);
    let Some(exim) = Exim::start("shirakaba.example.jp", &PEOPLE, &Asks::Spamd(spamd), &acl("as SpamAssassin")) else {
        return;
    };
    assert_eq!(send(&exim, &[TARO], "for Taro").code, 250);
    assert!(!delivered(&exim, TARO, 1).contains("X-Spam-Flag"));
    assert_eq!(send(&exim, &[HANAKO], "for Hanako").code, 250);
    let message = delivered(&exim, HANAKO, 1);
    assert!(message.contains("X-Spam-Flag: YES"), "{message}");
    assert_eq!(send(&exim, &[HANAKO, TARO], "for both").code, 250);
    assert!(!delivered(&exim, TARO, 2).contains("X-Spam-Flag"), "her list is not applied to him");
    let later = send(&exim, &["kenji@shirakaba.example.jp"], "for Kenji");
    assert_eq!(later.code, 451, "come again: {}", later.text());
    sekisho.must_not_have_panicked();
}

#[test]
fn without_sekisho_exim_puts_mail_off() {
    let (setup, spamd) = maildirs().listen("spamd");
    let mut sekisho = setup.start();
    let Some(exim) = Exim::start("shirakaba.example.jp", &PEOPLE, &Asks::Spamd(spamd), &acl("as SpamAssassin")) else {
        return;
    };
    sekisho.kill();
    let later = send(&exim, &[TARO], "nobody to ask");
    assert!(later.is_later(), "nothing is accepted unjudged: {}", later.text());
    sekisho.start_again();
    assert_eq!(send(&exim, &[TARO], "asked again").code, 250);
    delivered(&exim, TARO, 1);
}
