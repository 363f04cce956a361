//! What staff do from the command line: every deed of the pages with a recorded reason, and long lists.

use crate::house::{HOLDS_ALL, PLAIN, SAID_NOTHING, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";

#[test]
fn staff_act_for_somebody_with_a_reason_that_is_recorded() {
    let sekisho = maildirs().start();
    sekisho.subscriber(HANAKO, SAID_NOTHING);
    let listed = sekisho.run(&["call"]);
    for operation in ["list-entry-put", "settings-level", "decision-release", "operator-profile-save", "audit-list"] {
        assert!(listed.contains(operation), "{operation} is not offered: {listed}");
    }
    let entry = ["call", "list-entry-put", "list=refuse", "entry=ad@shop.example", "note=広告", "--for", HANAKO];
    let refused = sekisho.command(&entry);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("--reason"));
    let with_reason = [&entry[..], &["--reason", "電話で依頼されました"]].concat();
    sekisho.run(&with_reason);
    let lists = sekisho.run(&["call", "list-show", "--for", HANAKO, "--reason", "looking again", "--json"]);
    assert!(lists.contains("ad@shop.example") && lists.contains("広告"), "{lists}");
    let overtaken = [&with_reason[..], &["--if-match", "0"]].concat();
    let overtaken = sekisho.command(&overtaken);
    assert!(!overtaken.status.success(), "an old version was overwritten");
    let audit = sekisho.run(&["call", "audit-list", "limit=200"]);
    assert!(audit.contains("act.begin") && audit.contains("電話で依頼されました"), "{audit}");
    let wrong = sekisho.command(&["call", "settings-level", "levle=strict", "--for", HANAKO, "--reason", "a mistake"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("levle"), "the wrong field is not named");
}

#[test]
fn held_mail_is_taken_deleted_kept_and_reported_in_somebodys_place_and_stays_closed_without_a_ground() {
    let sekisho = maildirs().start();
    sekisho.subscriber(HANAKO, HOLDS_ALL);
    for _ in 0..2 {
        assert_eq!(sekisho.client().send_message("s@sumire.example.jp", &[HANAKO], PLAIN).unwrap().code, 250);
    }
    let held = |verb: &str, more: &[&str]| {
        let line = [&["held", verb][..], more, &["--as", HANAKO, "--reason", "asked by telephone"]].concat();
        sekisho.command(&line)
    };
    let said = |verb: &str, more: &[&str]| {
        let done = held(verb, more);
        assert!(done.status.success(), "{verb}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let no_reason = sekisho.command(&["held", "list", "--as", HANAKO]);
    assert!(!no_reason.status.success(), "without a reason");
    let closed: serde_json::Value = serde_json::from_str(&said("list", &["--json"])).unwrap();
    let items = closed["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{closed}");
    assert!(items[0]["from"] == "s@sumire.example.jp", "{closed}");
    assert!(!closed.to_string().contains("A walk") && !closed.to_string().contains("Sayuri"), "a subject: {closed}");
    let (one, two) = (items[0]["reference"].as_str().unwrap(), items[1]["reference"].as_str().unwrap());
    assert!(!held("content", &[one]).status.success() && !held("headers", &[one]).status.success());
    assert!(!held("content", &[one, "--ground", "curious"]).status.success(), "that is no ground");
    assert!(said("list", &["--ground", "asked"]).contains("A walk"));
    assert!(said("content", &[one, "--ground", "asked"]).contains("walk on Sunday"));
    assert!(said("show", &[one, "--json"]).contains("\"outcome\""));

    said("take", &[one]);
    assert_eq!(sekisho.maildir(HANAKO).len(), 1);
    said("delete", &[two]);
    assert!(said("list", &["--show", "trash", "--json"]).contains(two));
    said("keep", &[two]);
    assert!(said("list", &["--json"]).contains(two), "it waits again");
    said("report", &[two]);
    assert!(said("list", &["--show", "trash", "--json"]).contains(two));
    let other = sekisho.command(&["held", "take", two, "--as", "nobody@shirakaba.example.jp", "--reason", "a mistake"]);
    assert!(!other.status.success(), "somebody else's");
    let audit = sekisho.run(&["audit", "list", "--limit", "200"]);
    for what in
        ["act.mail", "content.open", "junk.release", "junk.trash", "learn.spam", "asked by telephone", "staff:0"]
    {
        assert!(audit.contains(what), "{what} is not in the audit: {audit}");
    }
}

#[test]
fn settings_are_read_changed_and_undone_by_named_commands() {
    let sekisho = maildirs().start();
    sekisho.subscriber(HANAKO, SAID_NOTHING);
    let run = |line: &[&str]| sekisho.run(&[line, &["--as", HANAKO, "--reason", "asked by telephone"]].concat());
    run(&["lists", "add", "refuse", "ad@shop.example", "--note", "広告"]);
    assert!(run(&["lists", "show", "--json"]).contains("ad@shop.example"));
    run(&["settings", "level", "--level", "strict"]);
    assert!(run(&["settings", "of", "--json"]).contains("3.5"));
    let history: serde_json::Value = serde_json::from_str(&run(&["settings", "history", "--json"])).unwrap();
    let last = history["items"][1]["version"].to_string();
    run(&["settings", "undo", &last]);
    assert!(!run(&["settings", "of", "--json"]).contains("3.5"), "the level is back");
    run(&["lists", "remove", "refuse", "ad@shop.example"]);
    assert!(!run(&["lists", "show", "--json"]).contains("ad@shop.example"));
    run(&["settings", "consent-save", "--consent", "give"]);
    assert!(run(&["settings", "consent", "--json"]).contains("\"given\":true"));
    assert!(run(&["settings", "offer"]).contains("presets"));
}

#[test]
fn what_commands_print_a_program_can_read() {
    let sekisho = maildirs().start();
    sekisho.subscriber(HANAKO, HOLDS_ALL);
    assert_eq!(sekisho.client().send_message("s@sumire.example.jp", &[HANAKO], PLAIN).unwrap().code, 250);
    let json = |line: &[&str]| -> serde_json::Value {
        let said = sekisho.run(&[line, &["--json"]].concat());
        serde_json::from_str(&said).unwrap_or_else(|bad| panic!("{line:?} is no JSON ({bad}): {said}"))
    };
    let listed = json(&["junk", "list", HANAKO]);
    let reference = listed["items"][0]["reference"].as_str().unwrap().to_owned();
    assert_eq!(json(&["explain", &reference])["recipient"], HANAKO);
    assert!(json(&["status"])["progress"]["needed"].is_number());
    assert!(json(&["settings", "show", HANAKO])["layer"]["refuse"].is_array());
    assert!(json(&["profile", "show"])["toml"].is_string());
    assert_eq!(json(&["account", "show", HANAKO])["login"], HANAKO);
    assert!(json(&["config", "show"])["keys"].as_array().is_some_and(|keys| keys.len() > 20));
    for line in [&["digest", "show", HANAKO][..], &["door", "list"], &["signatures", "list"], &["door", "lists"]] {
        assert_eq!(json(line)["done"], true, "{line:?}");
    }
    assert!(json(&["decisions", "show", &reference])["phone"].as_array().is_some_and(|lines| lines.len() > 2));
}

#[test]
fn dates_of_contracts_come_with_the_list_of_subscribers() {
    let sekisho = maildirs().start();
    let list = sekisho.setup().folder().join("contracts.csv");
    let name = list.display().to_string();
    let head = "login,contract_begins,contract_options\n";
    std::fs::write(&list, format!("{head}a@shirakaba.example.jp,2026-13-01,\n")).unwrap();
    let refused = sekisho.command(&["subscriber-import", &name]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("2: contract_begins"), "a day that is none");
    std::fs::write(&list, format!("{head}a@shirakaba.example.jp,2026-04-01,lists=2026-04-01..2027-03-31\n")).unwrap();
    sekisho.run(&["subscriber-import", &name]);
    let kept = sekisho.run(&["subscribers", "export"]);
    assert!(kept.contains("2026-04-01,lists=2026-04-01..2027-03-31"), "{kept}");
}

#[test]
fn a_long_list_is_taken_in_as_a_whole_or_told_line_by_line() {
    let sekisho = maildirs().start();
    let list = sekisho.setup().folder().join("list.csv");
    let row = |at: usize| format!("p{at}@shirakaba.example.jp,人{at},,ja,,\n");
    let head = "login,name,group,language,addresses,aliases\n";
    let good: String = (0..5_100).map(row).collect();
    let name = list.display().to_string();
    let import = ["subscriber-import", &name, "--json"];
    // Line 5,052 is in the second part; the heading is line 1.
    let bad = good.replace("p5050@shirakaba.example.jp,人5050,,ja", "p5050@shirakaba.example.jp,人5050,,fr");
    std::fs::write(&list, format!("{head}{bad}")).unwrap();
    let refused = sekisho.command(&import);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && said.contains("nothing was taken in") && said.contains("5052: language"),
        "{said}"
    );
    std::fs::write(&list, format!("{head}{good}{}", row(7))).unwrap();
    let twice = sekisho.command(&import);
    let said = String::from_utf8_lossy(&twice.stderr).into_owned();
    assert!(said.contains("5102") && said.contains("line 9"), "{said}");
    std::fs::write(&list, format!("{head}{good}")).unwrap();
    let taken = sekisho.run(&import);
    assert!(taken.contains("\"rows\":5100") && taken.contains("\"new\":5100"), "{taken}");
    let again = sekisho.run(&import);
    assert!(again.contains("\"new\":0"), "the same list again makes nobody new: {again}");
    let found = sekisho.run(&["call", "subscriber-list", "q=p5099@shirakaba.example.jp"]);
    assert!(found.contains("人5099"), "{found}");
}

#[test]
fn entries_of_many_peoples_lists_are_taken_in_person_by_person() {
    let sekisho = maildirs().start();
    let list = sekisho.setup().folder().join("entries.csv");
    let name = list.display().to_string();
    let people: Vec<String> = (0..3).map(|at| format!("p{at}@shirakaba.example.jp")).collect();
    for person in &people {
        sekisho.subscriber(person, SAID_NOTHING);
    }
    let lines: String =
        (0..60).map(|at| format!("{},refuse,ad{at}@shop.example,,,,\n", people[at % people.len()])).collect();
    let head = "login,list,entry,even_if_unverified,then,expires,note\n";
    let import = ["list-import", &name, "--reason", "moved from the old system", "--json"];
    std::fs::write(&list, format!("{head}{lines}{},refuse,x@shop.example,,,tomorrow,\n", people[0])).unwrap();
    let refused = sekisho.command(&import);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("nothing was taken in") && said.contains("62:"), "{said}");
    std::fs::write(&list, format!("{head}{lines}")).unwrap();
    let taken = sekisho.run(&import);
    assert!(taken.contains("\"entries\":60") && taken.contains("\"people\":3"), "{taken}");
    let shown = sekisho.run(&["call", "list-show", "--for", &people[1], "--reason", "looking", "--json"]);
    assert_eq!(shown.matches("@shop.example").count(), 20, "{shown}");
}
