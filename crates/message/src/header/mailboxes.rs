//! Address lists (RFC 5322 §3.4, §4.4) as they are written: quoted names, groups, comments, source routes, names
//! without brackets, encoded-words where none may stand.

use super::{Mailbox, encoded_word, reader};
use crate::address::Address;
use crate::charset;

/// Reads one address field and appends what it lists.
pub(super) fn read(octets: &[u8], list: &mut Vec<Mailbox>) {
    let line = reader::unfold(octets);
    // Octets first: in ISO-2022-JP and Shift_JIS half a character may look like a quote or a comma.
    let text = charset::decode(&line, None).text;
    let mut entry = Entry::default();
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        if let Some(length) = encoded_word_length(rest) {
            entry.take_plain(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '"' => rest = entry.take_quoted(rest),
            '(' => rest = entry.take_comment(rest),
            '<' => rest = entry.take_angle(rest),
            ',' => entry.finish(list),
            ';' => entry.finish(list),
            ':' if entry.is_group_name() => entry = Entry::default(),
            _ => entry.take_char(c),
        }
    }
    entry.finish(list);
}

/// The length of an encoded-word at the start, so that commas and brackets inside it do not count.
fn encoded_word_length(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("=?")?;
    let mut parts = inside.splitn(3, '?');
    let (label, encoding, rest) = (parts.next()?, parts.next()?, parts.next()?);
    if label.len() > 60 || !matches!(encoding, "B" | "b" | "Q" | "q") {
        return None;
    }
    let end = rest.find("?=")?;
    if rest[..end].contains(['<', '"']) {
        return None;
    }
    Some(2 + label.len() + 1 + 1 + 1 + end + 2)
}

/// One entry while it is being read.
#[derive(Default)]
struct Entry {
    /// The text outside brackets and comments, with its quotes.
    written: String,
    /// The same without quotes: the display name, if an address in brackets follows.
    phrase: String,
    comment: String,
    angle: Option<String>,
}

impl Entry {
    fn take_char(&mut self, c: char) {
        self.written.push(c);
        self.phrase.push(c);
    }

    fn take_plain(&mut self, text: &str) {
        self.written.push_str(text);
        self.phrase.push_str(text);
    }

    /// A quoted-string; an unclosed quote ends with the field.
    fn take_quoted<'a>(&mut self, rest: &'a str) -> &'a str {
        self.written.push('"');
        let mut chars = rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.written.push('"');
                    return &rest[at + 1..];
                }
                '\\' => {
                    if let Some((_, escaped)) = chars.next() {
                        self.written.extend(['\\', escaped]);
                        self.phrase.push(escaped);
                    }
                }
                c => self.take_char(c),
            }
        }
        ""
    }

    fn take_comment<'a>(&mut self, rest: &'a str) -> &'a str {
        let mut depth = 1usize;
        let mut chars = rest.char_indices();
        if !self.comment.is_empty() {
            self.comment.push(' ');
        }
        while let Some((at, c)) = chars.next() {
            match c {
                ')' if depth == 1 => return &rest[at + 1..],
                '(' => depth += 1,
                ')' => depth -= 1,
                '\\' => {
                    if let Some((_, escaped)) = chars.next() {
                        self.comment.push(escaped);
                    }
                    continue;
                }
                _ => {}
            }
            self.comment.push(c);
        }
        ""
    }

    /// What stands in angle brackets; unclosed it ends before the next comma, or with the field.
    fn take_angle<'a>(&mut self, rest: &'a str) -> &'a str {
        let mut quoted = false;
        for (at, c) in rest.char_indices() {
            match c {
                '"' => quoted = !quoted,
                '>' if !quoted => {
                    self.set_angle(&rest[..at]);
                    return &rest[at + 1..];
                }
                _ => {}
            }
        }
        let end = rest.find(',').unwrap_or(rest.len());
        self.set_angle(&rest[..end]);
        &rest[end..]
    }

    /// The last pair of brackets counts; an earlier one was part of the name.
    fn set_angle(&mut self, inside: &str) {
        if let Some(before) = self.angle.replace(inside.trim().to_owned()) {
            self.phrase.push_str(&format!("<{before}>"));
        }
    }

    fn is_group_name(&self) -> bool {
        self.angle.is_none() && !self.written.contains(['@', '['])
    }

    fn finish(&mut self, list: &mut Vec<Mailbox>) {
        let entry = std::mem::take(self);
        let (name, spec) = match &entry.angle {
            Some(inside) => (entry.phrase.trim(), without_route(inside)),
            None => bare(&entry.written),
        };
        if name.is_empty() && spec.is_empty() && entry.angle.is_none() {
            return;
        }
        let name = if name.is_empty() { entry.comment.trim() } else { name };
        let spec = without_space(spec);
        list.push(Mailbox { name: display_name(name), address: Address::parse(&spec).ok(), spec });
    }
}

/// An entry without brackets: an address, or a name and an address, or neither.
fn bare(written: &str) -> (&str, &str) {
    let written = written.trim();
    if written.starts_with('"') && written.contains("\"@") {
        return ("", written);
    }
    match written.rsplit_once(char::is_whitespace) {
        _ if !written.contains('@') => (written.trim_matches('"'), ""),
        // `user @ example.jp` (RFC 5322 §4.4) is one address, `Name user@example.jp` is two things.
        Some((before, last)) if last.contains('@') && !last.starts_with('@') && !before.trim_end().ends_with('@') => {
            (before.trim().trim_matches('"'), last)
        }
        _ => ("", written),
    }
}

/// `@relay,@relay:user@domain` (RFC 5322 §4.4): only the last part is the address.
fn without_route(inside: &str) -> &str {
    match inside.split_once(':') {
        Some((route, address)) if route.starts_with('@') => address.trim(),
        _ => inside,
    }
}

fn without_space(spec: &str) -> String {
    if spec.starts_with('"') {
        return spec.to_owned();
    }
    spec.chars().filter(|c| !c.is_whitespace()).collect()
}

fn display_name(name: &str) -> String {
    let decoded = encoded_word::decode(name.as_bytes());
    decoded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(String, String)> {
        let mut list = Vec::new();
        read(text.as_bytes(), &mut list);
        list.into_iter().map(|mailbox| (mailbox.name, mailbox.spec)).collect()
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|&(name, spec)| (name.to_owned(), spec.to_owned())).collect()
    }

    #[test]
    fn lists_are_read_as_they_are_written() {
        for (text, expected) in [
            ("a@example.jp", &[("", "a@example.jp")][..]),
            ("Taro <a@example.jp>, b@example.jp", &[("Taro", "a@example.jp"), ("", "b@example.jp")]),
            ("\"Yamada, Taro\" <a@example.jp>", &[("Yamada, Taro", "a@example.jp")]),
            ("a@example.jp (Taro)", &[("Taro", "a@example.jp")]),
            (
                "Friends: a@example.jp, b@example.jp;, c@example.jp",
                &[("", "a@example.jp"), ("", "b@example.jp"), ("", "c@example.jp")],
            ),
            ("undisclosed-recipients:;", &[]),
            ("<@relay.example.com,@b.example.com:a@example.jp>", &[("", "a@example.jp")]),
            ("a @ example.jp", &[("", "a@example.jp")]),
            ("Taro Yamada a@example.jp", &[("Taro Yamada", "a@example.jp")]),
            ("=?utf-8?Q?a,_b?= <a@example.jp>", &[("a, b", "a@example.jp")]),
            ("\"=?UTF-8?B?44GC?=\" <a@example.jp>", &[("あ", "a@example.jp")]),
            ("\"bank@example.com\" <a@example.jp>", &[("bank@example.com", "a@example.jp")]),
            ("\"a b\"@example.jp", &[("", "\"a b\"@example.jp")]),
            ("<>", &[("", "")]),
            ("Taro <a@example.jp", &[("Taro", "a@example.jp")]),
            ("Nobody", &[("Nobody", "")]),
            (",, ,", &[]),
        ] {
            assert_eq!(of(text), pairs(expected), "{text}");
        }
    }

    #[test]
    fn raw_japanese_names_are_read() {
        for encoding in [encoding_rs::SHIFT_JIS, encoding_rs::ISO_2022_JP] {
            let (bytes, _, _) = encoding.encode("ソ表、能 <a@example.jp>");
            let mut list = Vec::new();
            read(&bytes, &mut list);
            assert_eq!((list[0].name.as_str(), list[0].spec.as_str()), ("ソ表、能", "a@example.jp"));
        }
    }
}
