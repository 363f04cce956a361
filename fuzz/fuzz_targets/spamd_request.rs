//! The head of a request of spamd's clients, and a message with what a mail server writes above it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let _ = edge::spamd::is_spoken(octets);
    if let Ok(head) = edge::spamd::request::Head::parse(octets) {
        let _ = edge::rspamd_http::request::Asked::read(&head.fields);
    }
    let handed = bytes::Bytes::copy_from_slice(octets);
    let given = checkpoint::given::given(&handed);
    assert!(given.begins <= handed.len());
    assert!(!given.raw.windows(2).any(|two| two[1] == b'\n' && two[0] != b'\r'), "every LF has its CR");
    let headers = message::Headers::parse(given.raw, &message::Limits::default());
    let _ = (checkpoint::given::peer_of(&headers), checkpoint::given::return_path(&headers));
});
