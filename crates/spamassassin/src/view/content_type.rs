//! Content-Type as SpamAssassin reads it: from broken fields as well as from good ones.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::text::{own, string};

/// What a Content-Type field says.
#[derive(Clone, Debug, Default)]
pub(crate) struct ContentType {
    /// `text/plain` and the like, lower case; every text type but a few is `text/plain`.
    pub(crate) kind: String,
    pub(crate) boundary: Option<Vec<u8>>,
    pub(crate) charset: Option<Vec<u8>>,
    pub(crate) name: Option<Vec<u8>>,
    /// There was no such field, or nothing in it.
    pub(crate) missing: bool,
}

static BOUNDARY: LazyLock<Regex> = LazyLock::new(|| own(r#"(?i)\bboundary\s*=\s*(?:"([^"]+)|([^\s";]+)(?:[\s;]|\z))"#));
static CHARSET: LazyLock<Regex> = LazyLock::new(|| own(r#"(?i)\bcharset\s*=\s*["']?(.*?)["']?(?:;|\z)"#));
static NAME: LazyLock<Regex> = LazyLock::new(|| own(r#"(?i)\b(?:file)?name\s*=\s*["']?(.*?)["']?(?:;|\z)"#));
static NAME_PIECE: LazyLock<Regex> =
    LazyLock::new(|| own(r#"(?i)\b(?:file)?name\*(\d+)\s*=\s*["']?(.*?)["']?(?:;|\z)"#));

impl ContentType {
    /// Reads a field's value.
    pub(crate) fn read(field: Option<&[u8]>) -> Self {
        let default = b"text/plain; charset=us-ascii";
        let missing = field.is_none_or(|field| field.is_empty());
        let text = if missing { &default[..] } else { super::text::chomped(field.unwrap_or_default()) };
        let group = |pattern: &Regex| pattern.captures(text).and_then(|found| Some(found.get(1)?.as_bytes().to_vec()));
        let boundary = BOUNDARY.captures(text).and_then(|found| {
            let given = found.get(1).or_else(|| found.get(2))?;
            Some(given.as_bytes().to_vec())
        });
        let name = group(&NAME).filter(|name| !name.is_empty()).or_else(|| pieces(text));
        let mut kind = kind(text);
        let missing = missing || kind.is_empty();
        let kept = ["text/x-vcard", "text/calendar", "text/html"];
        let is_text = kind.strip_prefix("text").is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()));
        if kind.is_empty() || is_text && !kept.contains(&kind.as_str()) {
            kind = "text/plain".into();
        }
        Self { kind, boundary, charset: group(&CHARSET), name, missing }
    }
}

/// `name*0=…; name*1=…`
fn pieces(text: &[u8]) -> Option<Vec<u8>> {
    let mut pieces: Vec<(u32, Vec<u8>)> = Vec::new();
    for found in NAME_PIECE.captures_iter(text).take(100) {
        let number = found.get(1).and_then(|number| string(number.as_bytes()).parse().ok());
        pieces.extend(number.zip(found.get(2).map(|piece| piece.as_bytes().to_vec())));
    }
    pieces.sort_by_key(|(number, _)| *number);
    (!pieces.is_empty()).then(|| pieces.into_iter().flat_map(|(_, piece)| piece).collect())
}

/// Only something/something of what stands before the first semicolon, without odd characters.
fn kind(text: &[u8]) -> String {
    let text = super::text::trimmed(text);
    let before = text.split(|&octet| octet == b';').next().unwrap_or_default();
    let before = string(before);
    let kept = match before.split_once('/') {
        Some((main, rest)) if !main.is_empty() => {
            let end = rest.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(rest.len());
            format!("{main}/{}", &rest[..end])
        }
        _ => before,
    };
    let odd = |c: char| c <= ' ' || !c.is_ascii_graphic() || "\"(),:;<=>?@[\\]".contains(c);
    kept.chars().filter(|c| !odd(*c)).collect::<String>().to_ascii_lowercase()
}
