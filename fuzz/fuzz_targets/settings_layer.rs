//! Any text as a layer of settings, a decision's record, or an entry that a person typed: read or refused, and what was
//! taken comes back the same.
#![no_main]

use controls::lists::Pattern;
use libfuzzer_sys::fuzz_target;
use policy::{DecisionRecord, Layer};

fuzz_target!(|text: &str| {
    if let Ok(layer) = Layer::from_json(text) {
        assert_eq!(Layer::from_json(&layer.to_json()), Ok(layer));
    }
    if let Ok(record) = DecisionRecord::from_json(text) {
        assert!(DecisionRecord::from_json(&record.to_json()).is_ok());
    }
    if let Some(pattern) = Pattern::parse(text) {
        assert_eq!(Pattern::parse(&pattern.text()).map(|again| again.text()), Some(pattern.text()));
    }
});
