//! A CSV file of lists: all of it or nothing, and what was taken comes back the same by the export, without a formula.
#![no_main]

use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use policy::{Language, Layer};
use portal::language::Words;
use portal::subscriber::list_file;
use portal::subscriber::lists::List;

fuzz_target!(|bytes: &[u8]| {
    let Ok(entries) = list_file::read(bytes, List::Refuse, &TimeZone::UTC, Words(Language::En)) else { return };
    let mut layer = Layer::default();
    for (list, entry) in &entries {
        list.within(&mut layer).push(entry.clone());
    }
    let Ok(csv) = list_file::write(&layer, &TimeZone::UTC) else { panic!("what was read cannot be written") };
    let Ok(again) = list_file::read(&csv, List::Refuse, &TimeZone::UTC, Words(Language::En)) else {
        panic!("what was written cannot be read: {}", String::from_utf8_lossy(&csv))
    };
    assert_eq!(again.len(), entries.len());
});
