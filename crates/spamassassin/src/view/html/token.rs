//! Cuts HTML as Perl's HTML::Parser cuts it, which is not how a browser does: rules count on its mistakes.

use std::collections::BTreeMap;

/// One piece of HTML.
pub(super) enum Token<'t> {
    /// Text, its character references decoded.
    Text(String),
    Start {
        tag: String,
        attributes: BTreeMap<String, String>,
    },
    End {
        tag: String,
    },
    /// With its delimiters.
    Comment(&'t str),
    /// `<!DOCTYPE …>`
    Declaration(&'t str),
}

/// Attributes of one tag that are read.
const ATTRIBUTES: usize = 100;

pub(super) struct Tokens<'t> {
    rest: &'t str,
    /// The element whose content is not markup, where one is open.
    literal: Option<&'static str>,
}

/// Elements whose content is not markup.
const LITERAL: [&str; 7] = ["script", "style", "xmp", "iframe", "title", "textarea", "plaintext"];

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text, literal: None }
    }

    fn split(&mut self, at: usize) -> &'t str {
        let (before, after) = self.rest.split_at_checked(at).unwrap_or((self.rest, ""));
        self.rest = after;
        before
    }

    /// Text up to the end tag of an element whose content is not markup.
    fn literal_text(&mut self, element: &'static str) -> Option<Token<'t>> {
        let end = end_tag(self.rest, element).unwrap_or(self.rest.len());
        self.literal = None;
        let text = self.split(end);
        if text.is_empty() {
            return None;
        }
        let is_decoded = matches!(element, "title" | "textarea");
        Some(Token::Text(if is_decoded { decoded(text) } else { text.to_owned() }))
    }

    fn text(&mut self) -> Token<'t> {
        let mut end = 0;
        // A `<` that begins no markup is text.
        loop {
            let from = end + usize::from(end > 0 || self.rest.starts_with('<'));
            end = memchr::memchr(b'<', self.rest.as_bytes().get(from..).unwrap_or_default())
                .map_or(self.rest.len(), |at| from + at);
            if end >= self.rest.len() || begins_markup(&self.rest[end..]) {
                break;
            }
        }
        Token::Text(decoded(self.split(end)))
    }

    fn through_close(&mut self) -> &'t str {
        let end = memchr::memchr(b'>', self.rest.as_bytes()).map_or(self.rest.len(), |at| at + 1);
        self.split(end)
    }

    fn declaration(&mut self) -> Token<'t> {
        if self.rest.starts_with("<!--") {
            let inside = &self.rest[4..];
            let mut from = 0;
            while let Some(at) = memchr::memmem::find(&inside.as_bytes()[from..], b"--") {
                let after = from + at + 2;
                let spaces = inside[after..].len() - inside[after..].trim_start().len();
                if inside[after + spaces..].starts_with('>') {
                    return Token::Comment(self.split(4 + after + spaces + 1));
                }
                from += at + 1;
            }
            return Token::Comment(self.through_close());
        }
        let is_declaration = self.rest.as_bytes().get(2).is_some_and(u8::is_ascii_alphabetic);
        let text = self.through_close();
        if is_declaration { Token::Declaration(text) } else { Token::Comment(text) }
    }

    fn start(&mut self) -> Option<Token<'t>> {
        let bytes = self.rest.as_bytes();
        let stop = |octet: &u8| octet.is_ascii_whitespace() || *octet == b'>' || *octet == 0x0B;
        let name_end = bytes.iter().skip(1).position(stop).map(|at| at + 1)?;
        let tag = self.rest[1..name_end].to_lowercase();
        let mut attributes = BTreeMap::new();
        let mut at = name_end;
        loop {
            at += bytes[at..].iter().take_while(|octet| octet.is_ascii_whitespace()).count();
            if *bytes.get(at)? == b'>' {
                break;
            }
            let name_length = bytes[at..].iter().skip(1).position(|octet| stop(octet) || *octet == b'=')? + 1;
            let name = self.rest.get(at..at + name_length)?.to_lowercase();
            at += name_length;
            let spaces = bytes[at..].iter().take_while(|octet| octet.is_ascii_whitespace()).count();
            let mut value = name.clone();
            if bytes.get(at + spaces) == Some(&b'=') {
                at += spaces + 1;
                at += bytes[at..].iter().take_while(|octet| octet.is_ascii_whitespace()).count();
                let (text, length) = self.value(at)?;
                value = decoded(text);
                at += length;
            }
            if attributes.len() < ATTRIBUTES {
                attributes.entry(name).or_insert(value);
            }
        }
        self.split(at + 1);
        self.literal = LITERAL.into_iter().find(|element| *element == tag);
        Some(Token::Start { tag, attributes })
    }

    fn value(&self, at: usize) -> Option<(&'t str, usize)> {
        let rest = self.rest.get(at..)?;
        match rest.as_bytes().first()? {
            quote @ (b'"' | b'\'') => {
                let end = memchr::memchr(*quote, &rest.as_bytes()[1..])?;
                Some((&rest[1..=end], end + 2))
            }
            _ => {
                let end = rest.bytes().position(|octet| octet.is_ascii_whitespace() || octet == b'>')?;
                Some((&rest[..end], end))
            }
        }
    }

    fn end(&mut self) -> Token<'t> {
        let text = self.through_close();
        let inside = text[2..].trim_end_matches('>');
        let end = inside.find(|c: char| c.is_ascii_whitespace()).unwrap_or(inside.len());
        Token::End { tag: inside[..end].to_lowercase() }
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        if let Some(element) = self.literal
            && let Some(token) = self.literal_text(element)
        {
            return Some(token);
        }
        if self.rest.is_empty() {
            return None;
        }
        if !begins_markup(self.rest) {
            return Some(self.text());
        }
        match self.rest.as_bytes().get(1) {
            Some(b'!') => Some(self.declaration()),
            Some(b'?') => Some(Token::Comment(self.through_close())),
            Some(b'/') if self.rest.as_bytes().get(2).is_some_and(u8::is_ascii_alphabetic) => Some(self.end()),
            Some(b'/') => Some(Token::Comment(self.through_close())),
            _ => Some(self.start().unwrap_or_else(|| Token::Text(decoded(self.split(self.rest.len()))))),
        }
    }
}

fn begins_markup(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first() == Some(&b'<')
        && bytes.get(1).is_some_and(|octet| octet.is_ascii_alphabetic() || matches!(octet, b'!' | b'/' | b'?'))
}

/// Where the end tag of an element begins.
fn end_tag(text: &str, element: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&text.as_bytes()[from..], b"</") {
        let name = from + at + 2;
        let is_it = text.get(name..name + element.len()).is_some_and(|found| found.eq_ignore_ascii_case(element));
        let after = text.as_bytes().get(name + element.len());
        if is_it && after.is_none_or(|octet| octet.is_ascii_whitespace() || *octet == b'>') {
            return Some(from + at);
        }
        from = name;
    }
    None
}

fn decoded(text: &str) -> String {
    message::html::decode_references(text).into_owned()
}
