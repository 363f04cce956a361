//! What a gram is called, for a person to read: the word it stands in, with the field that the word is part of.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

/// Characters of a name.
const LONGEST: usize = 40;

/// What a feature is called: `from: a@example.jp`, or a word alone. Equal, and in order, as the text of it is.
#[derive(Clone, Debug, Default)]
pub(in crate::bayes) struct Name<'t> {
    field: Option<&'t str>,
    word: Cow<'t, str>,
}

impl Name<'_> {
    /// The pieces of its text.
    fn pieces(&self) -> [&str; 3] {
        match self.field {
            Some(field) => [field, ": ", &self.word],
            None => [&self.word, "", ""],
        }
    }

    fn octets(&self) -> impl Iterator<Item = u8> {
        self.pieces().into_iter().flat_map(str::bytes)
    }

    fn len(&self) -> usize {
        self.pieces().iter().map(|piece| piece.len()).sum()
    }

    pub(in crate::bayes) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        match self.field == other.field {
            true => self.word == other.word,
            false => self.len() == other.len() && self.octets().eq(other.octets()),
        }
    }
}

impl Eq for Name<'_> {}

impl PartialOrd for Name<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.octets().cmp(other.octets())
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces().iter().try_for_each(|piece| f.write_str(piece))
    }
}

/// Where each feature stands in the text that was read.
#[derive(Clone, Debug, Default)]
pub(in crate::bayes) struct Names {
    text: String,
    places: Vec<u32>,
}

impl Names {
    pub(super) fn new(text: String, places: Vec<u32>) -> Self {
        Self { text, places }
    }

    /// The name of the feature at that index: the words that its gram touches.
    pub(in crate::bayes) fn get(&self, index: usize) -> Option<Name<'_>> {
        let at = *self.places.get(index)? as usize;
        let text = self.text.as_bytes();
        let is_end = |octet: &u8| matches!(octet, b' ' | b'\n' | b'\t' | b'<' | b'>' | b'(' | b')' | b'"' | b';');
        let line = memchr::memrchr(b'\n', text.get(..at)?).map_or(0, |end| end + 1);
        // A gram that begins with the space before a word is about the word.
        let lead = text.get(at..)?.iter().take_while(|octet| is_end(octet)).count();
        let middle = (at + lead).min(at + super::LENGTH - 1);
        // What is longer is cut, so nobody has to look where it begins and ends.
        let nearest = at.saturating_sub(LONGEST + 1);
        let start = text.get(nearest..middle)?.iter().rposition(&is_end).map_or(nearest, |end| nearest + end + 1);
        let after = text.get(at + super::LENGTH..)?;
        let after = after.get(..4 * LONGEST).unwrap_or(after);
        let end = after.iter().position(is_end).map_or(text.len(), |to| at + super::LENGTH + to);
        let word = self.around(start.max(line), end, at);
        Some(Name { field: self.field(line, middle), word })
    }

    /// The text from `start` to `end`, cut to what a line can show around the gram.
    fn around(&self, start: usize, end: usize, at: usize) -> Cow<'_, str> {
        let start = if at.saturating_sub(start) > LONGEST { at } else { start };
        let start = (start..=at).find(|&start| self.text.is_char_boundary(start)).unwrap_or(0);
        let tail = self.text.get(start..).unwrap_or_default();
        let mut shown = tail.char_indices().take_while(|(offset, _)| start + offset < end).skip(LONGEST);
        let cut = shown.next().map_or_else(|| tail.ceil_char_boundary(end.saturating_sub(start)), |(offset, _)| offset);
        let word = tail.get(..cut).unwrap_or_default().trim();
        // A name is of one line, a gram may reach into the next.
        if word.contains('\n') { word.replace('\n', " ").into() } else { word.into() }
    }

    /// The name of the header field that begins the line, where the gram is not about the name itself.
    fn field(&self, line: usize, middle: usize) -> Option<&str> {
        let begun = self.text.as_bytes().get(line..middle)?;
        let colon = begun.iter().position(|octet| !octet.is_ascii_alphanumeric() && *octet != b'-')?;
        let is_name = colon > 0 && begun.get(colon..)?.starts_with(b": ");
        if is_name { self.text.get(line..line + colon) } else { None }
    }
}
