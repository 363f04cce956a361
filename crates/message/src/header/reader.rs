//! Cuts a header section into fields, in the shapes that mail really has: LF alone, CR alone, lines without a colon,
//! a missing blank line, an mbox separator on top.

use std::ops::Range;

use super::{Header, encoded_word};
use crate::limits::Limits;

/// What was read of a header section.
pub(crate) struct Section {
    pub(crate) fields: Vec<Header>,
    /// Where the body begins.
    pub(crate) body_start: usize,
    /// Something lay beyond a bound.
    pub(crate) cut: bool,
}

/// Reads the header section that begins at `range.start`; positions count from the start of `raw`.
pub(crate) fn read_section(raw: &[u8], range: Range<usize>, limits: &Limits) -> Section {
    let lines = Lines::new(raw, range.clone());
    // A message has some twenty fields, a part of it a few.
    let fields = Vec::with_capacity(if range.start == 0 { 32 } else { 4 });
    let mut section = Section { fields, body_start: range.end, cut: false };
    let bound = range.start.saturating_add(limits.header_section);
    let mut at = range.start;
    while at < range.end {
        let line = lines.at(at);
        let is_white = line.bytes(raw).iter().all(u8::is_ascii_whitespace);
        if line.is_blank(raw) || (is_white && !section.fields.is_empty()) {
            section.body_start = line.next;
            return section;
        }
        if at >= bound || section.fields.len() >= limits.header_fields {
            section.cut = true;
            section.body_start = lines.after_blank(at);
            return section;
        }
        let Some(colon) = field_colon(line.bytes(raw)) else {
            if is_body(raw, &lines, &line, at == range.start || section.fields.is_empty()) {
                section.body_start = at;
                return section;
            }
            at = line.next;
            continue;
        };
        let end = lines.folded_end(&line);
        section.fields.push(field(raw, at, at + colon, &end, limits, &mut section.cut));
        at = end.next;
    }
    section
}

/// One line: its text ends at `end`, the next begins at `next`.
struct Line {
    start: usize,
    end: usize,
    next: usize,
}

impl Line {
    fn bytes<'a>(&self, raw: &'a [u8]) -> &'a [u8] {
        raw.get(self.start..self.end).unwrap_or_default()
    }

    fn is_blank(&self, raw: &[u8]) -> bool {
        self.bytes(raw).iter().all(|&octet| octet == b'\r')
    }

    fn is_continuation(&self, raw: &[u8]) -> bool {
        matches!(self.bytes(raw).first(), Some(b' ' | b'\t'))
    }
}

/// The lines of a range.
struct Lines<'a> {
    raw: &'a [u8],
    end: usize,
    /// LF, or CR where there is no LF at all.
    terminator: u8,
}

impl<'a> Lines<'a> {
    fn new(raw: &'a [u8], range: Range<usize>) -> Self {
        let bytes = raw.get(range.clone()).unwrap_or_default();
        let has_line_feed = memchr::memchr(b'\n', bytes).is_some();
        let terminator = if has_line_feed || memchr::memchr(b'\r', bytes).is_none() { b'\n' } else { b'\r' };
        Self { raw, end: range.end, terminator }
    }

    fn at(&self, start: usize) -> Line {
        let rest = self.raw.get(start..self.end).unwrap_or_default();
        let length = memchr::memchr(self.terminator, rest).unwrap_or(rest.len());
        let carriage = usize::from(self.terminator == b'\n' && rest[..length].ends_with(b"\r"));
        Line { start, end: start + length - carriage, next: (start + length + 1).min(self.end) }
    }

    /// The last line of the field that begins on this line.
    fn folded_end(&self, first: &Line) -> Line {
        let mut last = Line { ..*first };
        while last.next < self.end {
            let line = self.at(last.next);
            if !line.is_continuation(self.raw) {
                break;
            }
            // White space alone is a blank line to some readers: it goes on only where a field or folding follows.
            if line.bytes(self.raw).iter().all(u8::is_ascii_whitespace) {
                let after = self.at(line.next);
                let goes_on = after.is_continuation(self.raw) || field_colon(after.bytes(self.raw)).is_some();
                if line.next >= self.end || !goes_on {
                    break;
                }
            }
            last = line;
        }
        last
    }

    /// Where the body begins after a header section that was not read to its end.
    fn after_blank(&self, from: usize) -> usize {
        let rest = self.raw.get(from..self.end).unwrap_or_default();
        let line_feeds = memchr::memmem::find(rest, b"\n\n").map(|at| at + 2);
        let carriages = memchr::memmem::find(rest, b"\n\r\n").map(|at| at + 3);
        match (line_feeds, carriages) {
            (Some(one), Some(other)) => from + one.min(other),
            (Some(one), None) | (None, Some(one)) => from + one,
            (None, None) => self.end,
        }
    }
}

/// Where the colon stands on a line that begins a field (RFC 5322 §2.2; white space before the colon is §4.5).
fn field_colon(line: &[u8]) -> Option<usize> {
    let colon = memchr::memchr(b':', line)?;
    let name = line[..colon].trim_ascii_end();
    let fine = !name.is_empty() && name.len() <= 256 && name.iter().all(|octet| matches!(octet, 33..=126));
    fine.then_some(colon)
}

/// Whether a line that is no field begins the body whose blank line is missing. A stray line between fields, and what
/// an mbox or a relay wrote on top, is passed over.
fn is_body(raw: &[u8], lines: &Lines<'_>, line: &Line, on_top: bool) -> bool {
    if on_top {
        return false;
    }
    if line.next >= lines.end {
        return true;
    }
    let next = lines.at(line.next);
    !(next.is_blank(raw) || next.is_continuation(raw) || field_colon(next.bytes(raw)).is_some())
}

fn field(raw: &[u8], start: usize, colon: usize, last: &Line, limits: &Limits, cut: &mut bool) -> Header {
    let name = raw.get(start..colon).unwrap_or_default().trim_ascii_end();
    let value = raw.get(colon + 1..last.end).unwrap_or_default();
    let decoded = match value.get(..limits.header_field) {
        Some(beginning) if beginning.len() < value.len() => {
            *cut = true;
            beginning
        }
        _ => value,
    };
    Header {
        name: String::from_utf8_lossy(name).into_owned(),
        raw: (colon + 1).min(last.end)..last.end,
        field: start..last.next,
        value: encoded_word::decode(&unfold(decoded)),
    }
}

/// Takes the folding out: a line end and the white space around it become one space, bare CR as well. NUL, which no
/// reader shows and some stores refuse, is dropped.
pub(super) fn unfold(value: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    let value = value.trim_ascii();
    if memchr::memchr3(b'\r', b'\n', 0, value).is_none() {
        return value.into();
    }
    let mut line = Vec::with_capacity(value.len());
    let mut rest = Some(value);
    let mut is_first = true;
    while let Some(left) = rest {
        let end = memchr::memchr2(b'\r', b'\n', left).unwrap_or(left.len());
        let piece = left.get(..end).unwrap_or_default();
        let piece = if is_first { piece.trim_ascii_end() } else { piece.trim_ascii() };
        (rest, is_first) = (left.get(end + 1..), false);
        if piece.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(b' ');
        }
        if memchr::memchr(0, piece).is_none() {
            line.extend_from_slice(piece);
        } else {
            line.extend(piece.iter().filter(|&&octet| octet != 0));
        }
    }
    line.into()
}
