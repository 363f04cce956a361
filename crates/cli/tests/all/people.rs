//! Each recipient's own settings decide for that recipient, and consent decides what may be looked at.

use testkit::{NameServer, Sekisho};

use crate::house::{AGREED, HOLDS_ALL, SAID_NOTHING, SOON, held, junk, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";
const TARO: &str = "taro@shirakaba.example.jp";
const MIDORI: &str = "midori@shirakaba.example.jp";

const LABELS_HTML: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1},"label":"[MEIWAKU]",
    "conditions":{"html-present":{"then":"deliver","label":"subject"}}}"#;

fn phishing() -> Vec<u8> {
    let samples = testkit::corpus::samples();
    samples.into_iter().find(|sample| sample.name.contains("card-phishing")).expect("the sample is there").message
}

/// With a name server that knows nobody.
fn with_names() -> (NameServer, Sekisho) {
    let server = NameServer::start("");
    let sekisho = maildirs().key("dns", "servers", &server.as_value()).start();
    (server, sekisho)
}

fn subjects(sekisho: &Sekisho, address: &str) -> Vec<String> {
    let messages = sekisho.maildir(address).messages();
    let line = |message: &Vec<u8>| {
        let text = String::from_utf8_lossy(message).into_owned();
        text.lines().find(|line| line.starts_with("Subject:")).unwrap_or_default().to_owned()
    };
    messages.iter().map(line).collect()
}

#[test]
fn one_message_to_three_people_has_three_outcomes() {
    let sekisho = maildirs().start();
    sekisho.subscriber(HANAKO, HOLDS_ALL);
    sekisho.subscriber(TARO, LABELS_HTML);
    sekisho.subscriber(MIDORI, SAID_NOTHING);
    let html = b"From: a@sumire.example.jp\nTo: x@shirakaba.example.jp\nSubject: News\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<p>Hello, this is the news of our choir.</p>\n";
    let reply = sekisho.client().send_message("a@sumire.example.jp", &[HANAKO, TARO, MIDORI], html).unwrap();
    assert_eq!(reply.code, 250, "{}", reply.text());
    assert_eq!((held(&sekisho, HANAKO), sekisho.maildir(HANAKO).len()), (1, 0), "held for one");
    assert_eq!(subjects(&sekisho, TARO), ["Subject: [MEIWAKU] News"], "labelled for the second");
    assert_eq!(subjects(&sekisho, MIDORI), ["Subject: News"], "as it came for the third");
    let explained = sekisho.run(&["explain", &junk(&sekisho, HANAKO)[0].reference, "--language", "en"]);
    assert!(explained.contains(HANAKO), "{explained}");
    assert!(
        !explained.contains(TARO) && !explained.contains(MIDORI),
        "a row never shows another recipient: {explained}"
    );
}

#[test]
fn who_agreed_is_protected_and_told_why_in_both_languages() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, AGREED);
    let mut client = sekisho.client_from("203.0.113.77", "vps");
    let reply = client.send_message("info@kakunin.example", &[HANAKO], &phishing()).unwrap();
    assert_eq!(reply.code, 250);
    assert_eq!((held(&sekisho, HANAKO), sekisho.maildir(HANAKO).len()), (1, 0));
    let reference = junk(&sekisho, HANAKO)[0].reference.clone();
    let english = sekisho.run(&["explain", &reference, "--language", "en"]);
    let japanese = sekisho.run(&["explain", &reference, "--language", "ja"]);
    assert!(english.lines().any(|line| line.starts_with("1. ")), "findings are listed: {english}");
    assert!(japanese.contains("控え番号") && japanese.lines().any(|line| line.starts_with("1. ")), "{japanese}");
}

#[test]
fn who_said_nothing_gets_the_mail_and_nothing_about_its_content_is_recorded() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(MIDORI, SAID_NOTHING);
    let mut client = sekisho.client_from("203.0.113.77", "vps");
    let reply = client.send_message("info@kakunin.example", &[MIDORI], &phishing()).unwrap();
    assert_eq!(reply.code, 250);
    assert_eq!((held(&sekisho, MIDORI), sekisho.maildir(MIDORI).len()), (0, 1));
    let delivered = String::from_utf8_lossy(&sekisho.maildir(MIDORI).messages()[0]).into_owned();
    assert!(!delivered.contains("X-Spam") && !delivered.contains("X-Sekisho-Class"), "{delivered}");
    assert!(delivered.contains("Authentication-Results:"), "authentication is verified and labelled for everyone");
    let reference = reply.reference().expect("the reply names a reference");
    let explained = testkit::wait::until("record of the delivery", SOON, || {
        let output = sekisho.command(&["explain", &reference, "--language", "en"]);
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    });
    for word in ["link", "HTML", "card", "Bayes", "Subject", "text"] {
        let seen = explained.lines().filter(|line| line.chars().next().is_some_and(|c| c.is_ascii_digit()));
        for line in seen {
            assert!(!line.contains(word), "content was looked at without consent: {line}");
        }
    }
    let learned = sekisho.command(&["learn", "spam", "--for", MIDORI, &sample_file()]);
    let said = format!("{}{}", String::from_utf8_lossy(&learned.stdout), String::from_utf8_lossy(&learned.stderr));
    let status = sekisho.run(&["status"]);
    assert!(status.contains("0 spam"), "nothing was learned: {status} after {said}");
}

fn sample_file() -> String {
    testkit::corpus::root().join("corpus/14-card-phishing.eml").to_string_lossy().into_owned()
}

#[test]
fn withdrawing_consent_is_in_force_on_the_next_message() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, AGREED);
    let mut client = sekisho.client_from("203.0.113.77", "vps");
    client.send_message("info@kakunin.example", &[HANAKO], &phishing()).unwrap();
    assert_eq!(held(&sekisho, HANAKO), 1);
    sekisho.settings(HANAKO, r#"{"consent":{"given":false,"at":1700000001000,"text":1}}"#);
    client.send_message("info@kakunin.example", &[HANAKO], &phishing()).unwrap();
    assert_eq!((held(&sekisho, HANAKO), sekisho.maildir(HANAKO).len()), (1, 1));
}
