//! Character references of HTML (numeric, and the named ones that mail uses).

use std::borrow::Cow;

use super::entity_table::{NAMED, WITHOUT_SEMICOLON};

/// Longest name in the table, and longest number that means something.
const LONGEST: usize = 24;

/// Puts characters in the place of their references.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'&', text.as_bytes()) else { return text.into() };
    let mut decoded = String::with_capacity(text.len());
    decoded.push_str(&text[..first]);
    let mut rest = &text[first..];
    loop {
        let (found, length) = reference(rest);
        match found {
            Some(Reference::Text(text)) => decoded.push_str(text),
            Some(Reference::Char(c)) => decoded.push(c),
            None => decoded.push_str(&rest[..length]),
        }
        rest = &rest[length..];
        let Some(next) = memchr::memchr(b'&', rest.as_bytes()) else {
            decoded.push_str(rest);
            return decoded.into();
        };
        decoded.push_str(&rest[..next]);
        rest = &rest[next..];
    }
}

enum Reference {
    Text(&'static str),
    Char(char),
}

/// The reference at the start of the text, which begins with `&`, and how long it is.
fn reference(text: &str) -> (Option<Reference>, usize) {
    let inside = &text[1..];
    if let Some(number) = inside.strip_prefix('#') {
        let (digits, radix, skip) = match number.strip_prefix(['x', 'X']) {
            Some(digits) => (digits, 16, 3),
            None => (number, 10, 2),
        };
        let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        if end == 0 {
            return (None, 1);
        }
        let code = u32::from_str_radix(&digits[..end], radix).unwrap_or(u32::MAX);
        let semicolon = usize::from(digits[end..].starts_with(';'));
        return (Some(Reference::Char(numbered(code))), skip + end + semicolon);
    }
    let end = inside.bytes().take(LONGEST).position(|octet| !octet.is_ascii_alphanumeric());
    let end = end.unwrap_or(inside.len().min(LONGEST));
    let Some(name) = inside.get(..end) else { return (None, 1) };
    if inside[end..].starts_with(';')
        && let Some(text) = named(name)
    {
        return (Some(Reference::Text(text)), 1 + end + 1);
    }
    // `&nbspx`: the longest name that counts without a semicolon.
    for length in (2..=name.len().min(6)).rev() {
        let start = &name[..length];
        if WITHOUT_SEMICOLON.binary_search(&start).is_ok()
            && let Some(text) = named(start)
        {
            return (Some(Reference::Text(text)), 1 + length);
        }
    }
    (None, 1)
}

fn named(name: &str) -> Option<&'static str> {
    NAMED.binary_search_by_key(&name, |&(key, _)| key).ok().and_then(|at| NAMED.get(at)).map(|&(_, text)| text)
}

/// A code point; 0x80–0x9F mean Windows-1252 as in every browser.
fn numbered(code: u32) -> char {
    if let Ok(octet @ 0x80..=0x9F) = u8::try_from(code) {
        let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(std::slice::from_ref(&octet));
        return text.chars().next().unwrap_or('\u{FFFD}');
    }
    char::from_u32(code).filter(|&c| c != '\0').unwrap_or('\u{FFFD}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(NAMED.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(WITHOUT_SEMICOLON.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(WITHOUT_SEMICOLON.iter().all(|name| named(name).is_some()));
    }

    #[test]
    fn references_are_decoded() {
        for (text, decoded) in [
            ("a &amp; b", "a & b"),
            ("&lt;b&gt", "<b>"),
            ("&#12354;&#x3044;&#x3046", "あいう"),
            ("&#150;", "–"),
            ("&nbspx", "\u{A0}x"),
            ("&hearts;&unknown;&", "♥&unknown;&"),
            ("&#;&#x;&#99999999999;", "&#;&#x;\u{FFFD}"),
            ("&あ;", "&あ;"),
        ] {
            assert_eq!(decode(text), decoded);
        }
    }
}
