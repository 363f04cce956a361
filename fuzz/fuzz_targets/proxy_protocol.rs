//! The start of a connection is a PROXY header, not one, or not whole yet; a whole one does not depend on what follows.
#![no_main]

use edge::smtp::proxy_protocol::{Header, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for start in [&b""[..], b"PROXY ", b"\r\n\r\n\0\r\nQUIT\n"] {
        let input = [start, data].concat();
        if let Header::Whole { octets, .. } = read(&input) {
            assert!(octets <= input.len());
            assert_eq!(read(&input[..octets]), read(&input));
            assert_eq!(read(&input[..octets - 1]), Header::Incomplete);
        }
    }
});
