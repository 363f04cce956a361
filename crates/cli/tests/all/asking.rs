//! A real Postfix with Sekisho as before-queue proxy, and with Sekisho as policy service.

use testkit::postfix::{Postfix, Role};
use testkit::{Client, Setup, wait};

use crate::house::{AGREED, HOLDS_ALL, PLAIN, PROGRAM, SOON, held};

const DOMAIN: &str = "shirakaba.example.jp";
const HANAKO: &str = "hanako@shirakaba.example.jp";
const TARO: &str = "taro@shirakaba.example.jp";
const KEN: &str = "ken@shirakaba.example.jp";
const LABELS_ALL: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1},"refuse":[{"kind":"everyone"}],"refused":{"then":"deliver","label":"both"}}"#;
const REFUSES_ALL: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1},"refuse":[{"kind":"everyone"}],"refused":{"then":"refuse"}}"#;
const FINAL: Role<'_> = Role::Final { domain: DOMAIN, known: &[HANAKO, TARO, KEN] };

fn delivered(postfix: &Postfix, to: &str) -> String {
    let maildir = postfix.maildir(to);
    wait::until(&format!("a message for {to}"), SOON, || (!maildir.is_empty()).then_some(()));
    String::from_utf8_lossy(&maildir.messages()[0]).into_owned()
}

#[test]
fn before_the_queue_each_recipient_gets_an_own_rendering() {
    let (setup, smtp) = Setup::new(PROGRAM).smtp();
    let filter = format!("smtpd_proxy_filter = {}:{}", smtp.ip(), smtp.port());
    let Some(postfix) = Postfix::start_with(&FINAL, &filter) else { return };
    let sekisho = setup.domain(DOMAIN, &postfix.back_as_value(), &[("known", "\"any\"")]).start();
    for (who, settings) in [(HANAKO, LABELS_ALL), (TARO, HOLDS_ALL), (KEN, AGREED)] {
        sekisho.subscriber(who, settings);
    }
    let mut client = Client::connect(postfix.smtp).expect("Postfix answers");
    client.pose_as("192.0.2.10", "mail.sumire.example.jp").expect("XCLIENT is taken from loopback");
    let reply = client.send_message("s@example.com", &[HANAKO, TARO, KEN], PLAIN).expect("the dialogue goes on");
    assert_eq!(reply.code, 250, "{}", reply.text());
    let (labelled, plain) = (delivered(&postfix, HANAKO), delivered(&postfix, KEN));
    assert!(labelled.contains("X-Spam-Flag: YES") && labelled.contains("] A walk\n"), "{labelled}");
    assert!(!plain.contains("X-Spam-Flag") && plain.contains("\nSubject: A walk\n"), "{plain}");
    assert_eq!(held(&sekisho, TARO), 1);
    let here = plain.find("by mx.sekisho.example.jp").expect("our own trace field");
    let from = plain[..here].rfind("Received: from ").expect("it says from whom");
    assert!(
        plain[from..here].contains("mail.sumire.example.jp") && plain[from..here].contains("[192.0.2.10]"),
        "{plain}"
    );

    sekisho.subscriber(KEN, REFUSES_ALL);
    let mut client = Client::connect(postfix.smtp).expect("Postfix answers");
    let reply = client.send_message("s@example.com", &[KEN], PLAIN).expect("the dialogue goes on");
    assert!(reply.is_no() && reply.reference().is_some(), "said while the sender waits: {}", reply.text());
}

#[test]
fn by_policy_delegation_postfix_asks_at_rcpt() {
    let (setup, policy) = Setup::new(PROGRAM).listen("policy");
    let asking = format!(
        "smtpd_recipient_restrictions = reject_unlisted_recipient, check_policy_service inet:{}:{}\n\
         smtpd_policy_service_try_limit = 1\nsmtpd_policy_service_timeout = 5s",
        policy.ip(),
        policy.port()
    );
    let Some(postfix) = Postfix::start_with(&FINAL, &asking) else { return };
    let mut sekisho = setup
        .domain(DOMAIN, &postfix.back_as_value(), &[("known", "\"table\"")])
        .key("smtp", "recipients", "1")
        .start();
    sekisho.subscriber(HANAKO, AGREED);
    sekisho.subscriber(KEN, AGREED);
    let rcpt = |client: &mut Client, to: &str| client.ask(&format!("RCPT TO:<{to}>")).expect("the dialogue goes on");
    let mut client = Client::connect(postfix.smtp).expect("Postfix answers");
    client.say("MAIL FROM:<s@example.com>").expect("yes");
    let unknown = rcpt(&mut client, TARO);
    assert!(unknown.code == 550 && unknown.text().contains("5.1.1"), "{}", unknown.text());
    assert!(rcpt(&mut client, HANAKO).is_yes());
    let many = rcpt(&mut client, KEN);
    assert!(many.is_later() && many.text().contains("4.5.3"), "counted here: {}", many.text());
    assert_eq!(client.data(PLAIN).expect("the dialogue goes on").code, 250);
    assert!(delivered(&postfix, HANAKO).contains("Subject: A walk"));
    // The next message on the same connection is counted by itself.
    client.say("MAIL FROM:<s@example.com>").expect("yes");
    assert!(rcpt(&mut client, KEN).is_yes());
    // A service that is gone: the mail waits.
    sekisho.kill();
    let mut client = Client::connect(postfix.smtp).expect("Postfix answers");
    client.say("MAIL FROM:<s@example.com>").expect("yes");
    let gone = rcpt(&mut client, HANAKO);
    assert!(gone.is_later(), "{}", gone.text());
}

/// Postfix with Sekisho as policy service at RCPT and DATA, and a limit of one message an hour for an address.
fn limited(modes: &str, then: &str) -> Option<(Postfix, testkit::Sekisho)> {
    let (setup, policy) = Setup::new(PROGRAM).listen("policy");
    let service = format!("check_policy_service inet:{}:{}", policy.ip(), policy.port());
    let asking = format!(
        "smtpd_recipient_restrictions = reject_unlisted_recipient, {service}\nsmtpd_data_restrictions = {service}"
    );
    let postfix = Postfix::start_with(&FINAL, &asking)?;
    let sekisho = setup
        .domain(DOMAIN, &postfix.back_as_value(), &[])
        .key("door", "trusted", "[]")
        .key("door", "limits", "[\"ip=1/1h\"]")
        .key("door", "modes", &format!("[\"reception_limit={modes}\"]"))
        .key("door", "then", &format!("[\"limit-ip={then}\"]"))
        .start();
    Some((postfix, sekisho))
}

fn from(postfix: &Postfix, ip: &str) -> Client {
    let mut client = Client::connect(postfix.smtp).expect("Postfix answers");
    client.pose_as(ip, "mail.sumire.example.jp").expect("XCLIENT is taken from loopback");
    client
}

#[test]
fn by_policy_delegation_the_doors_limits_hold() {
    let Some((postfix, _sekisho)) = limited("enforce", "refuse") else { return };
    assert_eq!(from(&postfix, "192.0.2.10").send_message("s@example.com", &[HANAKO, KEN], PLAIN).unwrap().code, 250);
    let mut again = from(&postfix, "192.0.2.10");
    again.say("MAIL FROM:<s@example.com>").unwrap();
    let refused = again.ask(&format!("RCPT TO:<{HANAKO}>")).unwrap();
    assert!(refused.is_no() && refused.text().contains("5.7.1"), "{}", refused.text());
    let other = from(&postfix, "192.0.2.11").send_message("s@example.com", &[HANAKO], PLAIN).unwrap();
    assert_eq!(other.code, 250, "another address has its own limit: {}", other.text());
}

#[test]
fn by_policy_delegation_what_the_door_found_is_seen_in_the_message() {
    let Some((postfix, _sekisho)) = limited("label", "refuse") else { return };
    for _ in 0..2 {
        assert_eq!(from(&postfix, "192.0.2.10").send_message("s@example.com", &[HANAKO], PLAIN).unwrap().code, 250);
    }
    let maildir = postfix.maildir(HANAKO);
    wait::until("both messages", SOON, || (maildir.len() == 2).then_some(()));
    let all: Vec<String> = maildir.messages().iter().map(|raw| String::from_utf8_lossy(raw).into_owned()).collect();
    let marked = all.iter().filter(|message| message.contains("\nX-Sekisho-Door: limit-ip\n")).count();
    assert_eq!(marked, 1, "the second one was one too many: {all:#?}");
}
