//! What staff do from the command line: every deed of the pages with a recorded reason, and long lists.

use crate::house::{SAID_NOTHING, maildirs};

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
    let mail = sekisho.command(&["call", "held-list", "--for", HANAKO, "--reason", "curious"]);
    assert!(!mail.status.success(), "staff read somebody's held mail");
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
