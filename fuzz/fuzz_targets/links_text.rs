//! Any text has links, plain or drawn; bounds hold, and what is shown was there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use message::links::{find, find_drawn};

fuzz_target!(|data: &str| {
    let links = find(data, 20);
    assert!(links.len() <= 20);
    for link in &links {
        assert!(data.contains(&link.shown));
        let _ = (link.lies(), link.organization(), content::urls::inner(link));
    }
    assert!(find_drawn(data, 5).len() <= 5);
});
