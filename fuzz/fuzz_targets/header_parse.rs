//! Fields stand in order, without overlap, inside the header section, and every reading of them ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use message::{Headers, Limits};

fuzz_target!(|data: &[u8]| {
    let headers = Headers::parse(bytes::Bytes::copy_from_slice(data), &Limits::default());
    assert!(headers.body_start <= data.len());
    let mut end = 0;
    for field in headers.fields.iter() {
        assert!(field.field.start >= end && field.field.end >= field.field.start);
        assert!(field.field.start <= field.raw.start && field.raw.end <= field.field.end);
        assert!(!field.value.contains(['\r', '\n', '\0']));
        end = field.field.end;
    }
    assert!(end <= headers.body_start);
    for name in ["From", "To", "Cc", "Sender", "Reply-To"] {
        let _ = headers.mailboxes(name);
    }
    let _ = (headers.hops(), headers.date());
});
