//! Small things on octets that Perl has in the language: trimming, replacing, lines.

use regex::bytes::{Regex, RegexBuilder};

/// A pattern of the program itself, on octets.
pub(crate) fn own(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).unicode(false).build().expect("a pattern of the program, which tests use")
}

/// White space as Perl sees it in octets.
pub(crate) fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\n' | 0x0B | 0x0C | b'\r')
}

pub(crate) fn trimmed(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&octet| !is_space(octet)).unwrap_or(text.len());
    trimmed_end(text.get(start..).unwrap_or_default())
}

pub(crate) fn trimmed_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&octet| !is_space(octet)).map_or(0, |at| at + 1);
    text.get(..end).unwrap_or_default()
}

/// Without the line feed at its end.
pub(crate) fn chomped(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\n").unwrap_or(text)
}

/// Lines with their line feeds.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|&octet| octet == b'\n')
}

/// Every run of white space as one space.
pub(crate) fn collapsed(text: &[u8]) -> Vec<u8> {
    let mut collapsed = Vec::with_capacity(text.len());
    let mut in_space = false;
    for &octet in text {
        if !is_space(octet) {
            collapsed.push(octet);
        } else if !in_space {
            collapsed.push(b' ');
        }
        in_space = is_space(octet);
    }
    collapsed
}

/// CRLF as LF.
pub(crate) fn line_feeds(text: &[u8]) -> Vec<u8> {
    let mut changed = Vec::with_capacity(text.len());
    for (at, &octet) in text.iter().enumerate() {
        if octet != b'\r' || text.get(at + 1) != Some(&b'\n') {
            changed.push(octet);
        }
    }
    changed
}

/// Where a text stands in another one.
pub(crate) fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, wanted)
}

pub(crate) fn contains(text: &[u8], wanted: &[u8]) -> bool {
    find(text, wanted).is_some()
}

pub(crate) fn string(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
