//! Any octets are an archive; the bounds on entries and depth hold, whatever it declares.
#![no_main]

use libfuzzer_sys::fuzz_target;
use message::attachment::Inside;
use message::Limits;

fuzz_target!(|data: &[u8]| {
    let limits = Limits { archive_entries: 50, archive_depth: 2, archive_octets: 256 * 1024, ..Limits::default() };
    if let Some(inside) = Inside::of(data, "a.zip", &limits) {
        assert!(inside.entries.len() <= limits.archive_entries);
        for entry in &inside.entries {
            assert!(entry.name.chars().count() <= 255);
            let _ = entry.executable();
        }
    }
});
