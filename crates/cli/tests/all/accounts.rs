//! `sekisho account`: help for somebody who cannot sign in, with a reason that they read.

use crate::house::{AGREED, SOON, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";

#[test]
fn staff_see_how_somebody_signs_in_and_whoever_is_helped_gets_a_letter() {
    let sekisho = maildirs().start();
    sekisho.subscriber(HANAKO, AGREED);
    let shown = sekisho.run(&["account", "show", HANAKO]);
    assert!(shown.contains(HANAKO) && shown.contains("password\tset") && !shown.contains("session"), "{shown}");
    for (arguments, why) in [
        (["account", "reset", HANAKO, "--reason", "x"], "a reason of five characters"),
        (["account", "reset", "nobody@elsewhere.example", "--reason", "lost telephone"], "not an address here"),
        (["account", "sign-out", "staff:nobody", "--reason", "lost telephone"], "no staff sign in"),
    ] {
        let output = sekisho.command(&arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(why), "{arguments:?}: {said}");
    }
    assert_eq!(sekisho.maildir(HANAKO).len(), 0, "nothing was done and nobody told");
    let said = sekisho.run(&["account", "reset", HANAKO, "--reason", "lost telephone, asked at the counter"]);
    assert!(said.contains("they are told by mail"), "{said}");
    let said = sekisho.run(&["account", "sign-out", HANAKO, "--reason", "lost telephone"]);
    assert!(said.contains("0 sessions") && said.contains("they are told by mail"), "{said}");
    let said = sekisho.run(&["account", "unlock", HANAKO, "--reason", "was guessed at"]);
    assert!(said.contains("are forgotten"), "{said}");
    let mailbox = sekisho.maildir(HANAKO);
    let started = std::time::Instant::now();
    while mailbox.len() < 2 {
        assert!(started.elapsed() < SOON, "the letters did not come");
        std::thread::yield_now();
    }
    let letters = mailbox.messages();
    let raw = letters.iter().map(|letter| String::from_utf8_lossy(letter).into_owned()).collect::<String>();
    assert!(raw.contains("Auto-Submitted: auto-generated"), "{raw}");
}
