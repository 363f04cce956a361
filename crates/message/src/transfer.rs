//! Transfer encodings undone (RFC 2045 §6), as far as a bound and without giving up at the first fault.
//!
//! Mail programs read past faults, so what hides behind one must be read here too; that there was one is told.

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Undone {
    /// The octets, at most as many as were asked for.
    pub(crate) bytes: Vec<u8>,
    /// Something in it was not of that encoding.
    pub(crate) broken: bool,
    /// More would have followed.
    pub(crate) cut: bool,
}

/// How a body travels (RFC 2045 §6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// 7bit, 8bit, binary, or something nobody knows.
    #[default]
    Identity,
    Base64,
    QuotedPrintable,
    /// Never a standard, still met.
    Uuencode,
}

/// Undoes a transfer encoding, giving at most `limit` octets.
pub(crate) fn undo(encoding: Encoding, text: &[u8], limit: usize) -> Undone {
    match encoding {
        Encoding::Base64 => base64(text, limit),
        Encoding::QuotedPrintable => quoted_printable(text, limit),
        Encoding::Uuencode => uuencode(text, limit),
        Encoding::Identity => {
            Undone { bytes: text.get(..limit).unwrap_or(text).to_vec(), broken: false, cut: text.len() > limit }
        }
    }
}

/// Not a base64 character.
const NONE: u8 = 0xFF;

/// Values of the base64 alphabet.
const ALPHABET: [u8; 256] = {
    let mut table = [NONE; 256];
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0u8;
    while value < 64 {
        table[letters[value as usize] as usize] = value;
        value += 1;
    }
    table
};

/// Undoes base64. Padding in the middle begins anew, characters outside the alphabet are passed over.
pub(crate) fn base64(text: &[u8], limit: usize) -> Undone {
    let mut undone = Undone { bytes: Vec::with_capacity((text.len() / 4 * 3 + 3).min(limit)), ..Undone::default() };
    let mut held = 0u32;
    let mut sextets = 0u32;
    for &octet in text {
        let value = ALPHABET[usize::from(octet)];
        if value != NONE {
            held = held << 6 | u32::from(value);
            sextets += 1;
            if sextets == 4 {
                if undone.bytes.len() >= limit {
                    undone.cut = true;
                    break;
                }
                undone.bytes.extend_from_slice(&held.to_be_bytes()[1..]);
                (held, sextets) = (0, 0);
            }
        } else if octet == b'=' {
            tail(&mut undone, held, sextets);
            (held, sextets) = (0, 0);
        } else if !octet.is_ascii_whitespace() {
            undone.broken = true;
        }
    }
    if sextets > 0 && !undone.cut {
        // The text breaks off without padding.
        undone.broken = true;
        tail(&mut undone, held, sextets);
    }
    undone.bytes.truncate(limit);
    undone
}

/// The octets of an unfinished group of four.
fn tail(undone: &mut Undone, held: u32, sextets: u32) {
    match sextets {
        2 => undone.bytes.extend_from_slice(&(held << 12).to_be_bytes()[1..2]),
        3 => undone.bytes.extend_from_slice(&(held << 6).to_be_bytes()[1..3]),
        _ => {}
    }
}

/// Undoes quoted-printable (RFC 2045 §6.7).
pub(crate) fn quoted_printable(text: &[u8], limit: usize) -> Undone {
    let mut undone = Undone { bytes: Vec::with_capacity(text.len().min(limit)), ..Undone::default() };
    let mut rest = text;
    while !rest.is_empty() {
        if undone.bytes.len() >= limit {
            undone.cut = true;
            break;
        }
        let plain = memchr::memchr2(b'=', b'\n', rest).unwrap_or(rest.len());
        let (literal, after) = rest.split_at(plain);
        undone.bytes.extend_from_slice(if after.first() == Some(&b'\n') { trim_line(literal) } else { literal });
        rest = after;
        match rest {
            [b'=', b'\r', b'\n', after @ ..] | [b'=', b'\n', after @ ..] => rest = after,
            [b'=', after @ ..] => {
                if let Some(octet) = hex_pair(after) {
                    undone.bytes.push(octet);
                    rest = &after[2..];
                } else if let Some(next) = soft_break(after) {
                    rest = next;
                } else {
                    undone.broken |= !after.is_empty();
                    undone.bytes.push(b'=');
                    rest = after;
                }
            }
            [b'\n', after @ ..] => {
                if literal.last() == Some(&b'\r') {
                    undone.bytes.push(b'\r');
                }
                undone.bytes.push(b'\n');
                rest = after;
            }
            _ => {}
        }
    }
    undone.bytes.truncate(limit);
    undone
}

/// Undoes uuencode: lines between `begin` and `end`, each with its length first.
pub(crate) fn uuencode(text: &[u8], limit: usize) -> Undone {
    let mut undone = Undone::default();
    let mut lines = text.split(|&octet| octet == b'\n').skip_while(|line| !line.starts_with(b"begin ")).skip(1);
    let mut ended = false;
    for line in lines.by_ref() {
        let line = line.trim_ascii_end();
        let Some((&first, rest)) = line.split_first() else { continue };
        if line == b"end" {
            ended = true;
            break;
        }
        if undone.bytes.len() >= limit {
            (undone.cut, ended) = (true, true);
            break;
        }
        let length = usize::from(first.wrapping_sub(b' ') & 0x3F);
        let before = undone.bytes.len();
        for group in rest.chunks(4) {
            let mut sextets = [0u32; 4];
            for (sextet, &octet) in sextets.iter_mut().zip(group) {
                *sextet = u32::from(octet.wrapping_sub(b' ') & 0x3F);
            }
            let held = sextets.iter().fold(0, |held, sextet| held << 6 | sextet);
            undone.bytes.extend_from_slice(&held.to_be_bytes()[1..]);
        }
        // White space at the end of a line stands for zeros and may have been lost.
        undone.bytes.resize(before + length, 0);
    }
    undone.broken = !ended;
    undone.bytes.truncate(limit);
    undone
}

/// `=` and blanks before the line end: what a gateway made of a soft line break. Gives what follows.
fn soft_break(after: &[u8]) -> Option<&[u8]> {
    let blanks = after.iter().take_while(|octet| matches!(octet, b' ' | b'\t' | b'\r')).count();
    after.get(blanks..)?.strip_prefix(b"\n")
}

/// White space at the end of an encoded line was added on the way (rule 3); the carriage return goes as well.
fn trim_line(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let end = line.iter().rposition(|octet| !matches!(octet, b' ' | b'\t')).map_or(0, |last| last + 1);
    &line[..end]
}

/// Two hexadecimal digits at the start.
pub(crate) fn hex_pair(text: &[u8]) -> Option<u8> {
    let [high, low, ..] = text else { return None };
    Some(hex_digit(*high)? << 4 | hex_digit(*low)?)
}

fn hex_digit(octet: u8) -> Option<u8> {
    char::from(octet).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_reads_past_faults_and_says_so() {
        assert_eq!(base64(b"YWJj\r\nZA==", 99), Undone { bytes: b"abcd".to_vec(), ..Undone::default() });
        assert_eq!(base64(b"YWJj*ZA", 99), Undone { bytes: b"abcd".to_vec(), broken: true, cut: false });
        assert_eq!(base64(b"YQ==YWJj", 99).bytes, b"aabc");
    }

    #[test]
    fn base64_stops_at_the_bound() {
        let bomb = b"QUFB".repeat(10_000);
        let undone = base64(&bomb, 30);
        assert_eq!((undone.bytes.len(), undone.cut), (30, true));
        assert!(undone.bytes.capacity() <= 64);
    }

    #[test]
    fn uuencode_is_read() {
        assert_eq!(uuencode(b"x\nbegin 644 a\n#86)C\n`\nend\n", 99).bytes, b"abc");
        assert!(uuencode(b"nothing", 99).broken);
    }

    #[test]
    fn quoted_printable_is_read() {
        let undone = quoted_printable(b"a=3Db=\r\nc  \r\nd= \ne=20\n=ZZ=e3", 99);
        assert_eq!(undone.bytes, b"a=bc\r\nde \n=ZZ\xe3");
        assert!(undone.broken);
    }
}
