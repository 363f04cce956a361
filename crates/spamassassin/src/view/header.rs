//! Header fields: as they came, and decoded as SpamAssassin decodes them.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::charset::{self, Declared};
use super::text::{own, trimmed};
use super::transfer;

/// One field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// As written.
    pub(crate) name: Vec<u8>,
    /// What stands after the colon, line ends and all.
    pub(crate) raw: Vec<u8>,
    /// Unfolded, trimmed, encoded words decoded to UTF-8; without a line end.
    pub(crate) decoded: Vec<u8>,
}

impl Field {
    pub(crate) fn new(name: &[u8], raw: Vec<u8>) -> Self {
        let decoded = decode(trimmed(&unfolded(&raw)), name);
        Self { name: name.to_vec(), raw, decoded }
    }

    pub(crate) fn is(&self, name: &[u8]) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// Every line end with the spaces and tabs after it as one space.
fn unfolded(value: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(value.len());
    let mut octets = value.iter().copied().peekable();
    while let Some(octet) = octets.next() {
        if octet == b'\n' && matches!(octets.peek(), Some(b' ' | b'\t')) {
            while matches!(octets.peek(), Some(b' ' | b'\t')) {
                octets.next();
            }
            text.push(b' ');
        } else {
            text.push(octet);
        }
    }
    text
}

static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    own(r"(?i)^(?:Received|(?:Resent-)?(?:Message-ID|Date)|MIME-Version|References|In-Reply-To|List-.*)\z")
});
static BETWEEN: LazyLock<Regex> = LazyLock::new(|| own(r"(=\?[A-Za-z0-9*_-]+\?[bqBQ]\?[^?]*\?=)\s+"));
static WORD: LazyLock<Regex> = LazyLock::new(|| own(r"=\?([A-Za-z0-9*_-]+)\?([bqBQ])\?([^?]*)\?="));

/// RFC 2047 with the reading of SpamAssassin: words of one charset are joined before they are decoded.
pub(crate) fn decode(value: &[u8], name: &[u8]) -> Vec<u8> {
    let mut text: Vec<u8> = value.iter().copied().filter(|&octet| octet != b'\n').collect();
    if !text.is_ascii() {
        text = charset::decode(&text, b"UTF-8", Declared::Guess).into_bytes();
    }
    if PLAIN.is_match(name) || !super::text::contains(&text, b"=?") {
        return text;
    }
    let text = joined_words(&text);
    let mut sections: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut add = |piece: &[u8], label: Vec<u8>| {
        if piece.is_empty() {
            return;
        }
        match sections.last_mut() {
            Some((content, known)) if *known == label => content.extend_from_slice(piece),
            _ => sections.push((piece.to_vec(), label)),
        }
    };
    let mut at = 0;
    for found in WORD.captures_iter(&text) {
        let group = |number: usize| found.get(number).map_or(&b""[..], |group| group.as_bytes());
        let Some(whole) = found.get(0) else { continue };
        add(&text[at..whole.start()], Vec::new());
        let content = match group(2) {
            b"B" | b"b" => transfer::base64(group(3)),
            _ => {
                let spaced: Vec<u8> = group(3).iter().map(|&octet| if octet == b'_' { b' ' } else { octet }).collect();
                transfer::quoted_printable(&spaced)
            }
        };
        let label = group(1).split(|&octet| octet == b'*').next().unwrap_or_default();
        add(&content, label.to_ascii_lowercase());
        at = whole.end();
    }
    add(&text[at..], Vec::new());
    let decoded = sections.into_iter().map(|(content, label)| {
        if label.is_empty() { content } else { charset::decode(&content, &label, Declared::Insist).into_bytes() }
    });
    decoded.flatten().collect()
}

/// Without the white space between one encoded word and the next.
fn joined_words(text: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = BETWEEN.captures_at(text, at) {
        let (Some(whole), Some(word)) = (found.get(0), found.get(1)) else { break };
        joined.extend_from_slice(&text[at..word.end()]);
        if WORD.find_at(text, whole.end()).is_none_or(|next| next.start() != whole.end()) {
            joined.extend_from_slice(&text[word.end()..whole.end()]);
        }
        at = whole.end();
    }
    joined.extend_from_slice(&text[at..]);
    joined
}
