//! The public suffix list's own cases, for the organizational domain that DMARC aligns by.

use message::Domain;

use crate::shared::{check_differences, suite};

#[test]
fn public_suffix_suite() {
    let Some(path) = suite("psl/tests.txt") else { return };
    let text = std::fs::read_to_string(path).expect("the suite can be read");
    let mut total = 0;
    let mut failed = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("//")) {
        let (input, expected) = line.split_once(' ').expect("two names");
        total += 1;
        let ascii = |name: &str| Domain::parse(name).map(|domain| domain.to_string()).unwrap_or_default();
        let expected = if expected == "null" { String::new() } else { ascii(expected) };
        let found = Domain::parse(input).ok().and_then(|domain| domain.organizational());
        if found.as_ref().map_or("", Domain::as_str) != expected {
            println!("{input}: {found:?} instead of {expected:?}");
            failed.push(input.to_owned());
        }
    }
    println!("PSL {} of {total}", total - failed.len());
    assert!(total > 70, "only {total} cases found");
    check_differences("psl", &failed);
}
