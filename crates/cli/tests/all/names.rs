//! DNS lists and changing addresses on the real program: a real rbldnsd behind a real Unbound, and a made-up zone that
//! answers too much.

use std::time::Instant;

use testkit::http::get;
use testkit::{NameServer, Rbldnsd, Sekisho, Setup, Unbound, wait};

use crate::house::{PLAIN, SAID_NOTHING, SOON, held, junk, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";
const LISTS: &str = "[{ name = \"bl\", zone = \"bl.example\", codes = [\"127.0.0.2-127.0.0.99 = source of spam\"] }, \
                     { name = \"dbl\", zone = \"dbl.example\", kind = \"domain\" }]";

/// Listings defer; nothing else at the door does anything.
fn with_lists(servers: &str) -> Setup {
    maildirs()
        .key("dns", "servers", servers)
        .key("dns", "timeout_ms", "500")
        .key("door", "gather_ms", "2000")
        .key("door", "lists", LISTS)
        .key("door", "then", "[\"blocklist-listed=defer\"]")
}

fn metric(sekisho: &Sekisho, line: &str) -> bool {
    matches!(get(sekisho.metrics, "/metrics"), Ok((200, text)) if text.lines().any(|one| one == line))
}

fn wait_for(sekisho: &Sekisho, line: &str) {
    wait::until(line, SOON, || metric(sekisho, line).then_some(()));
}

/// What is said to a connection from there.
fn greeting(sekisho: &Sekisho, ip: &str) -> u16 {
    let mut client = sekisho.client();
    client.ask(&format!("XCLIENT ADDR={ip} NAME=[UNAVAILABLE]")).expect("an answer").code
}

fn delivers(sekisho: &Sekisho, ip: &str) {
    let before = sekisho.maildir(HANAKO).messages().len();
    let mut client = sekisho.client_from(ip, "mail.sumire.example.jp");
    let reply = client.send_message("sayuri@sumire.example.jp", &[HANAKO], PLAIN).expect("a session");
    assert_eq!(reply.code, 250, "{}", reply.text());
    assert_eq!(sekisho.maildir(HANAKO).messages().len(), before + 1);
}

#[test]
fn real_lists_behind_a_real_resolver_and_then_their_operator_is_gone() {
    let addresses = "$DATASET ip4set @\n127.0.0.2 :127.0.0.2:listed\n192.0.2.9 :127.0.0.4:listed\n\
                     198.51.100.9 :127.0.1.1:of no concern\n\
                     $DATASET ip6trie @\n::ffff:7f00:2/128 :127.0.0.2:listed\n2001:db8::/64 :127.0.0.3:listed\n";
    let domains = ":127.0.1.2:listed\ntest\nbad.example.com\n";
    let zones = [("bl.example", "combined", addresses), ("dbl.example", "dnset", domains)];
    let Some(mut lists) = Rbldnsd::start(&zones) else { return };
    let stubs = [("bl.example", lists.address()), ("dbl.example", lists.address())];
    let Some(resolver) = Unbound::start(&["mail.sumire.example.jp. A 192.0.2.10"], &stubs) else { return };
    let sekisho = with_lists(&resolver.as_value()).start();
    sekisho.subscriber(HANAKO, SAID_NOTHING);
    wait_for(&sekisho, "sekisho_dns_list_armed{list=\"bl\"} 1");
    wait_for(&sekisho, "sekisho_dns_list_armed{list=\"dbl\"} 1");
    assert_eq!(greeting(&sekisho, "192.0.2.9"), 421);
    assert_eq!(greeting(&sekisho, "IPV6:2001:db8::9"), 421);
    assert_eq!(greeting(&sekisho, "192.0.2.8"), 220);
    assert_eq!(greeting(&sekisho, "198.51.100.9"), 220, "its code is not in the table");
    let mut client = sekisho.client_from("192.0.2.8", "mail.sumire.example.jp");
    assert_eq!(client.ask("MAIL FROM:<a@bad.example.com>").expect("an answer").code, 450);
    assert_eq!(client.ask("MAIL FROM:<a@good.example.com>").expect("an answer").code, 250);

    lists.kill();
    // Sessions go on, each in its time, and after a few of them nobody asks any more.
    for last in 20..40 {
        let began = Instant::now();
        assert_eq!(greeting(&sekisho, &format!("192.0.2.{last}")), 220);
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    }
    wait_for(&sekisho, "sekisho_dns_list_armed{list=\"bl\"} 0");
    assert!(sekisho.log().contains("not asked until it passes its test again"), "there was no alarm");
    assert_eq!(greeting(&sekisho, "192.0.2.9"), 220, "what is not asked says nothing");
    delivers(&sekisho, "192.0.2.9");
    sekisho.must_not_have_panicked();
}

/// Holds what a link list names, and nothing else.
const HOLDS_LISTED: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1},
    "conditions":{"link-blocklist-listed":{"then":"junk"}}}"#;

#[test]
fn a_link_to_a_listed_domain_is_found_until_the_lists_operator_is_gone() {
    let domains = ":127.0.1.2:listed\ntest\nshop-listed.example\n";
    let Some(mut lists) = Rbldnsd::start(&[("dbl.example", "dnset", domains)]) else { return };
    let Some(resolver) = Unbound::start(&[], &[("dbl.example", lists.address())]) else { return };
    let only = "[{ name = \"dbl\", zone = \"dbl.example\", kind = \"domain\" }]";
    let sekisho = with_lists(&resolver.as_value()).key("door", "lists", only).start();
    sekisho.subscriber(HANAKO, HOLDS_LISTED);
    wait_for(&sekisho, "sekisho_dns_list_armed{list=\"dbl\"} 1");
    let send = |host: &str| {
        let text = format!(
            "From: Sayuri <sayuri@sumire.example.jp>\nTo: {HANAKO}\nSubject: A walk\n\
             Date: Sat, 21 Nov 2026 20:14:05 +0900\nMessage-ID: <{host}@sumire.example.jp>\n\nhttps://{host}/page\n"
        );
        // HELO and sender are looked up as well: other ones each time, so that no answer comes from a cache.
        let mut client = sekisho.client_from("192.0.2.8", &format!("mail.{host}"));
        let reply = client.send_message(&format!("s@{host}"), &[HANAKO], text.as_bytes()).expect("a session");
        assert_eq!(reply.code, 250, "{}", reply.text());
        (held(&sekisho, HANAKO), sekisho.maildir(HANAKO).len())
    };
    assert_eq!(send("www.choir.example"), (0, 1), "not on the list");
    assert_eq!(send("www.shop-listed.example"), (1, 1), "the domain that somebody registered is looked up");
    let explained = sekisho.run(&["explain", &junk(&sekisho, HANAKO)[0].reference, "--language", "en"]);
    assert!(explained.contains("shop-listed.example") && explained.contains("dbl"), "{explained}");

    // The list's operator is gone. What it says of a link is unknown, and the mail passes, in its time.
    lists.kill();
    let began = Instant::now();
    for number in 0..6 {
        assert_eq!(send(&format!("www.another{number}.example")), (1, 2 + number));
    }
    assert!(began.elapsed() < SOON * 3, "{:?}", began.elapsed());
    wait_for(&sekisho, "sekisho_dns_list_armed{list=\"dbl\"} 0");
    assert_eq!(send("mail.shop-listed.example"), (1, 8), "what is not asked says nothing");
    sekisho.must_not_have_panicked();
}

#[test]
fn an_answer_too_large_for_a_datagram_is_fetched_over_tcp() {
    let mut zone = String::from("2.0.0.127.bl.example A 127.0.0.2\ntest.dbl.example A 127.0.1.2\n");
    for last in 10..90 {
        zone.push_str(&format!("9.2.0.192.bl.example A 127.0.0.{last}\n"));
    }
    let server = NameServer::start(&zone);
    let sekisho = with_lists(&server.as_value()).start();
    wait_for(&sekisho, "sekisho_dns_list_armed{list=\"bl\"} 1");
    assert_eq!(greeting(&sekisho, "192.0.2.9"), 421);
    assert_eq!(greeting(&sekisho, "192.0.2.8"), 220);
}

#[test]
fn a_resolver_with_an_answer_to_everything_arms_no_list_and_refuses_nobody() {
    for everything in ["* A 203.0.113.7\n", "* A 127.0.0.2\n", "* A 127.255.255.254\n", "* SERVFAIL\n"] {
        let server = NameServer::start(everything);
        let sekisho = with_lists(&server.as_value()).start();
        sekisho.subscriber(HANAKO, SAID_NOTHING);
        let alarm = "not asked until it passes its test again";
        wait::until("alarm", SOON, || (sekisho.log().matches(alarm).count() == 2).then_some(()));
        assert!(metric(&sekisho, "sekisho_dns_list_armed{list=\"bl\"} 0"), "{everything}");
        assert_eq!(greeting(&sekisho, "192.0.2.9"), 220, "{everything}");
        delivers(&sekisho, "192.0.2.9");
    }
}

#[test]
fn ranges_of_changing_addresses_are_read_again_and_garbage_leaves_the_last_good_ones() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("ranges.txt");
    std::fs::write(&file, "192.0.2.0/24 home lines\n").expect("a file of ranges");
    let sekisho = maildirs()
        .key("door", "dynamic_ranges", &format!("[\"{}\"]", file.display()))
        .key("door", "dynamic_except", "[\"192.0.2.64/26\"]")
        .key("door", "modes", "[\"dynamic_source=enforce\"]")
        .start();
    // Look-ups are off: what is declared is known all the same.
    assert_eq!(greeting(&sekisho, "192.0.2.9"), 554);
    assert_eq!(greeting(&sekisho, "192.0.2.65"), 220);
    assert_eq!(greeting(&sekisho, "203.0.113.9"), 220);
    std::fs::write(&file, "203.0.113.0/24 home lines\n192.0.2.0/25 home lines\n").expect("other ranges");
    wait::until("new ranges", SOON, || (greeting(&sekisho, "203.0.113.9") == 554).then_some(()));

    std::fs::write(&file, "203.0.113.0/24\n192.0.2.0/99\n").expect("garbage");
    let wrong = "ranges.txt:2: \"192.0.2.0/99\"";
    wait::until("complaint", SOON, || sekisho.log().contains(wrong).then_some(()));
    assert_eq!(greeting(&sekisho, "192.0.2.9"), 554);
    let output = sekisho.command(&["reload"]);
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains(wrong));
}

#[test]
fn lists_that_cannot_be_taken_are_named_with_their_place() {
    let rows = [
        ("{ name = \"a\" }", "has no zone"),
        ("{ name = \"a\", zone = \"not a zone\" }", "door.lists.zone"),
        ("{ name = \"a\", zone = \"bl.example\", codes = [\"192.0.2.1 = x\"] }", "door.lists.codes"),
        ("{ name = \"a\", zone = \"bl.example\", points = 99 }", "door.lists.points"),
        ("{ name = \"a\", zone = \"bl.example\", says = \"allow\", refuse_alone = true }", "refuse_alone"),
        ("{ name = \"a\", zone = \"bl.example\", kinds = \"domain\" }", "did you mean \"kind\""),
        ("{ name = \"a\", zone = \"a.example\" }, { name = \"a\", zone = \"b.example\" }", "stands here twice"),
    ];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("sekisho.toml");
    for (lists, expected) in rows {
        std::fs::write(&file, format!("[door]\nlists = [{lists}]\n")).expect("a configuration");
        let output = std::process::Command::new(crate::house::PROGRAM)
            .args(["config", "check", "-c"])
            .arg(&file)
            .output()
            .expect("the binary can be started");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains(expected) && said.contains("sekisho.toml:2"),
            "{lists}: {said}"
        );
    }
}
