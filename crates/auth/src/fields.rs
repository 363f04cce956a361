//! The header section as octets, for signatures: every field as it stands, found quickly by name.
//!
//! Not `message::Headers`: that one decodes and is bounded, while a signature is about each octet of every field.

use std::collections::HashMap;
use std::ops::Range;

/// Fields that are read.
const MOST_FIELDS: usize = 5_000;
/// Octets of the header section that are read.
const LARGEST_SECTION: usize = 1024 * 1024;

/// One header field; name and value as they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Before the colon.
    pub name: &'a [u8],
    /// After the colon, with folding and the final line end.
    pub value: &'a [u8],
    /// Where the field begins in the message.
    pub start: usize,
}

/// A message cut into fields and body.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    /// From top to bottom.
    pub all: Vec<Field<'a>>,
    /// What follows the empty line. Empty where `cut`.
    pub body: &'a [u8],
    /// The header section is larger than is read: no signature over it can be told.
    pub cut: bool,
    by_name: HashMap<String, Vec<usize>>,
}

impl Field<'_> {
    /// Where the whole field stands, with its line end.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.name.len() + 1 + self.value.len()
    }
}

impl<'a> Fields<'a> {
    /// Cuts a message. A line that is no field is passed over with what is folded below it.
    pub fn split(message: &'a [u8]) -> Self {
        let mut fields = Self { all: Vec::new(), body: &[], cut: false, by_name: HashMap::new() };
        let mut section = Section::of(message);
        for field in &mut section {
            if fields.all.len() >= MOST_FIELDS || field.range().end > LARGEST_SECTION {
                fields.cut = true;
                return fields;
            }
            let name = String::from_utf8_lossy(field.name.trim_ascii_end()).to_ascii_lowercase();
            fields.by_name.entry(name).or_default().push(fields.all.len());
            fields.all.push(field);
        }
        fields.body = section.body;
        fields
    }

    /// The fields of a name (given in lower case), from top to bottom.
    pub fn named<'s>(&'s self, name: &str) -> impl DoubleEndedIterator<Item = &'s Field<'a>> + use<'s, 'a> {
        self.by_name.get(name).into_iter().flatten().map(|&index| &self.all[index])
    }

    /// The fields that a signature covers, in the order of `h=`: of each name first the lowest, then the one above
    /// it (RFC 6376 §5.4.2). Names without a field are passed over.
    pub fn signed<'s>(&'s self, names: &[String]) -> Vec<(&'a [u8], &'a [u8])> {
        let mut taken: HashMap<&str, usize> = HashMap::new();
        let mut signed = Vec::with_capacity(names.len());
        for name in names {
            let Some(indexes) = self.by_name.get(name.as_str()) else { continue };
            let taken = taken.entry(name).or_default();
            *taken += 1;
            if let Some(&index) = indexes.len().checked_sub(*taken).and_then(|at| indexes.get(at)) {
                signed.push((self.all[index].name, self.all[index].value));
            }
        }
        signed
    }
}

/// Every field of a message, however many, one at a time; then the body.
pub struct Section<'a> {
    message: &'a [u8],
    at: usize,
    body: &'a [u8],
}

impl<'a> Section<'a> {
    /// The header section that a message begins with.
    pub fn of(message: &'a [u8]) -> Self {
        Self { message, at: 0, body: &[] }
    }
}

impl<'a> Iterator for Section<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        while let Some(rest) = self.message.get(self.at..).filter(|rest| !rest.is_empty()) {
            if let Some(body) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")) {
                self.body = body;
                self.at = self.message.len();
                break;
            }
            let start = self.at;
            let length = field_length(rest);
            self.at += length;
            if let Some(field) = field(&rest[..length], start) {
                return Some(field);
            }
        }
        None
    }
}

/// A field's octets: its line and what is folded below it.
fn field_length(rest: &[u8]) -> usize {
    let mut end = 0;
    loop {
        match rest[end..].iter().position(|&octet| octet == b'\n') {
            None => return rest.len(),
            Some(line) => end += line + 1,
        }
        if !matches!(rest.get(end), Some(b' ' | b'\t')) {
            return end;
        }
    }
}

fn field(octets: &[u8], start: usize) -> Option<Field<'_>> {
    let colon = octets.iter().position(|&octet| octet == b':')?;
    let (name, value) = octets.split_at(colon);
    // A name is printable; blanks may stand before the colon (RFC 5322 §4.5).
    let printable = !name.is_empty() && name.trim_ascii_end().iter().all(|octet| (0x21..=0x7e).contains(octet));
    printable.then_some(Field { name, value: &value[1..], start })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_every_octet_and_the_body_begins_after_the_empty_line() {
        let message = b"From mbox\r\nA: 1\r\nb : 2\r\n 3\r\nA: 4\r\n\r\nbody\r\n";
        let fields = Fields::split(message);
        assert_eq!(fields.body, b"body\r\n");
        let values: Vec<_> = fields.all.iter().map(|field| &message[field.range()]).collect();
        assert_eq!(values, [&b"A: 1\r\n"[..], b"b : 2\r\n 3\r\n", b"A: 4\r\n"]);
        assert_eq!(fields.named("b").count(), 1);
        let names = ["a", "x", "a", "a"].map(str::to_owned);
        assert_eq!(fields.signed(&names), [(&b"A"[..], &b" 4\r\n"[..]), (b"A", b" 1\r\n")]);
    }

    #[test]
    fn a_bomb_of_fields_is_not_read_to_its_end() {
        for bomb in ["A: 1\r\n".repeat(100_000), format!("A: {}\r\n", "x".repeat(2_000_000))] {
            let message = format!("From: a@example.jp\r\n{bomb}\r\nbody");
            let fields = Fields::split(message.as_bytes());
            assert!(fields.cut && fields.body.is_empty() && fields.all.len() <= MOST_FIELDS);
            assert!(Section::of(message.as_bytes()).count() >= 2);
        }
    }

    #[test]
    fn a_message_may_end_anywhere() {
        for message in ["", "A", "A:", "A: 1", "A: 1\r\n", "A: 1\r\n\r\n", "\r\n", " x", ":", "\n\n"] {
            let fields = Fields::split(message.as_bytes());
            assert!(fields.body.is_empty() || message == "\n\n", "{message:?}");
        }
    }
}
