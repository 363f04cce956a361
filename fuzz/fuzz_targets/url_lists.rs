//! Any text is a list of addresses, in one of four formats, or an error that names lines.
#![no_main]

use content::urls::categories::{Builder, Format};
use libfuzzer_sys::fuzz_target;
use message::links::{Link, Place};

fuzz_target!(|data: (u8, &str)| {
    let (format, text) = data;
    let format = [None, Some(Format::Plain), Some(Format::Hosts), Some(Format::Csv), Some(Format::Zone)]
        [usize::from(format) % 5];
    let mut builder = Builder::default();
    match builder.add("list", format, "listed", text) {
        Ok(bad) => assert!(bad.len() <= 20),
        Err(error) => assert!(error.count > 0 && !error.lines.is_empty()),
    }
    let categories = builder.build();
    for line in text.lines().take(20) {
        categories.of(&Link::new(&format!("http://{line}"), "", Place::Text), |_| {});
    }
});
