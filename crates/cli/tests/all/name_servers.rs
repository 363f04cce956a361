//! Name servers: what authentication says with good answers, with broken ones and with none.

use std::time::{Duration, Instant};

use testkit::dns::Fault;
use testkit::{NameServer, Sekisho, wait};

use crate::house::{PLAIN, SAID_NOTHING, SOON, maildirs};

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

/// Lies, cut answers and noise: nobody is proven by them, nobody is refused for them, and mail passes in its time.
#[test]
fn whatever_a_name_server_says_mail_passes_and_nobody_is_proven() {
    let lists = "[{ name = \"bl\", zone = \"bl.example\", refuse_alone = true }, \
                 { name = \"dbl\", zone = \"dbl.example\", kind = \"domain\" }]";
    let modes = "[\"dynamic_source=enforce\", \"helo=enforce\", \"nonexistent_sender=enforce\"]";
    for fault in [Fault::Garbage, Fault::AnotherQuestion, Fault::CutShort, Fault::Random] {
        let server = NameServer::start(ZONE);
        server.go_wrong(fault);
        let sekisho = maildirs()
            .key("dns", "servers", &server.as_value())
            .key("dns", "timeout_ms", "300")
            .key("door", "gather_ms", "600")
            .key("door", "lists", lists)
            .key("door", "modes", modes)
            .start();
        sekisho.subscriber("hanako@shirakaba.example.jp", SAID_NOTHING);
        let began = Instant::now();
        let results = results(&sekisho, "192.0.2.10");
        assert!(began.elapsed() < Duration::from_secs(60), "{fault:?}: {:?}", began.elapsed());
        assert!(!results.contains("=pass"), "{fault:?}: {results}");
        if fault != Fault::Random {
            assert!(results.contains("spf=temperror"), "{fault:?}: {results}");
        }
        assert!(server.questions() > 0);
        wait::until("lists that are not asked", SOON, || {
            let (_, metrics) = testkit::http::get(sekisho.metrics, "/metrics").ok()?;
            let unarmed = |list: &str| metrics.contains(&format!("sekisho_dns_list_armed{{list=\"{list}\"}} 0\n"));
            (unarmed("bl") && unarmed("dbl")).then_some(())
        });
        // Where the operator wants that, mail waits instead.
        let mut again = sekisho;
        again.change(|setup| setup.key("door", "defer_unknown", "[\"blocklist\"]"));
        again.run(&["reload"]);
        let greeting = again.client().ask("XCLIENT ADDR=192.0.2.10 NAME=[UNAVAILABLE]").expect("an answer");
        assert_eq!(greeting.code, 421, "{fault:?}: {}", greeting.text());
        again.must_not_have_panicked();
    }
}
