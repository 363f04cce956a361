//! TAR: a header of 512 octets before each entry (POSIX.1-2017 pax, GNU long names).

use super::reader::size;
use super::{Entry, Format, Inside, Look, name};

const BLOCK: usize = 512;

/// Whether it begins with a header.
pub(super) fn is(octets: &[u8]) -> bool {
    octets.get(257..262) == Some(b"ustar")
}

pub(super) fn list(octets: &[u8], look: &mut Look<'_>) -> Inside {
    let mut finds = Inside::new(Format::Tar);
    let mut rest = octets;
    let mut long_name = None;
    while let Some((header, after)) = rest.split_at_checked(BLOCK) {
        if header.iter().all(|&octet| octet == 0) {
            return finds;
        }
        let Some(length) = header.get(124..136).and_then(number) else {
            finds.broken = true;
            return finds;
        };
        let content = after.get(..size(length)).unwrap_or(after);
        match header.get(156) {
            Some(b'L') => long_name = Some(name(until_nul(content.get(..BLOCK * 2).unwrap_or(content)))),
            Some(b'x') => long_name = pax_path(content).or(long_name),
            Some(b'0' | 0 | b'7') => {
                let own = own_name(header);
                let entry = Entry::new(long_name.take().unwrap_or(own), length, length);
                let open = |bound: usize| Some(content.get(..bound).unwrap_or(content).to_vec());
                if !finds.take(entry, open, look) {
                    return finds;
                }
            }
            _ => {}
        }
        let padded = size(length).checked_next_multiple_of(BLOCK).unwrap_or(usize::MAX);
        rest = after.get(padded..).unwrap_or_default();
        finds.cut |= padded > after.len();
    }
    finds
}

/// Octal digits, or binary where the first bit is set (GNU).
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let (upper, lower) = field.split_at_checked(4)?;
        return upper
            .get(1..)?
            .iter()
            .all(|&octet| octet == 0)
            .then(|| lower.iter().fold(0u64, |sum, &octet| sum << 8 | u64::from(octet)));
    }
    let text = std::str::from_utf8(until_nul(field)).ok()?.trim();
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

fn own_name(header: &[u8]) -> String {
    let field = |from: usize, to: usize| until_nul(header.get(from..to).unwrap_or_default());
    let (own, before) = (field(0, 100), field(345, 500));
    if before.is_empty() || header.get(257..263) != Some(b"ustar\0") {
        return name(own);
    }
    name(&[before, b"/", own].concat())
}

/// `length path=name` of a pax header.
fn pax_path(content: &[u8]) -> Option<String> {
    let mut lines = content.split(|&octet| octet == b'\n');
    lines.find_map(|line| {
        let at = memchr::memmem::find(line, b" path=")?;
        Some(name(line.get(at + 6..)?))
    })
}

fn until_nul(field: &[u8]) -> &[u8] {
    field.split(|&octet| octet == 0).next().unwrap_or_default()
}
