//! Any bytes are a message; bounds hold, and the bytes are kept.
#![no_main]

use libfuzzer_sys::fuzz_target;
use message::{Limits, Message};

fuzz_target!(|data: &[u8]| {
    let limits = Limits { parts: 50, depth: 10, text: 8 * 1024, links: 20, attachments: 10, ..Limits::default() };
    let message = Message::parse(bytes::Bytes::copy_from_slice(data), &limits);
    assert_eq!(message.raw, data);
    assert!(message.parts <= limits.parts);
    assert!(message.links.len() <= limits.links);
    assert!(message.attachments.len() <= limits.attachments);
    for attachment in &message.attachments {
        let _ = (attachment.executable(), attachment.has_double_extension(), attachment.is_disguised());
    }
    for link in &message.links {
        let _ = (link.lies(), link.organization().map(str::len));
    }
});
