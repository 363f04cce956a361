//! Cuts HTML into text, tags and comments, as browsers do with markup that is not well formed.

use std::borrow::Cow;

use super::entity;

/// One piece of HTML.
pub(super) enum Token<'a> {
    Text(&'a str),
    Comment(&'a str),
    Start(Tag<'a>),
    /// An end tag's name, lower case.
    End(&'a str),
}

/// A start tag.
pub(super) struct Tag<'a> {
    /// Lower case.
    pub(super) name: String,
    source: &'a str,
}

/// Attributes of one tag that are read.
const ATTRIBUTES: usize = 64;

impl<'a> Tag<'a> {
    /// Attributes with their values as written. Names may have any case.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (Cow<'a, str>, &'a str)> {
        Attributes { rest: self.source }.take(ATTRIBUTES).map(|(name, value)| (lower(name), value))
    }

    /// The first attribute of that name, entities decoded.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        Attributes { rest: self.source }
            .take(ATTRIBUTES)
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| entity::decode(value).into_owned())
    }
}

/// In lower case; most names are written so.
fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|octet| octet.is_ascii_uppercase()) {
        return Cow::Owned(name.to_ascii_lowercase());
    }
    Cow::Borrowed(name)
}

struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let name_end = rest
            .char_indices()
            .skip(1)
            .find(|&(_, c)| c.is_ascii_whitespace() || matches!(c, '=' | '/'))
            .map_or(rest.len(), |(at, _)| at);
        let (name, after) = rest.split_at(name_end);
        let Some(value) = after.trim_start().strip_prefix('=').map(str::trim_start) else {
            self.rest = after;
            return Some((name, ""));
        };
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, rest) = match quote {
            Some(quote) => {
                let inside = &value[1..];
                let end = inside.find(quote).unwrap_or(inside.len());
                (&inside[..end], inside.get(end + 1..).unwrap_or_default())
            }
            None => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
        };
        self.rest = rest;
        Some((name, value))
    }
}

/// The pieces of a source, in order.
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { rest: source }
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn next_token(&mut self) -> Option<Token<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let bytes = self.rest.as_bytes();
        if bytes[0] != b'<' || !begins_markup(bytes) {
            // A lone `<` is text.
            let end = memchr::memchr(b'<', &bytes[1..]).map_or(bytes.len(), |at| at + 1);
            return Some(Token::Text(self.cut(end, end)));
        }
        if let Some(inside) = self.rest.strip_prefix("<!--") {
            return Some(self.comment(inside));
        }
        if matches!(bytes.get(1), Some(b'!' | b'?')) || (bytes[1] == b'/' && !bytes[2].is_ascii_alphabetic()) {
            let end = memchr::memchr(b'>', bytes).unwrap_or(bytes.len());
            let piece = self.cut(end, end + 1);
            return Some(Token::Comment(piece.get(2..).unwrap_or_default()));
        }
        let end = tag_end(bytes);
        let piece = self.cut(end, end + 1);
        if let Some(name) = piece.strip_prefix("</") {
            return Some(Token::End(name_of(name)));
        }
        let inside = piece.get(1..).unwrap_or_default();
        let name = name_of(inside);
        let source = inside.get(name.len()..).unwrap_or_default();
        Some(Token::Start(Tag { name: name.to_ascii_lowercase(), source }))
    }

    /// Takes `end` octets, goes on after `next`.
    fn cut(&mut self, end: usize, next: usize) -> &'a str {
        let (piece, rest) = self.rest.split_at(end.min(self.rest.len()));
        self.rest = rest.get(next - end..).unwrap_or_default();
        piece
    }

    /// A comment ends at `-->` or `--!>`; `<!-->` and `<!--->` are empty ones; unclosed it takes the rest.
    fn comment(&mut self, inside: &'a str) -> Token<'a> {
        for empty in [">", "->"] {
            if let Some(rest) = inside.strip_prefix(empty) {
                self.rest = rest;
                return Token::Comment("");
            }
        }
        let end = memchr::memmem::find(inside.as_bytes(), b"--");
        let mut at = end;
        while let Some(dashes) = at {
            let after = &inside[dashes + 2..];
            for close in [">", "!>"] {
                if let Some(rest) = after.strip_prefix(close) {
                    self.rest = rest;
                    return Token::Comment(&inside[..dashes]);
                }
            }
            at = memchr::memmem::find(&inside.as_bytes()[dashes + 1..], b"--").map(|next| dashes + 1 + next);
        }
        self.rest = "";
        Token::Comment(inside)
    }

    /// The content of an element that is not markup, up to its end tag, which is taken as well.
    pub(super) fn raw_text(&mut self, name: &str) -> &'a str {
        let bytes = self.rest.as_bytes();
        let mut from = 0;
        while let Some(found) = memchr::memmem::find(&bytes[from..], b"</") {
            let at = from + found;
            let after = &bytes[at + 2..];
            if after.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes())) {
                let close = memchr::memchr(b'>', &bytes[at..]).map_or(bytes.len(), |end| at + end);
                return self.cut_at(at, close + 1);
            }
            from = at + 2;
        }
        self.cut_at(bytes.len(), bytes.len())
    }

    fn cut_at(&mut self, end: usize, next: usize) -> &'a str {
        let piece = &self.rest[..end];
        self.rest = self.rest.get(next..).unwrap_or_default();
        piece
    }
}

/// `<` followed by what makes it a tag, an end tag or a declaration.
fn begins_markup(bytes: &[u8]) -> bool {
    match bytes.get(1) {
        Some(b'!' | b'?') => true,
        Some(b'/') => bytes.len() > 2,
        Some(octet) => octet.is_ascii_alphabetic(),
        None => false,
    }
}

/// Where the tag's `>` stands: not inside a quoted value, which begins after `=`.
fn tag_end(bytes: &[u8]) -> usize {
    let mut at = 1;
    let mut after_equals = false;
    while let Some(&octet) = bytes.get(at) {
        match octet {
            b'>' => return at,
            b'=' => after_equals = true,
            b'"' | b'\'' if after_equals => {
                let Some(close) = memchr::memchr(octet, &bytes[at + 1..]) else {
                    // The quote never closes: the tag ends where it would without it.
                    return memchr::memchr(b'>', &bytes[at..]).map_or(bytes.len(), |end| at + end);
                };
                at += close + 1;
                after_equals = false;
            }
            octet if octet.is_ascii_whitespace() => {}
            _ => after_equals = false,
        }
        at += 1;
    }
    bytes.len()
}

/// The name at the start of a tag's inside.
fn name_of(inside: &str) -> &str {
    let end = inside.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(inside.len());
    &inside[..end]
}
