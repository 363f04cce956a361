//! An operator's own rules: tested, tried on the mail of the last days, in force, and broken without harm.

use std::path::Path;
use std::process::Command;

use crate::house::{AGREED, HOLDS_ALL, PLAIN, PROGRAM, junk, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";
const TARO: &str = "taro@shirakaba.example.jp";

fn rule(points: &str, body: &str) -> String {
    format!(
        r#"
[[rule]]
id = "own-walk"
points = {points}
title_ja = "散歩の誘い"
title_en = "Asks for a walk"
when = {{ body = "{body}" }}
hits = ["""
From: a@example.jp
Subject: x

Shall we walk on Sunday?
"""]
misses = ["""
From: a@example.jp
Subject: x

Shall we run?
"""]
"#
    )
}

fn test_rules(file: &Path) -> (bool, String) {
    let done = Command::new(PROGRAM).args(["rules", "test"]).arg(file).output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn tests_beside_rules_are_run_and_name_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(&file, rule("9.0", "we walk")).unwrap();
    assert_eq!(test_rules(&file), (true, "1 rules, 2 tests, all as expected\n".into()));
    std::fs::write(&file, rule("9.0", "we swim")).unwrap();
    let (fine, said) = test_rules(&file);
    assert!(!fine && said.contains("own.toml:3: own-walk: hits, number 1: the rule does not apply"), "{said}");
    for (text, expected) in [
        (rule("99.0", "we walk"), "own.toml:4: own-walk.points: points are from -10 to 10"),
        (rule("9.0", "(we walk"), "own.toml:7: own-walk.when.body"),
        (rule("9.0", r"(we)\\1"), "own.toml:7: own-walk.when.body"),
        (rule("9.0", "we walk").replace("own-walk", "link-lies"), "own.toml:3: link-lies.id: this id is taken by"),
        (rule("9.0", "we walk").replace("points", "pionts"), "did you mean `points`?"),
    ] {
        std::fs::write(&file, text).unwrap();
        let (fine, said) = test_rules(&file);
        assert!(!fine && said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn rules_are_in_force_and_a_broken_file_leaves_the_last_good_ones() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(&file, rule("9.0", "we walk")).unwrap();
    let mut sekisho = maildirs().key("rules", "files", &format!("[{:?}]", file.display().to_string())).start();
    sekisho.subscriber(HANAKO, AGREED);
    assert_eq!(sekisho.client().send_message("s@example.com", &[HANAKO], PLAIN).unwrap().code, 250);
    let reference = junk(&sekisho, HANAKO)[0].reference.clone();
    for (language, title) in [("ja", "散歩の誘い"), ("en", "Asks for a walk")] {
        let said = sekisho.run(&["explain", &reference, "--language", language]);
        assert!(said.contains(title) && said.contains("+9.0"), "{said}");
    }

    std::fs::write(&file, "[[rule]]\nid = 7\n").unwrap();
    let refused = sekisho.command(&["reload"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("own.toml:2"), "{said}");
    assert_eq!(sekisho.client().send_message("s@example.com", &[HANAKO], PLAIN).unwrap().code, 250);
    assert_eq!(junk(&sekisho, HANAKO).len(), 2, "the rule still acts");

    sekisho.kill();
    sekisho.start_again();
    assert_eq!(sekisho.client().send_message("s@example.com", &[HANAKO], PLAIN).unwrap().code, 250);
    assert_eq!(junk(&sekisho, HANAKO).len(), 3, "and after a restart");
    let said = sekisho.run(&["status"]);
    assert!(said.contains("own.toml:2") && said.contains("last good"), "{said}");
}

#[test]
fn replay_says_which_decisions_flip_and_what_it_cannot_know() {
    let folder = tempfile::tempdir().unwrap();
    let (heavy, light) = (folder.path().join("heavy.toml"), folder.path().join("light.toml"));
    std::fs::write(&heavy, rule("9.0", "we walk")).unwrap();
    std::fs::write(&light, rule("0.1", "we walk")).unwrap();
    let sekisho = maildirs().start();
    sekisho.subscriber(HANAKO, HOLDS_ALL);
    sekisho.subscriber(TARO, AGREED);
    sekisho.subscriber("jiro@shirakaba.example.jp", "{}");
    let to = [HANAKO, TARO, "jiro@shirakaba.example.jp"];
    assert_eq!(sekisho.client().send_message("s@example.com", &to, PLAIN).unwrap().code, 250);
    let reference = junk(&sekisho, HANAKO)[0].reference.clone();

    let said = sekisho.run(&["replay", "--since", "2h", "--with", heavy.to_str().unwrap()]);
    for expected in [
        "3 decisions in 2 hours, 1 of them without consent",
        "1 by reading the message again, 0 by what the record keeps",
        "because the message is gone: 1 (50.0 %)",
        "own-walk applies to 1, +9.0 points",
        "1 decisions would come out otherwise, for 1 people",
        &format!("\t{HANAKO}\twanted "),
        "junk → spam +9.",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let said = said.replace('-', "");
    assert!(said.contains(&reference.replace('-', "")), "{said}");
    // A tenth of a point changes nothing for anybody: that is known without the message.
    let said = sekisho.run(&["replay", "--since", "2h", "--with", light.to_str().unwrap()]);
    for expected in ["1 by what the record keeps", "gone: 0 (0.0 %)", "0 decisions would come out otherwise"] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    std::fs::write(&heavy, "rule = 7").unwrap();
    let refused = sekisho.command(&["replay", "--with", heavy.to_str().unwrap()]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("heavy.toml:1"), "{said}");
}

#[test]
fn delivered_mail_of_those_who_agreed_is_kept_in_a_ring_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heavy.toml");
    std::fs::write(&file, rule("9.0", "we walk")).unwrap();
    let mut sekisho = maildirs().key("replay", "ring_mb", "1").start();
    let agreed = r#"{"consent":{"given":true,"at":1700000000000,"text":1},"keep_recent":true}"#;
    sekisho.subscriber(HANAKO, agreed);
    sekisho.subscriber(TARO, AGREED);
    assert_eq!(sekisho.client().send_message("s@example.com", &[HANAKO, TARO], PLAIN).unwrap().code, 250);
    let replay =
        |sekisho: &testkit::Sekisho| sekisho.run(&["replay", "--since", "2h", "--with", file.to_str().unwrap()]);
    let said = replay(&sekisho);
    assert!(said.contains("1 by reading the message again") && said.contains("gone: 1 (50.0 %)"), "{said}");
    assert!(said.contains(&format!("\t{HANAKO}\twanted ")) && said.contains("deliver → spam"), "{said}");
    // It outlives a kill, and lies nowhere in the clear.
    sekisho.kill();
    sekisho.start_again();
    assert!(replay(&sekisho).contains("1 by reading the message again"));
    // What a person no longer agrees to is not read any more.
    sekisho.settings(HANAKO, AGREED);
    let said = replay(&sekisho);
    assert!(said.contains("0 by reading the message again") && said.contains("gone: 2 (100.0 %)"), "{said}");
}
