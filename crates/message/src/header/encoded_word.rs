//! Encoded-words (RFC 2047), read as mail programs write them: split inside characters, glued to text, with a
//! language (RFC 2231 §5), with spaces inside, inside quotes.

use crate::charset;

/// Decodes a header value: encoded-words, and between them raw text in whatever charset it is.
pub(super) fn decode(value: &[u8]) -> String {
    if memchr::memmem::find(value, b"=?").is_none() {
        return charset::decode(value, None).text;
    }
    let mut text = String::with_capacity(value.len());
    let mut waiting: Option<Word<'_>> = None;
    let mut raw_from = 0;
    let mut at = 0;
    while let Some(found) = value.get(at..).and_then(|rest| memchr::memmem::find(rest, b"=?")) {
        let start = at + found;
        let Some((word, length)) = Word::parse(&value[start..]) else {
            at = start + 2;
            continue;
        };
        let between = &value[raw_from..start];
        let adjacent = waiting.is_some() && between.iter().all(u8::is_ascii_whitespace);
        match &mut waiting {
            // One charset, one stretch of bytes: a character may begin in one word and end in the next.
            Some(before) if adjacent && charset::is_same(before.charset, word.charset) => {
                before.bytes.extend_from_slice(&word.bytes);
            }
            _ => {
                flush(&mut waiting, &mut text);
                if !adjacent {
                    text.push_str(&charset::decode(between, None).text);
                }
                waiting = Some(word);
            }
        }
        at = start + length;
        raw_from = at;
    }
    flush(&mut waiting, &mut text);
    text.push_str(&charset::decode(&value[raw_from..], None).text);
    text
}

fn flush(waiting: &mut Option<Word<'_>>, text: &mut String) {
    if let Some(word) = waiting.take() {
        let decoded = charset::decode(&word.bytes, Some(word.charset)).text;
        // A decoded line end or NUL must not become part of a header value (RFC 2047 §5).
        text.extend(decoded.chars().map(|c| if matches!(c, '\r' | '\n' | '\0') { ' ' } else { c }));
    }
}

/// One encoded-word, its transfer encoding undone.
struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
}

impl<'a> Word<'a> {
    /// Reads `=?charset*language?B?text?=` at the start of the bytes; gives its length as well.
    fn parse(bytes: &'a [u8]) -> Option<(Self, usize)> {
        let inside = bytes.get(2..)?;
        let label_end = inside.iter().take(80).position(|&octet| octet == b'?')?;
        let label = std::str::from_utf8(&inside[..label_end]).ok()?;
        if label.is_empty() || label.contains(['=', ' ', '<', '"']) {
            return None;
        }
        let [encoding, b'?', ..] = inside[label_end + 1..] else { return None };
        let text = &inside[label_end + 3..];
        let end = find_end(text, encoding)?;
        let bytes = match encoding {
            b'B' | b'b' => crate::transfer::base64(&text[..end], usize::MAX).bytes,
            b'Q' | b'q' => q(&text[..end]),
            _ => return None,
        };
        let charset = label.split('*').next().unwrap_or(label);
        Some((Self { charset, bytes }, 2 + label_end + 3 + end + 2))
    }
}

/// Where the text ends: at `?=`. In Q a literal `?` may stand before an escape (`what?=20now?=`), which is not the end.
fn find_end(text: &[u8], encoding: u8) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| memchr::memmem::find(rest, b"?=")) {
        let end = from + found;
        let escape = text.get(end + 2..end + 4).is_some_and(|next| next.iter().all(u8::is_ascii_hexdigit));
        let goes_on = || {
            let rest = &text[end + 2..];
            let close = memchr::memmem::find(rest, b"?=");
            let open = memchr::memmem::find(rest, b"=?");
            matches!((close, open), (Some(close), open) if open.is_none_or(|open| close < open))
        };
        if matches!(encoding, b'Q' | b'q') && escape && goes_on() {
            from = end + 2;
            continue;
        }
        return Some(end);
    }
    None
}

/// The Q encoding (RFC 2047 §4.2); what is not an escape stands for itself.
fn q(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'_' => bytes.push(b' '),
            b'=' => match crate::transfer::hex_pair(after) {
                Some(octet) => {
                    bytes.push(octet);
                    rest = &after[2..];
                }
                None => bytes.push(b'='),
            },
            _ => bytes.push(first),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for (value, text) in [
            (&b"=?UTF-8?B?44GT44KT?="[..], "こん"),
            (b"Re:=?utf-8?q?caf=C3=A9?=!", "Re:café!"),
            (b"=?ISO-2022-JP*ja?B?GyRCJCIbKEI=?=", "あ"),
            (b"=?utf-8?Q?a b_c?= d", "a b c d"),
            (b"\"=?utf-8?B?44GC?=\" <a@example.jp>", "\"あ\" <a@example.jp>"),
            (b"=?utf-8?Q?what?=20now?=", "what? now"),
            (b"=?utf-8?Q?one?= =?utf-8?Q?_two?=", "one two"),
            (b"=?utf-8?Q?one?= and =?utf-8?Q?two?=", "one and two"),
            // a character split across two words, in UTF-8 and in ISO-2022-JP
            (b"=?UTF-8?B?44E=?= =?UTF-8?B?gg==?=", "あ"),
            (b"=?ISO-2022-JP?B?GyRCJA==?= =?iso-2022-jp?B?IhsoQg==?=", "あ"),
            (b"=?x?= nothing =?", "=?x?= nothing =?"),
            (b"=?cp932?B?gqA=?=", "あ"),
            (b"=?utf-8?Q?a=0D=0ABcc:_x?=", "a  Bcc: x"),
        ] {
            assert_eq!(decode(value), text, "{}", String::from_utf8_lossy(value));
        }
    }

    #[test]
    fn undeclared_japanese_is_recognised() {
        let word = "お知らせです";
        for encoding in [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP, encoding_rs::ISO_2022_JP, encoding_rs::UTF_8] {
            let (bytes, _, _) = encoding.encode(word);
            assert_eq!(decode(&bytes), word, "{}", encoding.name());
        }
    }
}
