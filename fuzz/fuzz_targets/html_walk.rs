//! Any text is HTML; nothing is shown that was not there, and bounds hold.
#![no_main]

use libfuzzer_sys::fuzz_target;
use message::Limits;
use message::html::{Html, walk};

fuzz_target!(|data: &str| {
    let limits = Limits { links: 20, html: 64 * 1024, ..Limits::default() };
    let mut html = Html::default();
    let mut links = Vec::new();
    walk(data, &limits, &mut html, &mut links);
    assert!(links.len() <= limits.links);
    assert!(html.visible.len() + html.hidden.len() <= 2 * data.len() + 16);
});
