//! A form as a browser, or anybody, sends it: urlencoded or with a file, read within its bound and to the last octet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portal::forms::{self, Form};

fuzz_target!(|given: (&str, &[u8])| {
    let (boundary, body) = given;
    let whole = format!("multipart/form-data; boundary={boundary}");
    for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=X", whole.as_str(), boundary] {
        let Ok(form) = Form::read(kind, body) else { continue };
        assert!(form.names().count() <= 2_000);
        assert!(form.names().all(|name| form.bytes(name).len() <= body.len()));
    }
    let text = String::from_utf8_lossy(body);
    let query = format!("/x?q={}", forms::encode(&text));
    assert_eq!(forms::query(&query).text("q"), text.trim());
    assert_eq!(forms::decoded(&forms::encode(&text)).as_deref(), Some(text.as_ref()));
});
