//! Tests of SpamAssassin's rules.
#![expect(clippy::panic, reason = "a test fails by panicking, in what it calls as well")]

mod agreement;
mod files;
mod hostile;
mod patterns;
mod rules;

use spamassassin::{RuleFile, RuleSet};

/// A set of one file.
fn set(text: &str) -> RuleSet {
    parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn parse(text: &str) -> Result<RuleSet, spamassassin::RuleFileError> {
    RuleSet::parse(&[RuleFile { name: "own.cf".into(), text: text.into() }])
}

/// Names of the rules that apply, in order.
fn hits(rules: &str, message: &str) -> Vec<String> {
    let set = set(rules);
    let outcome = set.evaluate(message.as_bytes(), &|| false);
    outcome.hits.iter().map(|hit| hit.rule.name.clone()).collect()
}
