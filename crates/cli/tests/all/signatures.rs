//! Signatures with the real program: added while it runs, in force with the next message, kept over a restart, given to
//! another installation signed, and never believed from a stranger.

use std::time::{Duration, Instant};

use testkit::{Sekisho, Setup};

use crate::house::{AGREED, PROGRAM};

const HANAKO: &str = "hanako@shirakaba.example.jp";

const OFFER: &str = "I am the lawyer of the late Mr Engelbert who left a great sum in our bank and no heirs at all.\n\
    As you bear the same name I propose that you stand as the next of kin so that the money can be paid to us.\n\
    All that I ask for is your honest cooperation and that you keep this matter between the two of us.\n";

fn variant(number: u32) -> Vec<u8> {
    format!(
        "From: Law {number} <law{number}@example.com>\nTo: {HANAKO}\nSubject: A matter of trust {number}\n\
         Date: Sat, 21 Nov 2026 20:14:05 +0900\nMessage-ID: <{number}@example.com>\n\nDear friend {number},\n\n{OFFER}\n\
         reference x{number}q7\n"
    )
    .into_bytes()
}

fn start(setup: Setup) -> Sekisho {
    let sekisho = setup.start();
    sekisho.subscriber(HANAKO, AGREED);
    sekisho
}

fn setup() -> Setup {
    Setup::new(PROGRAM).maildir_domain("shirakaba.example.jp")
}

/// Symbols of a message by `/checkv2`.
fn symbols(sekisho: &Sekisho, message: &[u8]) -> String {
    let fields = format!("Rcpt: {HANAKO}\r\n");
    let (status, body) = testkit::http::post(sekisho.rspamd, "/checkv2", &fields, message).expect("an answer");
    assert_eq!(status, 200, "{body}");
    body
}

#[test]
fn an_addition_is_in_force_within_a_second_and_outlives_a_restart() {
    let mut sekisho = start(setup());
    assert!(!symbols(&sekisho, &variant(1)).contains("FUZZY_DENIED"));
    let file = sekisho.setup().folder().join("reported.eml");
    std::fs::write(&file, variant(2)).unwrap();
    let said =
        sekisho.run(&["signatures", "add", "--class", "fee-fraud", "--origin", "report", file.to_str().unwrap()]);
    assert!(said.contains("local:1"), "{said}");
    let added = Instant::now();
    let found = symbols(&sekisho, &variant(3));
    assert!(added.elapsed() < Duration::from_secs(20), "a debug build may be slow, but no round trip is awaited");
    assert!(found.contains("FUZZY_DENIED"), "{found}");
    assert!(sekisho.run(&["signatures", "add", file.to_str().unwrap()]).contains("a variant of local:1"));
    assert!(sekisho.run(&["signatures", "list"]).contains("feefraud\treport"));

    sekisho.kill();
    sekisho.start_again();
    assert!(symbols(&sekisho, &variant(4)).contains("FUZZY_DENIED"), "after a restart");
    sekisho.run(&["signatures", "withdraw", "local:1"]);
    assert!(!symbols(&sekisho, &variant(5)).contains("FUZZY_DENIED"), "after it was withdrawn");
    assert!(!sekisho.command(&["signatures", "withdraw", "local:1"]).status.success());
    sekisho.must_not_have_panicked();
}

#[test]
fn a_set_of_another_installation_is_taken_when_its_key_is_trusted() {
    let giver = start(setup());
    let (letter, set) = (giver.setup().folder().join("a.eml"), giver.setup().folder().join("feed.sigs"));
    std::fs::write(&letter, variant(1)).unwrap();
    giver.run(&["signatures", "add", letter.to_str().unwrap()]);
    giver.run(&["signatures", "export", set.to_str().unwrap()]);
    let key = giver.run(&["signatures", "key"]).trim().to_owned();

    let stranger = start(setup());
    let refused = stranger.command(&["signatures", "import", set.to_str().unwrap()]);
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && why.contains(&key) && why.contains("feed.sigs"), "{why}");

    let taker = start(setup().key("signatures", "trusted_keys", &format!("[\"{key}\"]")));
    assert!(taker.run(&["signatures", "import", set.to_str().unwrap()]).contains("state 1"));
    assert!(symbols(&taker, &variant(2)).contains("FUZZY_DENIED"));

    let mut damaged = std::fs::read(&set).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(&set, damaged).unwrap();
    let refused = taker.command(&["signatures", "import", set.to_str().unwrap()]);
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && why.contains("octet"), "{why}");
    assert!(symbols(&taker, &variant(3)).contains("FUZZY_DENIED"), "the last good set stays in force");
}
