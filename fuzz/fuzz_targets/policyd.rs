#![no_main]
//! Requests of Postfix's policy delegation.

use edge::policyd::request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut rest = input;
    while let Ok(Some((_, octets))) = request::first(rest) {
        assert!(octets > 0 && octets <= rest.len());
        rest = &rest[octets..];
    }
});
