//! Transfer encodings, as leniently as SpamAssassin undoes them.

/// base64: octets that are none of it are passed over.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut have) = (0u32, 0u32);
    // Padding ends the text; padding in the middle of it stands for zeroes.
    let end = text.iter().rposition(|&octet| value(octet).is_some()).map_or(0, |at| at + 1);
    for &octet in &text[..end] {
        let Some(value) = value(octet).or((octet == b'=').then_some(0)) else { continue };
        bits = bits << 6 | u32::from(value);
        have += 6;
        if have >= 8 {
            have -= 8;
            decoded.push((bits >> have & 0xFF) as u8);
        }
    }
    decoded
}

fn value(octet: u8) -> Option<u8> {
    match octet {
        b'A'..=b'Z' => Some(octet - b'A'),
        b'a'..=b'z' => Some(octet - b'a' + 26),
        b'0'..=b'9' => Some(octet - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// quoted-printable: what is not well formed stays.
pub(super) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    for line in super::text::lines(text) {
        let (content, feed) = match line.strip_suffix(b"\n") {
            Some(content) => (content, &b"\n"[..]),
            None => (line, &b""[..]),
        };
        let (content, feed) = match content.strip_suffix(b"\r") {
            Some(content) if !feed.is_empty() => (content, &b"\r\n"[..]),
            _ => (content, feed),
        };
        let kept = if feed.is_empty() {
            content.len()
        } else {
            content.iter().rposition(|octet| !matches!(octet, b' ' | b'\t')).map_or(0, |at| at + 1)
        };
        let content = &content[..kept];
        let (content, feed) = match content.strip_suffix(b"=") {
            Some(content) if !feed.is_empty() => (content, &b""[..]),
            _ => (content, feed),
        };
        escapes(content, &mut decoded);
        decoded.extend_from_slice(feed);
    }
    decoded
}

fn escapes(content: &[u8], decoded: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(&octet) = content.get(at) {
        let pair = content.get(at + 1).zip(content.get(at + 2));
        match pair.and_then(|(&high, &low)| Some(digit(high)? << 4 | digit(low)?)) {
            Some(value) if octet == b'=' => {
                decoded.push(value);
                at += 3;
            }
            _ => {
                decoded.push(octet);
                at += 1;
            }
        }
    }
}

fn digit(octet: u8) -> Option<u8> {
    char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
