//! `tag=value; tag=value` lists of signatures and keys (RFC 6376 §3.2).

/// A list that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags<'a>(Vec<(&'a str, &'a str)>);

/// Why a text is no tag list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTags {
    /// Octets that are no text.
    #[error("it holds octets that may not stand there")]
    Character,
    /// Something between semicolons that is not `tag=value`.
    #[error("it holds something that is not tag=value")]
    Shape,
    /// The same tag twice.
    #[error("it holds a tag twice")]
    Twice,
}

/// How closely the grammar is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Signatures: nothing between two semicolons is an error, and a tag may come once.
    Signature,
    /// Key records, which people type by hand: empty places are passed over.
    Key,
}

impl<'a> Tags<'a> {
    /// Reads a list. Values are trimmed, blanks inside are kept.
    pub fn parse(text: &'a [u8], strictness: Strictness) -> Result<Self, BadTags> {
        let text = std::str::from_utf8(text).map_err(|_| BadTags::Character)?;
        if text.chars().any(|c| c.is_control() && !"\t\r\n".contains(c)) {
            return Err(BadTags::Character);
        }
        let text = text.trim_matches(is_blank);
        let text = text.strip_suffix(';').unwrap_or(text);
        let mut tags: Vec<(&str, &str)> = Vec::new();
        for piece in text.split(';') {
            if strictness == Strictness::Key && piece.trim_matches(is_blank).is_empty() {
                continue;
            }
            let (name, value) = piece.split_once('=').ok_or(BadTags::Shape)?;
            let name = name.trim_matches(is_blank);
            let named = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !named {
                return Err(BadTags::Shape);
            }
            if tags.iter().any(|&(known, _)| known == name) {
                return Err(BadTags::Twice);
            }
            tags.push((name, value.trim_matches(is_blank)));
        }
        Ok(Self(tags))
    }

    /// The value of a tag. Names are case-sensitive.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|&&(known, _)| known == name).map(|&(_, value)| value)
    }

    /// The name of the first tag.
    pub fn first(&self) -> Option<&'a str> {
        self.0.first().map(|&(name, _)| name)
    }
}

/// A value with its blanks taken out, as base64 and lists are read.
pub fn compact(value: &str) -> String {
    value.chars().filter(|&c| !is_blank(c)).collect()
}

fn is_blank(c: char) -> bool {
    " \t\r\n".contains(c)
}

/// The field's value with the value of `b=` taken out and without its final line end (RFC 6376 §3.7).
pub fn without_signature(value: &[u8]) -> Vec<u8> {
    let value = value.strip_suffix(b"\n").map_or(value, |value| value.strip_suffix(b"\r").unwrap_or(value));
    let mut kept = Vec::with_capacity(value.len());
    for (index, piece) in value.split(|&octet| octet == b';').enumerate() {
        if index > 0 {
            kept.push(b';');
        }
        match piece.iter().position(|&octet| octet == b'=') {
            Some(equals) if piece[..equals].trim_ascii() == b"b" => kept.extend_from_slice(&piece[..=equals]),
            _ => kept.extend_from_slice(piece),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_strictly() {
        let tags = Tags::parse(b" a = 1 ;\r\n b=x y; c=;", Strictness::Signature).expect("a list");
        assert_eq!((tags.get("a"), tags.get("b"), tags.get("c")), (Some("1"), Some("x y"), Some("")));
        assert_eq!((tags.get("A"), tags.first()), (None, Some("a")));
        for (text, why) in [
            (&b"a=1;;b=2"[..], BadTags::Shape),
            (b"", BadTags::Shape),
            (b"a=1;b", BadTags::Shape),
            (b"==", BadTags::Shape),
            (b"1a=1", BadTags::Shape),
            (b"a=1;a=1", BadTags::Twice),
            (b"a=\x00", BadTags::Character),
            (b"a=\xff", BadTags::Character),
        ] {
            assert_eq!(Tags::parse(text, Strictness::Signature), Err(why), "{text:?}");
        }
        assert!(Tags::parse(b"v=DKIM1;; p=x", Strictness::Key).is_ok());
    }

    #[test]
    fn only_the_signature_is_taken_out() {
        for (value, expected) in [
            (&b" b=abc;h=From\r\n"[..], &b" b=;h=From"[..]),
            (b"bh=B64b=;h=From;b=abc\r\n", b"bh=B64b=;h=From;b="),
            (b"h=From; b = abc\r\n def\r\n; v=1\r\n", b"h=From; b =; v=1"),
            (b"b", b"b"),
        ] {
            assert_eq!(without_signature(value), expected);
        }
    }
}
