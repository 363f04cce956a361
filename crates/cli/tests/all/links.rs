//! Lists of addresses on the real program: read at the start, by reload and when the file changes; garbage leaves the
//! last good list in force.

use std::time::Instant;

use serde_json::Value;
use testkit::http::post;
use testkit::{Sekisho, Setup};

use crate::house::{AGREED, SOON, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";
/// Refuses one category, and lets another pass.
const REFUSES_ADULT: &str =
    r#"{"consent":{"given":true,"at":1700000000000,"text":1},"conditions":{"url-category-adult":{"then":"junk"}}}"#;

fn message(host: &str) -> String {
    format!("From: a@sumire.example.jp\nTo: {HANAKO}\nSubject: look\n\nhttps://{host}/page\n")
}

fn check(sekisho: &Sekisho, host: &str) -> Value {
    let (status, body) =
        post(sekisho.rspamd, "/checkv2", &format!("Rcpt: {HANAKO}\r\n"), message(host).as_bytes()).expect("an answer");
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).expect("JSON")
}

fn is_listed(sekisho: &Sekisho, host: &str, category: &str) -> bool {
    check(sekisho, host)["symbols"]
        .to_string()
        .to_lowercase()
        .replace('_', "-")
        .contains(&format!("url-category-{category}"))
}

fn with_lists(adult: &std::path::Path, other: &std::path::Path) -> Setup {
    let lists = format!("[\"adult={}\", \"{}\"]", adult.display(), other.display());
    maildirs().key("links", "lists", &lists)
}

#[test]
fn lists_are_in_force_and_are_read_again_and_garbage_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (adult, other) = (folder.path().join("adult.txt"), folder.path().join("other.csv"));
    std::fs::write(&adult, "adult.example.com\n").expect("a list");
    std::fs::write(&other, "url,category\nhttps://bet.example.net/page,gambling\n").expect("a list");
    let sekisho = with_lists(&adult, &other).start();
    sekisho.subscriber(HANAKO, REFUSES_ADULT);
    assert!(is_listed(&sekisho, "www.adult.example.com", "adult"));
    assert!(is_listed(&sekisho, "bet.example.net", "gambling"));
    assert!(!is_listed(&sekisho, "www.example.org", "adult"));
    // Whoever refuses a category gets its mail into the junk folder; another category changes nothing.
    let action = |host: &str| check(&sekisho, host)["action"].as_str().unwrap_or_default().to_owned();
    assert_ne!(action("www.adult.example.com"), "no action");
    assert_eq!(action("bet.example.net"), "no action");

    // A change of the file is enough; nobody has to say anything.
    std::fs::write(&adult, "adult.example.com\nnew.example.org\n").expect("a longer list");
    let since = Instant::now();
    while !is_listed(&sekisho, "new.example.org", "adult") {
        assert!(since.elapsed() < SOON, "the longer list never came into force");
        std::thread::yield_now();
    }

    // Garbage is named with file and line, and the last good list stays.
    std::fs::write(&adult, "<html>\n<body>not here</body>\n").expect("garbage");
    let output = sekisho.command(&["reload"]);
    assert!(!output.status.success(), "garbage is no list");
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("adult.txt:1:") && said.contains("adult.txt:2:"), "{said}");
    assert!(is_listed(&sekisho, "new.example.org", "adult"));
}

#[test]
fn own_brands_are_protected() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let brands = folder.path().join("brands.toml");
    let text = "[[brand]]\nname = \"Kotorigin\"\nwords = [\"kotorigin\"]\ndomains = [\"kotorigin.example.jp\"]\n";
    std::fs::write(&brands, text).expect("a file of brands");
    let sekisho = maildirs().key("links", "brands", &format!("\"{}\"", brands.display())).start();
    sekisho.subscriber(HANAKO, AGREED);
    let said = check(&sekisho, "login-kotorigin.example.net")["symbols"].to_string();
    assert!(said.contains("Kotorigin"), "{said}");
    let own = check(&sekisho, "www.kotorigin.example.jp")["symbols"].to_string();
    assert!(!own.contains("Kotorigin"), "{own}");
}
