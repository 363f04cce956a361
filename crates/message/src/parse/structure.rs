//! The tree of MIME parts (RFC 2045, 2046), found in one walk over byte ranges: nothing is copied or decoded but
//! enclosed messages in base64, and every bound is kept while walking, not after.
//!
//! An own walk and not mail-parser's: see docs/decisions/mime-structure.md.

use std::ops::Range;

use bytes::Bytes;

use super::Fault;
use crate::header::{Header, Parameters, Section, read_section};
use crate::limits::Limits;
use crate::transfer::{Encoding, undo};

/// Messages inside encoded messages that are still opened.
const ENCODED_MESSAGES: usize = 3;

/// A part that holds content itself, or an enclosed message.
#[derive(Debug)]
pub(super) struct Part {
    /// Index of the buffer that the range points into.
    pub(super) source: usize,
    /// From its first header field; for the message itself from the body on.
    pub(super) start: usize,
    pub(super) body: Range<usize>,
    pub(super) content_type: Parameters,
    pub(super) disposition: Parameters,
    pub(super) encoding: Encoding,
    pub(super) has_content_id: bool,
    /// A reader is shown it as part of the message.
    pub(super) shown: bool,
    /// Stands inside an enclosed message.
    pub(super) enclosed: bool,
}

/// Everything found.
#[derive(Debug)]
pub(super) struct Tree {
    /// The message and what was decoded to look inside.
    pub(super) sources: Vec<Bytes>,
    /// Parts with content, in order.
    pub(super) parts: Vec<Part>,
    /// Parts counted, multiparts among them.
    pub(super) count: usize,
    /// Charsets declared, in order.
    pub(super) charsets: Vec<String>,
    pub(super) faults: Vec<Fault>,
}

/// Where a part stands.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    source: usize,
    encoded: usize,
    enclosed: bool,
    parent: Parent,
    /// Its number among its siblings.
    number: usize,
    /// Where it begins, header section included.
    start: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Parent {
    Message,
    Alternative,
    Related,
    Digest,
    Mixed,
}

/// Walks a message whose header section has been read.
pub(super) fn walk(raw: Bytes, fields: &[Header], body: Range<usize>, limits: &Limits) -> Tree {
    let tree = Tree { sources: vec![raw], parts: Vec::new(), count: 0, charsets: Vec::new(), faults: Vec::new() };
    let mut walker = Walker { tree, limits };
    let start = body.start;
    let place = Place { depth: 0, source: 0, encoded: 0, enclosed: false, parent: Parent::Message, number: 0, start };
    walker.entity(fields, body, place);
    walker.tree
}

struct Walker<'a> {
    tree: Tree,
    limits: &'a Limits,
}

impl Walker<'_> {
    fn fault(&mut self, fault: Fault) {
        if !self.tree.faults.contains(&fault) {
            self.tree.faults.push(fault);
        }
    }

    fn source(&self, number: usize) -> Bytes {
        self.tree.sources.get(number).cloned().unwrap_or_default()
    }

    /// One part: its fields have been read, its body is a range.
    fn entity(&mut self, fields: &[Header], body: Range<usize>, place: Place) {
        if self.tree.count >= self.limits.parts {
            return self.fault(Fault::TooManyParts);
        }
        self.tree.count += 1;
        let raw = self.source(place.source);
        let structured =
            |name| first(fields, name).map(|field| Parameters::parse(raw.get(field.raw.clone()).unwrap_or_default()));
        let mut content_type: Parameters = structured("Content-Type").unwrap_or_default();
        if !is_media_type(&content_type.value) {
            // RFC 2045 §5.2: no type, or one that cannot be read
            let implied = if place.parent == Parent::Digest { "message/rfc822" } else { "text/plain" };
            implied.clone_into(&mut content_type.value);
        }
        self.charset(&content_type);
        if content_type.value.starts_with("multipart/") && self.multipart(&raw, &content_type, &body, place) {
            return;
        }
        let encoding = first(fields, "Content-Transfer-Encoding").map_or(Encoding::Identity, |f| encoding(&f.value));
        let disposition = structured("Content-Disposition").unwrap_or_default();
        if content_type.value.starts_with("multipart/") {
            // Without its delimiters it is read as text, as mail programs do.
            "text/plain".clone_into(&mut content_type.value);
            self.fault(Fault::BrokenStructure);
        }
        let is_message = matches!(content_type.value.as_str(), "message/rfc822" | "message/global" | "message/news");
        let part = Part {
            source: place.source,
            start: place.start,
            body: body.clone(),
            shown: is_shown(&content_type, &disposition, place),
            content_type,
            disposition,
            encoding,
            has_content_id: first(fields, "Content-ID").is_some(),
            enclosed: place.enclosed,
        };
        self.tree.parts.push(part);
        if is_message {
            self.message(&raw, body, encoding, place);
        }
    }

    fn charset(&mut self, content_type: &Parameters) {
        if let Some(charset) = content_type.get("charset") {
            let charset = charset.trim().to_lowercase();
            if !charset.is_empty() && !self.tree.charsets.contains(&charset) && self.tree.charsets.len() < 32 {
                self.tree.charsets.push(charset);
            }
        }
    }

    /// The parts of a multipart (RFC 2046 §5.1); false where there is no delimiter.
    fn multipart(&mut self, raw: &[u8], content_type: &Parameters, body: &Range<usize>, place: Place) -> bool {
        let boundary = content_type.get("boundary").unwrap_or_default();
        let delimiters = Delimiters::new(raw, body.clone(), boundary.trim_end());
        let Some(mut delimiters) = delimiters.filter(|delimiters| delimiters.clone().next().is_some()) else {
            return false;
        };
        if place.depth >= self.limits.depth {
            self.fault(Fault::TooDeep);
            return true;
        }
        let parent = match content_type.value.as_str() {
            "multipart/alternative" => Parent::Alternative,
            "multipart/related" => Parent::Related,
            "multipart/digest" => Parent::Digest,
            _ => Parent::Mixed,
        };
        let mut current = delimiters.next();
        let mut number = 0;
        while let Some(delimiter) = current.filter(|delimiter| !delimiter.closes) {
            if self.tree.count >= self.limits.parts {
                self.fault(Fault::TooManyParts);
                return true;
            }
            let following = delimiters.next();
            let end = following.as_ref().map_or(body.end, |next| next.content_end);
            let range = delimiter.next.min(end)..end;
            let Section { fields, body_start, cut } = read_section(raw, range.clone(), self.limits);
            if cut {
                self.fault(Fault::HeaderCut);
            }
            let place = Place { depth: place.depth + 1, parent, number, start: range.start, ..place };
            self.entity(&fields, body_start.min(range.end)..range.end, place);
            number += 1;
            if following.is_none() {
                self.fault(Fault::BrokenStructure);
            }
            current = following;
        }
        true
    }

    /// Looks into an enclosed message (RFC 2046 §5.2.1).
    fn message(&mut self, raw: &[u8], body: Range<usize>, encoding: Encoding, place: Place) {
        if place.depth >= self.limits.depth {
            return self.fault(Fault::TooDeep);
        }
        let mut inside = Place { depth: place.depth + 1, enclosed: true, parent: Parent::Message, number: 0, ..place };
        if encoding == Encoding::Identity {
            let Section { fields, body_start, cut: _ } = read_section(raw, body.clone(), self.limits);
            inside.start = body_start.min(body.end);
            return self.entity(&fields, body_start.min(body.end)..body.end, inside);
        }
        if place.encoded >= ENCODED_MESSAGES {
            return self.fault(Fault::TooDeep);
        }
        let text = raw.get(body).unwrap_or_default();
        let undone = undo(encoding, text, self.limits.message);
        if undone.broken {
            self.fault(Fault::BrokenEncoding);
        }
        let source = Bytes::from(undone.bytes);
        let length = source.len();
        inside.source = self.tree.sources.len();
        inside.encoded += 1;
        self.tree.sources.push(source.clone());
        let Section { fields, body_start, cut: _ } = read_section(&source, 0..length, self.limits);
        self.entity(&fields, body_start.min(length)..length, inside);
    }
}

fn is_media_type(value: &str) -> bool {
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&octet))
    };
    value.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

fn first<'a>(fields: &'a [Header], name: &str) -> Option<&'a Header> {
    fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
}

/// The mechanism that is named, with whatever was written behind it left out.
fn encoding(value: &str) -> Encoding {
    let name = value.trim_start_matches(['"', ' ']);
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(name.len());
    match name[..end].to_ascii_lowercase().as_str() {
        "base64" => Encoding::Base64,
        "quoted-printable" => Encoding::QuotedPrintable,
        "x-uuencode" | "uuencode" | "x-uue" | "uue" => Encoding::Uuencode,
        _ => Encoding::Identity,
    }
}

/// Text is shown unless it is sent as a file: marked so, or named and not the first of its parts.
fn is_shown(content_type: &Parameters, disposition: &Parameters, place: Place) -> bool {
    if !matches!(content_type.value.as_str(), "text/plain" | "text/html") {
        return false;
    }
    if place.parent == Parent::Alternative {
        return true;
    }
    let named = content_type.has("name");
    disposition.value != "attachment" && (place.number == 0 || (place.parent != Parent::Related && !named))
}

/// A delimiter line (RFC 2046 §5.1.1).
#[derive(Clone, Copy)]
struct Delimiter {
    /// Where the part before it ends: before the line end that belongs to the delimiter.
    content_end: usize,
    /// Where the next part begins.
    next: usize,
    closes: bool,
}

/// The delimiter lines of one boundary in a range, in order.
#[derive(Clone)]
struct Delimiters<'a> {
    raw: &'a [u8],
    start: usize,
    at: usize,
    end: usize,
    /// `--` and the boundary.
    line: Vec<u8>,
}

impl<'a> Delimiters<'a> {
    fn new(raw: &'a [u8], range: Range<usize>, boundary: &str) -> Option<Self> {
        if boundary.is_empty() {
            return None;
        }
        let line = [b"--", boundary.as_bytes()].concat();
        Some(Self { raw, start: range.start, at: range.start, end: range.end, line })
    }
}

impl Iterator for Delimiters<'_> {
    type Item = Delimiter;

    fn next(&mut self) -> Option<Delimiter> {
        while let Some(found) = self.raw.get(self.at..self.end).and_then(|rest| memchr::memmem::find(rest, &self.line))
        {
            let here = self.at + found;
            let after = here + self.line.len();
            self.at = after;
            let on_line_start = here == self.start || matches!(self.raw.get(here - 1), Some(b'\n' | b'\r'));
            if !on_line_start {
                continue;
            }
            let rest = self.raw.get(after..self.end).unwrap_or_default();
            let closes = rest.starts_with(b"--");
            let line_end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            let tail = &rest[if closes { 2 } else { 0 }..line_end.max(if closes { 2 } else { 0 })];
            // A longer boundary that begins alike is another one; behind a closing mark anything may stand.
            if !closes && !tail.iter().all(|octet| matches!(octet, b' ' | b'\t')) {
                continue;
            }
            let line_break = match rest.get(line_end..) {
                Some([b'\r', b'\n', ..]) => 2,
                Some([_, ..]) => 1,
                _ => 0,
            };
            let before = self.raw.get(self.start..here).unwrap_or_default();
            let ended = if before.ends_with(b"\r\n") { 2 } else { usize::from(!before.is_empty()) };
            self.at = after + line_end;
            return Some(Delimiter { content_end: here - ended, next: after + line_end + line_break, closes });
        }
        None
    }
}
