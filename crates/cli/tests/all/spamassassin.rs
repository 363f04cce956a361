//! SpamAssassin's rules on the real program: read at the start, seen in the answer, read again; a file with a mistake
//! changes nothing.

use serde_json::Value;
use testkit::http::post;
use testkit::{Sekisho, Setup};

use crate::house::{PLAIN, maildirs};

const FIRST: &str = "body WALK /walk on Sunday/\nscore WALK 1.25\ndescribe WALK Speaks of a walk\nbody __PART /walk/\n";
const SECOND: &str = "body WALK /walk on Sunday/\nscore WALK 2.5\n";

fn rules(setup: &Setup) -> std::path::PathBuf {
    let folder = setup.folder().join("rules");
    std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
    folder.join("own.cf")
}

fn write(path: &std::path::Path, text: &str) {
    std::fs::write(path, text).expect("the temporary folder can be written");
}

fn symbols(sekisho: &Sekisho) -> Value {
    let (status, body) = post(sekisho.rspamd, "/checkv2", "IP: 192.0.2.10\r\n", PLAIN).expect("an answer");
    assert_eq!(status, 200, "{body}");
    serde_json::from_str::<Value>(&body).expect("JSON")["symbols"].clone()
}

#[test]
fn rules_are_read_again_and_a_mistake_leaves_the_last_good_ones() {
    let setup = maildirs();
    let path = rules(&setup);
    write(&path, FIRST);
    let folder = path.parent().expect("a folder").to_string_lossy().into_owned();
    let sekisho = setup.key("rules", "spamassassin", &format!("[{folder:?}]")).start();
    let walk = |symbols: &Value| symbols["WALK"]["score"].as_f64();
    let seen = symbols(&sekisho);
    assert_eq!(walk(&seen), Some(1.25), "{seen}");
    assert!(seen.to_string().contains("Speaks of a walk"), "{seen}");
    assert!(!seen.to_string().contains("__PART"), "parts of rules are not told: {seen}");

    write(&path, SECOND);
    sekisho.run(&["reload"]);
    assert_eq!(walk(&symbols(&sekisho)), Some(2.5));

    write(&path, "body WALK /walk/\nbody BROKEN /(walk/\n");
    let output = sekisho.command(&["reload"]);
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(!output.status.success() && said.contains("own.cf:2: BROKEN: a parenthesis is never closed"), "{said}");
    assert_eq!(walk(&symbols(&sekisho)), Some(2.5), "the last good rules stay in force");
    sekisho.must_not_have_panicked();
}
