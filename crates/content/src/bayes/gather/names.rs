//! What a gram is called, for a person to read: the word it stands in, with the field that the word is part of.

/// Characters of a name.
const LONGEST: usize = 40;

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
    pub(in crate::bayes) fn get(&self, index: usize) -> Option<String> {
        let at = *self.places.get(index)? as usize;
        let text = self.text.as_bytes();
        let is_end = |octet: &u8| matches!(octet, b' ' | b'\n' | b'\t' | b'<' | b'>' | b'(' | b')' | b'"' | b';');
        let line = text.get(..at)?.iter().rposition(|&octet| octet == b'\n').map_or(0, |end| end + 1);
        // A gram that begins with the space before a word is about the word.
        let lead = text.get(at..)?.iter().take_while(|octet| is_end(octet)).count();
        let middle = (at + lead).min(at + super::LENGTH - 1);
        let start = text.get(..middle)?.iter().rposition(&is_end).map_or(0, |end| end + 1);
        let end =
            text.get(at + super::LENGTH..)?.iter().position(is_end).map_or(text.len(), |to| at + super::LENGTH + to);
        let word = self.around(start.max(line), end, at);
        Some(match self.field(line, start) {
            Some(field) => format!("{field}: {word}"),
            None => word,
        })
    }

    /// The text from `start` to `end`, cut to what a line can show around the gram.
    fn around(&self, start: usize, end: usize, at: usize) -> String {
        let start = if at.saturating_sub(start) > LONGEST { at } else { start };
        let start = (start..=at).find(|&start| self.text.is_char_boundary(start)).unwrap_or(0);
        let tail = self.text.get(start..).unwrap_or_default();
        let mut word = String::new();
        for (offset, c) in tail.char_indices() {
            if start + offset >= end || word.chars().count() >= LONGEST {
                break;
            }
            word.push(if c == '\n' { ' ' } else { c });
        }
        word.trim().to_owned()
    }

    /// The name of the header field that begins the line, where the word is not the name itself.
    fn field(&self, line: usize, word: usize) -> Option<&str> {
        let begun = self.text.get(line..)?.split('\n').next()?;
        let (name, _) = begun.split_once(": ")?;
        let is_name = !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
        (is_name && word > line + name.len()).then_some(name)
    }
}
