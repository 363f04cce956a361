//! The same changes that `rendering` makes to the bytes, as edits of single fields for a mail server that keeps the
//! message: what is removed first (from the bottom up, so that no count shifts), then what is put on top.

use std::ops::Range;

use bytes::Bytes;
use message::Headers;

use crate::rendering::{Marks, Trace, encoded, labelled_subject};

/// One change of the header section. Values begin as they stand after the colon (mostly with a space); folded lines
/// are parted by a line feed, without carriage returns, as the milter protocol wants them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Takes a field away.
    Remove {
        /// Its name.
        name: String,
        /// Which of that name, from the top, counted from 1.
        nth: usize,
    },
    /// Gives a field another value.
    Change {
        /// Its name.
        name: String,
        /// Which of that name, from the top, counted from 1.
        nth: usize,
        /// The value.
        value: Vec<u8>,
    },
    /// Puts a field on top of all.
    Top {
        /// Its name.
        name: String,
        /// The value.
        value: Vec<u8>,
    },
    /// Puts a field under all others.
    Bottom {
        /// Its name.
        name: String,
        /// The value.
        value: Vec<u8>,
    },
}

/// The edits that make the header section of every copy.
pub fn edits(headers: &Headers, trace: &Trace, marks: &Marks) -> Vec<Edit> {
    let mut gone: Vec<Range<usize>> = trace.removed.clone();
    let mut bottom = Vec::new();
    for instead in marks.instead.iter().filter(|instead| instead.place.start < headers.body_start) {
        if !instead.place.is_empty() {
            gone.push(instead.place.clone());
        }
        bottom.extend(fields(&instead.with));
    }
    gone.sort_by_key(|range| range.start);
    gone.dedup();
    let mut all = Vec::new();
    let found = gone.iter().rev().filter_map(|range| place(headers, range));
    all.extend(found.map(|(name, nth)| Edit::Remove { name, nth }));
    if let Some(label) = &marks.subject {
        all.push(match headers.all("Subject").next() {
            Some(subject) => {
                let text = labelled_subject(headers.raw.get(subject.raw.clone()).unwrap_or_default(), label);
                Edit::Change { name: subject.name.clone(), nth: 1, value: line_feeds(&text) }
            }
            None => {
                Edit::Bottom { name: "Subject".into(), value: line_feeds(format!(" {}", encoded(label)).as_bytes()) }
            }
        });
    }
    // Each goes on top of the one before it.
    let text = trace.fields.clone() + &marks.fields;
    all.extend(fields(text.as_bytes()).into_iter().rev().map(|(name, value)| Edit::Top { name, value }));
    all.extend(bottom.into_iter().map(|(name, value)| Edit::Bottom { name, value }));
    all
}

/// The body that is delivered instead; `None`: the message's own.
pub fn body(headers: &Headers, marks: &Marks) -> Option<Bytes> {
    if marks.header_only {
        return Some(Bytes::from_static(b"\r\n"));
    }
    let mut cuts: Vec<_> = marks.instead.iter().filter(|cut| cut.place.start >= headers.body_start).collect();
    if cuts.is_empty() {
        return None;
    }
    cuts.sort_by_key(|cut| cut.place.start);
    let raw = &headers.raw;
    let mut out = Vec::with_capacity(raw.len().saturating_sub(headers.body_start));
    let mut at = headers.body_start;
    for cut in cuts.into_iter().filter(|cut| cut.place.end <= raw.len()) {
        if cut.place.start >= at {
            out.extend_from_slice(raw.get(at..cut.place.start).unwrap_or_default());
            out.extend_from_slice(&cut.with);
            at = cut.place.end;
        }
    }
    out.extend_from_slice(raw.get(at..).unwrap_or_default());
    Some(Bytes::from(out))
}

/// Name of the field that stands there, and which of that name it is.
fn place(headers: &Headers, range: &Range<usize>) -> Option<(String, usize)> {
    let own = headers.fields.iter().find(|field| field.field == *range)?;
    let above = headers.fields.iter().filter(|field| field.name.eq_ignore_ascii_case(&own.name));
    Some((own.name.clone(), above.take_while(|field| field.field.start <= range.start).count()))
}

/// Cuts text of whole fields, each with its line end, into names and values.
fn fields(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    let text = line_feeds(text);
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for line in text.split(|octet| *octet == b'\n').filter(|line| !line.is_empty()) {
        match (line.first(), all.last_mut()) {
            (Some(b' ' | b'\t'), Some((_, value))) => {
                value.push(b'\n');
                value.extend_from_slice(line);
            }
            _ => {
                let colon = line.iter().position(|octet| *octet == b':').unwrap_or(line.len());
                let (name, value) = line.split_at(colon);
                let value = value.strip_prefix(b":").unwrap_or(value);
                all.push((String::from_utf8_lossy(name).into_owned(), value.to_vec()));
            }
        }
    }
    all
}

fn line_feeds(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|octet| *octet != b'\r').collect()
}
