//! What was read as an address is written and read again as the same one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use message::{Address, Domain, ReversePath};

fuzz_target!(|data: &str| {
    if let Ok(address) = Address::parse(data) {
        assert_eq!(Address::parse(&address.to_string()).as_ref(), Ok(&address));
    }
    if let Ok(domain) = Domain::parse(data) {
        assert_eq!(Domain::parse(domain.as_str()).as_ref(), Ok(&domain));
    }
    let _ = (Address::parse_path(data), ReversePath::parse(data));
});
