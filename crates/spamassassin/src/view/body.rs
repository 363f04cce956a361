//! The text of a message in the three forms that rules look at: rendered (`body`), decoded (`rawbody`), as it came
//! (`full`).

use super::charset::{self, Declared};
use super::html::Html;
use super::part::{Part, Parts};

/// Octets of one part that are looked at, rendered and decoded (SpamAssassin's own bounds).
const RENDERED: usize = 50_000;
const DECODED: usize = 500_000;
/// Octets of a line of the rendered text, and about of a piece of the decoded text.
const LINE: usize = 2048;

/// A text in pieces: rules are tried on each.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Pieces {
    fn push(&mut self, piece: &[u8]) {
        self.text.extend_from_slice(piece);
        self.ends.push(self.text.len());
    }

    pub(crate) fn of(pieces: &[&[u8]]) -> Self {
        let mut all = Self::default();
        pieces.iter().for_each(|piece| all.push(piece));
        all
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.text[start..end])
    }

    pub(crate) fn all(&self) -> &[u8] {
        &self.text
    }
}

/// A part rendered as text.
pub(crate) struct Rendered {
    pub(crate) text: String,
    pub(crate) html: Option<Html>,
}

/// Renders a part, where it is text.
pub(crate) fn rendered(part: &Part) -> Option<Rendered> {
    let kind = part.effective_kind();
    if !matches!(kind, "text/plain" | "text/html") {
        return None;
    }
    let octets = part.decoded();
    let label = part.charset.as_deref().unwrap_or(b"us-ascii");
    let text = charset::decode(&octets, label, Declared::Guess);
    if kind == "text/html" && !text.is_empty() {
        let html = Html::read(&text, octets.len());
        return Some(Rendered { text: html.text.clone(), html: Some(html) });
    }
    Some(Rendered { text, html: None })
}

/// The subject and the rendered parts, in paragraphs.
pub(crate) fn paragraphs<'p>(parts: &Parts, rendered: impl Iterator<Item = Option<&'p Rendered>>) -> Pieces {
    let subject = parts.all.first().and_then(|message| message.value("subject"));
    let mut joined = String::new();
    for part in rendered {
        if !joined.is_empty() {
            joined.push('\n');
        }
        if let Some(part) = part {
            joined.push_str(cut(&part.text));
        }
    }
    let mut text = subject.unwrap_or_default().to_vec();
    text.push(b'\n');
    text.extend(collapsed(&joined));
    let mut pieces = Pieces::default();
    for line in super::text::lines(&text) {
        let mut rest = line;
        while rest.len() > LINE {
            let end = rest[..=LINE].iter().rposition(|&octet| octet == b' ').map_or(LINE, |at| at + 1);
            pieces.push(&rest[..end]);
            rest = &rest[end..];
        }
        pieces.push(rest);
    }
    pieces
}

/// So much of a part as is looked at, up to the end of a line or word.
fn cut(text: &str) -> &str {
    if text.len() <= RENDERED {
        return text;
    }
    let near = |wanted: u8| {
        let after = text.as_bytes().get(RENDERED..RENDERED + 1024).unwrap_or_default();
        after.iter().position(|&octet| octet == wanted).map(|at| RENDERED + at + 1)
    };
    let mut end = near(b'\n').or_else(|| near(b' ')).unwrap_or(RENDERED);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Runs of line ends as one line end, and other white space as one space.
fn collapsed(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut buffer = [0; 4];
    while let Some(c) = characters.next() {
        if !c.is_whitespace() && c != '\0' {
            out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            continue;
        }
        if c == '\0' {
            out.push(b'\n');
            continue;
        }
        // A run of white space with two line ends in it parts paragraphs; a line end is needed at its first place
        // that is one, and what stands before that is a space.
        let mut feeds = usize::from(c == '\n');
        let mut before = usize::from(c != '\n');
        let mut after = 0;
        while let Some(next) = characters.next_if(|next| next.is_whitespace()) {
            if next == '\n' {
                feeds += 1;
                after = 0;
            } else if feeds == 0 {
                before += 1;
            } else {
                after += 1;
            }
        }
        if feeds < 2 {
            out.push(b' ');
            continue;
        }
        if before > 0 {
            out.push(b' ');
        }
        out.push(b'\n');
        if after > 0 {
            out.push(b' ');
        }
    }
    out
}

/// The decoded parts, in pieces.
pub(crate) fn decoded(parts: &Parts) -> Pieces {
    let mut pieces = Pieces::default();
    for part in parts.leaves() {
        let kind = part.effective_kind();
        let is_text = kind.starts_with("text/") || kind.starts_with("message/");
        if !is_text || part.kind == "text/calendar" {
            continue;
        }
        let mut text = part.decoded();
        if text.len() > DECODED {
            let after = text.get(DECODED..DECODED + 1024).unwrap_or_default();
            let near = |wanted: u8| after.iter().position(|&octet| octet == wanted).map(|at| DECODED + at + 1);
            let end = near(b'\n').or_else(|| near(b'>')).or_else(|| near(b' ')).unwrap_or(DECODED);
            text.truncate(end);
        }
        short_paragraphs(&text, &mut pieces);
    }
    pieces
}

fn short_paragraphs(text: &[u8], pieces: &mut Pieces) {
    if text.len() <= LINE {
        pieces.push(text);
        return;
    }
    let mut from = 0;
    while text.len() - from > 2 * LINE {
        let window = &text[from + LINE..from + 2 * LINE];
        let near = |wanted: u8| window.iter().position(|&octet| octet == wanted);
        let length = near(b'\n').or_else(|| near(b'>')).or_else(|| near(b' ')).unwrap_or(0) + LINE + 1;
        pieces.push(&text[from..from + length]);
        from += length;
    }
    if from < text.len() {
        pieces.push(&text[from..]);
    }
}
