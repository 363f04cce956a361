//! `type/subtype; name=value` of Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2183, RFC 2231).

use super::{encoded_word, reader};
use crate::charset;
use crate::transfer::hex_pair;

/// A structured field: its first value and its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters {
    /// What stands before the first semicolon, lower case, without comments.
    pub(crate) value: String,
    list: Vec<Parameter>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parameter {
    /// Lower case, without the marks of RFC 2231.
    name: String,
    /// The number after the first asterisk (RFC 2231 §3).
    section: Option<u32>,
    /// An asterisk at the end: percent escapes (RFC 2231 §4).
    extended: bool,
    value: String,
}

/// Parameters that are read; a field with more is an attack.
const PARAMETERS: usize = 64;

impl Parameters {
    /// Reads the octets of a field's value.
    pub(crate) fn parse(octets: &[u8]) -> Self {
        let line = reader::unfold(octets);
        let text = if line.is_ascii() && !line.contains(&0x1B) {
            String::from_utf8_lossy(&line).into_owned()
        } else {
            charset::decode(&line, None).text
        };
        let (value, mut rest) = first_value(&text);
        let mut parameters = Self { value, list: Vec::new() };
        while parameters.list.len() < PARAMETERS {
            rest = rest.trim_start_matches(|c: char| c == ';' || c.is_whitespace());
            if rest.starts_with('(') {
                rest = after_comment(rest);
                continue;
            }
            if rest.is_empty() {
                break;
            }
            let end = rest.find(['=', ';']).unwrap_or(rest.len());
            let name = rest[..end].trim();
            let Some(after) = rest[end..].strip_prefix('=') else {
                rest = &rest[end..];
                continue;
            };
            let (value, next) = parameter_value(after);
            parameters.list.push(Parameter::new(name, value));
            rest = next;
        }
        parameters
    }

    /// A parameter as text, all ways of writing it decoded; the extended form wins (RFC 2231 §4).
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let mut pieces: Vec<&Parameter> =
            self.list.iter().filter(|p| p.name == name && (p.extended || p.section.is_some())).collect();
        if !pieces.is_empty() {
            pieces.sort_by_key(|piece| piece.section.unwrap_or(0));
            return Some(join(&pieces));
        }
        let plain = self.list.iter().find(|p| p.name == name)?;
        Some(if plain.value.contains("=?") {
            encoded_word::decode(plain.value.as_bytes())
        } else {
            plain.value.clone()
        })
    }

    /// Whether a parameter of that name is there in any form.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.list.iter().any(|parameter| parameter.name == name)
    }
}

impl Parameter {
    fn new(name: &str, value: String) -> Self {
        let lower = name.to_ascii_lowercase();
        let (bare, extended) = match lower.strip_suffix('*') {
            Some(bare) => (bare, true),
            None => (lower.as_str(), false),
        };
        let (name, section) = match bare.split_once('*') {
            Some((name, number)) => (name, number.parse().ok()),
            None => (bare, None),
        };
        Self { name: name.trim().to_owned(), section, extended, value }
    }
}

/// Joins the sections of a parameter as octets, then decodes them (RFC 2231 §4.1).
fn join(pieces: &[&Parameter]) -> String {
    let mut octets = Vec::new();
    let mut label = String::new();
    let mut any_extended = false;
    for (number, piece) in pieces.iter().enumerate() {
        let mut value = piece.value.as_str();
        if piece.extended {
            any_extended = true;
            if number == 0 {
                let mut parts = value.splitn(3, '\'');
                if let (Some(charset), Some(_), Some(rest)) = (parts.next(), parts.next(), parts.next()) {
                    charset.clone_into(&mut label);
                    value = rest;
                }
            }
            percent(value, &mut octets);
        } else {
            octets.extend_from_slice(value.as_bytes());
        }
    }
    if !any_extended && memchr::memmem::find(&octets, b"=?").is_some() {
        return encoded_word::decode(&octets);
    }
    charset::decode(&octets, Some(label.as_str()).filter(|label| !label.is_empty())).text
}

fn percent(value: &str, octets: &mut Vec<u8>) {
    let mut rest = value.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match hex_pair(after).filter(|_| first == b'%') {
            Some(octet) => {
                octets.push(octet);
                rest = &after[2..];
            }
            None => octets.push(first),
        }
    }
}

/// What stands before the parameters. Some programs forget the semicolon after it.
fn first_value(text: &str) -> (String, &str) {
    let end = text.find(';').unwrap_or(text.len());
    let (head, rest) = text.split_at(end);
    let mut value = String::new();
    let mut remaining = head;
    while let Some(open) = remaining.find('(') {
        value.push_str(&remaining[..open]);
        remaining = after_comment(&remaining[open..]);
    }
    value.push_str(remaining);
    let value = value.trim().trim_matches('"').to_lowercase();
    if let Some((first, parameters)) = head.trim_start().split_once(char::is_whitespace)
        && first.contains('/')
        && parameters.contains('=')
        && !first.contains('(')
    {
        let at = text.find(parameters).unwrap_or(end);
        return (first.to_lowercase(), &text[at..]);
    }
    (value.split_whitespace().collect(), rest)
}

/// A quoted-string or everything up to the semicolon; gives what follows.
fn parameter_value(after: &str) -> (String, &str) {
    let trimmed = after.trim_start();
    let Some(inside) = trimmed.strip_prefix('"') else {
        let end = trimmed.find(';').unwrap_or(trimmed.len());
        let (value, rest) = trimmed.split_at(end);
        let value = value.find(" (").map_or(value, |comment| &value[..comment]);
        return (value.trim().to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &inside[at + 1..]),
            // Only a quote or a backslash is escaped: `C:\file` was never meant as quoted pairs.
            '\\' if matches!(inside[at + 1..].chars().next(), Some('"' | '\\')) => {
                value.extend(chars.next().map(|(_, escaped)| escaped));
            }
            c => value.push(c),
        }
    }
    (value, "")
}

fn after_comment(text: &str) -> &str {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return &text[at + 1..];
                }
            }
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(field: &str, name: &str) -> Option<String> {
        Parameters::parse(field.as_bytes()).get(name)
    }

    #[test]
    fn parameters_are_read_in_every_form() {
        for (field, name, value) in [
            ("text/plain; charset=utf-8", "charset", "utf-8"),
            ("text/plain; charset=\"utf-8\" (comment)", "charset", "utf-8"),
            ("text/plain charset=utf-8", "charset", "utf-8"),
            ("a/b; NAME = \"x;y\"", "name", "x;y"),
            ("a/b; name=a b.txt; size=1", "name", "a b.txt"),
            ("attachment; filename*=UTF-8'ja'%E3%81%82.txt; filename=x.txt", "filename", "あ.txt"),
            (
                "attachment; filename*0*=iso-2022-jp''%1B$B$; filename*1*=%22%1B(B; filename*2=.txt",
                "filename",
                "あ.txt",
            ),
            ("attachment; filename=\"=?UTF-8?B?44GC?=.exe\"", "filename", "あ.exe"),
            ("attachment; filename=\"a\\\"b\\c.txt", "filename", "a\"b\\c.txt"),
        ] {
            assert_eq!(get(field, name).as_deref(), Some(value), "{field}");
        }
        assert_eq!(get("a/b; name", "name"), None);
        assert_eq!(Parameters::parse(b"Text / HTML (x); a=b").value, "text/html");
        assert_eq!(Parameters::parse(b"").value, "");
    }

    #[test]
    fn raw_japanese_names_are_read() {
        let (octets, _, _) = encoding_rs::SHIFT_JIS.encode("attachment; filename=\"ソ表、能.txt\"");
        assert_eq!(Parameters::parse(&octets).get("filename").as_deref(), Some("ソ表、能.txt"));
    }
}
