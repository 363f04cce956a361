//! Name servers: what authentication says with good answers, with broken ones and with none.

use std::time::{Duration, Instant};

use testkit::{NameServer, Sekisho};

use crate::house::{PLAIN, SAID_NOTHING, maildirs};

const ZONE: &str = "
sumire.example.jp TXT v=spf1 ip4:192.0.2.10 -all
_dmarc.sumire.example.jp TXT v=DMARC1; p=reject
10.2.0.192.in-addr.arpa PTR mail.sumire.example.jp
mail.sumire.example.jp A 192.0.2.10
";

fn with(server: &NameServer) -> Sekisho {
    let sekisho = maildirs().key("dns", "servers", &server.as_value()).key("dns", "timeout_ms", "1000").start();
    sekisho.subscriber("hanako@shirakaba.example.jp", SAID_NOTHING);
    sekisho
}

fn results(sekisho: &Sekisho, ip: &str) -> String {
    let mut client = sekisho.client_from(ip, "mail.sumire.example.jp");
    let reply = client.send_message("sayuri@sumire.example.jp", &["hanako@shirakaba.example.jp"], PLAIN).unwrap();
    assert_eq!(reply.code, 250, "{}", reply.text());
    let messages = sekisho.maildir("hanako@shirakaba.example.jp").messages();
    let message = String::from_utf8_lossy(messages.last().expect("it was delivered")).into_owned();
    let at = message.find("Authentication-Results:").unwrap_or_else(|| panic!("no results in {message}"));
    let rest = &message[at..];
    let end = rest
        .match_indices('\n')
        .find(|(at, _)| !rest[at + 1..].starts_with([' ', '\t']))
        .map_or(rest.len(), |(at, _)| at);
    rest[..end].to_owned()
}

#[test]
fn a_true_sender_passes() {
    let server = NameServer::start(ZONE);
    let sekisho = with(&server);
    let results = results(&sekisho, "192.0.2.10");
    assert!(results.contains("spf=pass") && results.contains("dmarc=pass"), "{results}");
    assert!(server.questions() > 0);
}

#[test]
fn a_forged_sender_does_not_pass() {
    let server = NameServer::start(ZONE);
    let results = results(&with(&server), "203.0.113.9");
    assert!(results.contains("spf=fail") && results.contains("dmarc=fail"), "{results}");
}

#[test]
fn silence_is_answered_by_the_deadline_and_nothing_passes() {
    let server = NameServer::start(ZONE);
    let sekisho = with(&server);
    server.fall_silent();
    let began = Instant::now();
    let results = results(&sekisho, "192.0.2.10");
    assert!(began.elapsed() < Duration::from_secs(60), "it took {:?}", began.elapsed());
    assert!(results.contains("temperror"), "{results}");
    assert!(!results.contains("=pass"), "{results}");
    sekisho.must_not_have_panicked();
}

#[test]
fn a_broken_name_server_is_a_temporary_error() {
    let server = NameServer::start("sumire.example.jp SERVFAIL\n_dmarc.sumire.example.jp SERVFAIL\n");
    let results = results(&with(&server), "192.0.2.10");
    assert!(results.contains("spf=temperror") && !results.contains("=pass"), "{results}");
}
