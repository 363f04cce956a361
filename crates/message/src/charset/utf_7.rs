//! UTF-7 (RFC 2152). Abolished, and still sent to get past filters.

use super::Decoded;

/// Reads UTF-7; `None` where the bytes are not it.
pub(super) fn decode(bytes: &[u8]) -> Option<Decoded> {
    if !bytes.is_ascii() {
        return None;
    }
    let mut text = String::with_capacity(bytes.len());
    let mut lost = 0;
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'+' {
            text.push(char::from(first));
            continue;
        }
        let length = after.iter().position(|&octet| sextet(octet).is_none()).unwrap_or(after.len());
        let (run, tail) = after.split_at(length);
        rest = tail.strip_prefix(b"-").unwrap_or(tail);
        if run.is_empty() {
            // `+-` is a plus; a plus before anything else is one as well.
            text.push('+');
            continue;
        }
        for unit in char::decode_utf16(units(run)) {
            match unit {
                Ok(c) => text.push(c),
                Err(_) => {
                    lost += 2;
                    text.push('\u{FFFD}');
                }
            }
        }
    }
    Some(Decoded { text, charset: "utf-7", relabelled: false, lost })
}

/// The UTF-16 units of a run of base64.
fn units(run: &[u8]) -> impl Iterator<Item = u16> {
    let mut held = 0u32;
    let mut bits = 0;
    run.iter().filter_map(|&octet| sextet(octet)).filter_map(move |value| {
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits < 16 {
            return None;
        }
        bits -= 16;
        let unit = u16::try_from(held >> bits & 0xFFFF).ok();
        held &= (1 << bits) - 1;
        unit
    })
}

fn sextet(octet: u8) -> Option<u8> {
    Some(match octet {
        b'A'..=b'Z' => octet - b'A',
        b'a'..=b'z' => octet - b'a' + 26,
        b'0'..=b'9' => octet - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc_are_read() {
        for (bytes, text) in [
            (&b"A+ImIDkQ."[..], "A≢Α."),
            (b"Hi Mom -+Jjo--!", "Hi Mom -☺-!"),
            (b"+ZeVnLIqe-", "日本語"),
            (b"1 +- 1", "1 + 1"),
        ] {
            assert_eq!(decode(bytes).map(|decoded| decoded.text).as_deref(), Some(text));
        }
    }
}
