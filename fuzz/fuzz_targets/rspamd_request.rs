//! Request headers of rspamd's clients, and bodies that say they are compressed.
#![no_main]

use edge::rspamd_http::body::{Packing, unpack};
use libfuzzer_sys::fuzz_target;

/// Octets that may come out of one body.
const LARGEST: usize = 1 << 20;

fuzz_target!(|octets: &[u8]| {
    let head = [b"CHECK RSPAMC/1.3\n", octets].concat();
    if let Ok(head) = edge::spamd::request::Head::parse(&head)
        && let Ok(asked) = edge::rspamd_http::request::Asked::read(&head.fields)
    {
        assert!(asked.recipients.len() <= edge::rspamd_http::request::MOST_RECIPIENTS);
    }
    for packing in [Packing::Plain, Packing::Zstd, Packing::Gzip] {
        if let Ok(plain) = unpack(packing, bytes::Bytes::copy_from_slice(octets), LARGEST)
            && packing != Packing::Plain
        {
            assert!(plain.len() <= LARGEST);
        }
    }
});
