//! Any octets are a rule file or an error that names a line of it; what is read runs on any message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spamassassin::{RuleFile, RuleSet};

fuzz_target!(|input: (Vec<u8>, Vec<u8>)| {
    let (text, message) = input;
    let lines = text.iter().filter(|&&octet| octet == b'\n').count() + 1;
    match RuleSet::parse(&[RuleFile { name: "fuzz.cf".into(), text }]) {
        Ok(set) => drop(set.evaluate(&message, &|| false)),
        Err(error) => assert!(error.line >= 1 && error.line <= lines, "{error}"),
    }
});
