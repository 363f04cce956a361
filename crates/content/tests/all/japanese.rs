//! The shipped rules, untrained, on the fictional Japanese set: wanted mail comes first.

use std::path::PathBuf;

use content::heuristics::{HeuristicFacts, RuleSet};
use message::{Limits, Message};

use crate::mail::envelope;

/// Points from which a message is called spam.
const THRESHOLD: f64 = 5.0;

fn shared() -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    std::env::var_os("SEKISHO_SHARED").map_or_else(beside, PathBuf::from)
}

#[test]
fn rules_alone_call_no_wanted_japanese_mail_spam() {
    let folder = shared().join("corpora/japanese-dev");
    if !folder.exists() {
        println!("not here, skipped: corpora/japanese-dev");
        return;
    }
    let rules = RuleSet::shipped();
    let (mut wanted, mut spam, mut called, mut found) = (0, 0, Vec::new(), 0);
    for record in csv::Reader::from_path(folder.join("index.csv")).expect("an index").into_records() {
        let record = record.expect("a row");
        let raw = std::fs::read(folder.join(&record[0])).expect("a message");
        let message = Message::parse(raw.into(), &Limits::default());
        let facts = HeuristicFacts { message: &message, envelope: &envelope("<>"), authentication: None };
        let points: f64 = rules.evaluate(&facts).iter().map(|hit| hit.points).sum();
        if &record[1] == "ham" {
            wanted += 1;
            if points >= THRESHOLD {
                called.push(record[0].to_owned());
            }
        } else {
            spam += 1;
            found += usize::from(points >= THRESHOLD);
        }
    }
    assert!(wanted >= 100 && spam >= 100, "only {wanted} wanted and {spam} spam");
    assert!(called.is_empty(), "called spam: {called:?}");
    // Few, because points are careful: most of the set is for the filters that learn.
    assert!(found >= 12, "rules alone find {found} of {spam}");
}
