//! Any text is a rule file or an error that names a line of it.
#![no_main]

use content::heuristics::RuleSet;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = RuleSet::parse("fuzz.toml", text) {
        assert!(error.line >= 1 && error.line <= text.matches('\n').count() + 1);
    }
});
