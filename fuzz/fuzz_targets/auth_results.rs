//! Any message: what is forged is found, and once it is removed nothing forged is left.
#![no_main]

use auth::results::forged::{forged, without_forged};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|message: &[u8]| {
    for message in [message.to_vec(), [b"Authentication-Results:", message].concat()] {
        let mut end = 0;
        for range in forged(&message, "mx.example.jp") {
            assert!(range.start >= end && range.start < range.end && range.end <= message.len());
            end = range.end;
        }
        let clean = without_forged(&message, "mx.example.jp");
        assert!(forged(&clean, "mx.example.jp").is_empty());
    }
});
