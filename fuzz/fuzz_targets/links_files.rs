//! Any octets may be attached as a PDF, HTML, calendar or picture; links are found within bounds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use message::Limits;
use message::attachment::{Attachment, Contents};
use message::links::in_files;

fuzz_target!(|data: (u8, Vec<u8>)| {
    let (kind, octets) = data;
    let declared = ["application/pdf", "text/html", "text/calendar", "image/png", "image/jpeg", "image/gif"];
    let declared = declared[usize::from(kind) % declared.len()];
    let attachment = Attachment {
        name: None,
        declared: declared.to_owned(),
        actual: Some(declared.to_owned()),
        size: octets.len(),
        inline: false,
        inside: None,
        active: false,
        contents: Contents::of(octets),
    };
    let limits = Limits { pixels: 200_000, linked_files: 256 * 1024, ..Limits::default() };
    assert!(in_files(&[attachment], &limits, 20).links.len() <= 20);
});
