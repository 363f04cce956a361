//! ISO-2022-JP as it is met in mail: RFC 1468 and 2237, CP50220/1/2, half-width kana by SO/SI or as raw octets,
//! JIS X 0212, carrier emoji, lines that forget to return to ASCII.
//!
//! encoding_rs's decoder follows the WHATWG standard and refuses all of these (`crates.md`, experiment i). Runs of
//! two-byte characters are handed to its EUC-JP decoder, which knows JIS X 0208, row 13, the IBM rows and X 0212.

use super::carrier_emoji;

const ESC: u8 = 0x1B;
const SO: u8 = 0x0E;
const SI: u8 = 0x0F;

/// The character set that is switched in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    Ascii,
    Roman,
    Kana,
    /// JIS X 0208, and plane 1 of X 0213, which extends it.
    X0208,
    X0212,
    Gb2312,
    Ksc5601,
    /// SoftBank's one-byte emoji pages `ESC $ G` and its like.
    SoftBank(u8),
    /// A set we have no table for; one character is two octets.
    Unknown,
}

impl Set {
    fn is_double(self) -> bool {
        matches!(self, Self::X0208 | Self::X0212 | Self::Gb2312 | Self::Ksc5601 | Self::Unknown)
    }
}

/// What an escape sequence asks for, and how long it is. `None`: not one that mail uses.
fn escape(rest: &[u8]) -> Option<(Set, usize)> {
    Some(match rest {
        [ESC, b'(', b'B' | b'A', ..] => (Set::Ascii, 3),
        [ESC, b'(', b'J' | b'H', ..] => (Set::Roman, 3),
        [ESC, b'(' | b')', b'I', ..] => (Set::Kana, 3),
        [ESC, b'$', b'@' | b'B', ..] => (Set::X0208, 3),
        [ESC, b'$', b'(', b'@' | b'B' | b'O' | b'Q', ..] => (Set::X0208, 4),
        [ESC, b'$', b'(', b'D', ..] => (Set::X0212, 4),
        [ESC, b'$', b'(', b'P', ..] => (Set::Unknown, 4),
        [ESC, b'$', b'(', b'C', ..] => (Set::Ksc5601, 4),
        [ESC, b'$', b'A', ..] => (Set::Gb2312, 3),
        [ESC, b'$', page @ (b'G' | b'E' | b'F' | b'O' | b'P' | b'Q'), ..] => (Set::SoftBank(*page), 3),
        _ => return None,
    })
}

/// Whether the bytes hold an escape sequence that only ISO-2022-JP uses.
pub(super) fn is_likely(bytes: &[u8]) -> bool {
    let mut from = 0;
    while let Some(at) = memchr::memchr(ESC, bytes.get(from..).unwrap_or_default()) {
        let here = from + at;
        if let Some((set, _)) = escape(&bytes[here..])
            && set != Set::Ascii
        {
            return true;
        }
        from = here + 1;
    }
    false
}

/// Reads the bytes; gives the text and the number of octets that could not be read.
pub(super) fn decode(bytes: &[u8]) -> (String, usize) {
    let mut reader = Reader { text: String::with_capacity(bytes.len()), lost: 0, run: Vec::new() };
    let mut set = Set::Ascii;
    let mut shifted = false;
    let mut at = 0;
    while let Some(&octet) = bytes.get(at) {
        match octet {
            ESC => {
                if let Some((next, length)) = escape(&bytes[at..]) {
                    reader.flush(set);
                    (set, shifted) = (next, false);
                    at += length;
                    continue;
                }
                // `ESC & @` announces a revision of X 0208 and changes nothing that we need.
                if bytes[at..].starts_with(&[ESC, b'&', b'@']) {
                    at += 3;
                    continue;
                }
                reader.flush(set);
                reader.lose(1);
                at += 1;
            }
            SO => {
                reader.flush(set);
                shifted = true;
                at += 1;
            }
            SI => {
                reader.flush(set);
                shifted = false;
                if matches!(set, Set::SoftBank(_)) {
                    set = Set::Ascii;
                }
                at += 1;
            }
            // RFC 1468: a line ends in ASCII, whatever the writer forgot.
            b'\r' | b'\n' => {
                reader.flush(set);
                (set, shifted) = (Set::Ascii, false);
                reader.text.push(char::from(octet));
                at += 1;
            }
            _ if octet < 0x21 => {
                reader.flush(set);
                reader.text.push(char::from(octet));
                at += 1;
            }
            // Half-width kana, by shift or as the eight-bit octets of JIS8.
            0x21..=0x5F if shifted || set == Set::Kana => {
                reader.kana(octet);
                at += 1;
            }
            0xA1..=0xDF => {
                reader.flush(set);
                reader.kana(octet & 0x7F);
                at += 1;
            }
            0x80.. => {
                reader.flush(set);
                reader.lose(1);
                at += 1;
            }
            _ => at += reader.graphic(set, octet, bytes.get(at + 1).copied()),
        }
    }
    reader.flush(set);
    (reader.text, reader.lost)
}

/// The text so far, and the run of two-byte characters that waits for the table.
struct Reader {
    text: String,
    lost: usize,
    run: Vec<u8>,
}

impl Reader {
    /// Takes one printable character of the set; gives the octets used.
    fn graphic(&mut self, set: Set, first: u8, second: Option<u8>) -> usize {
        if set.is_double() {
            return self.double(set, first, second);
        }
        match (set, first) {
            (Set::SoftBank(page), _) => match carrier_emoji::softbank(page, first) {
                Some(emoji) => self.text.push_str(emoji),
                None => self.text.push(carrier_emoji::NEUTRAL),
            },
            (Set::Roman, b'\\') => self.text.push('¥'),
            (Set::Roman, b'~') => self.text.push('‾'),
            (_, 0x7F) => {}
            _ => self.text.push(char::from(first)),
        }
        1
    }

    fn double(&mut self, set: Set, first: u8, second: Option<u8>) -> usize {
        let Some(second) = second.filter(|octet| (0x21..=0x7E).contains(octet)) else {
            self.flush(set);
            self.lose(1);
            return 1;
        };
        if set == Set::X0208 && first >= 0x75 {
            let code = u16::from_be_bytes([first, second]);
            if let Some(emoji) = carrier_emoji::kddi_jis(code) {
                self.flush(set);
                self.text.push_str(emoji);
                return 2;
            }
            if !(0x79..=0x7C).contains(&first) {
                self.flush(set);
                self.text.push(carrier_emoji::NEUTRAL);
                return 2;
            }
        }
        if set == Set::X0212 {
            self.run.push(0x8F);
        }
        self.run.extend([first | 0x80, second | 0x80]);
        2
    }

    /// Turns the waiting run into text.
    fn flush(&mut self, set: Set) {
        if self.run.is_empty() {
            return;
        }
        let encoding = match set {
            Set::Gb2312 => encoding_rs::GBK,
            Set::Ksc5601 => encoding_rs::EUC_KR,
            _ => encoding_rs::EUC_JP,
        };
        let (text, broken) = encoding.decode_without_bom_handling(&self.run);
        if broken {
            self.lost += text.matches('\u{FFFD}').count();
        }
        self.text.push_str(&text);
        self.run.clear();
    }

    fn kana(&mut self, octet: u8) {
        match char::from_u32(0xFF61 + u32::from(octet.wrapping_sub(0x21))) {
            Some(kana) if (0x21..=0x5F).contains(&octet) => self.text.push(kana),
            _ => self.lose(1),
        }
    }

    fn lose(&mut self, octets: usize) {
        self.lost += octets;
        self.text.push('\u{FFFD}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> String {
        let (text, lost) = decode(bytes);
        assert_eq!(lost, 0, "{bytes:?} gave {text:?}");
        text
    }

    #[test]
    fn half_width_kana_by_escape_shift_and_raw_octets() {
        assert_eq!(read(b"\x1b(I123\x1b(B."), "ｱｲｳ.");
        assert_eq!(read(b"\x0e123\x0f."), "ｱｲｳ.");
        assert_eq!(read(b"\xb1\xb2\xb3."), "ｱｲｳ.");
        assert_eq!(read(b"\x1b$B$\"\x0e1\x0f$$\x1b(B"), "あｱい");
    }

    #[test]
    fn vendor_rows_are_read() {
        assert_eq!(read(b"\x1b$B-!-j!A\x1b(B"), "①㈱～");
        assert_eq!(read(b"\x1b$B|b\x1b(B"), "髙");
    }

    #[test]
    fn x0212_is_read() {
        // JIS X 0212 row 16 cell 1 is U+4E02.
        assert_eq!(read(b"\x1b$(D0!\x1b(B"), "\u{4E02}");
    }

    #[test]
    fn a_line_end_returns_to_ascii() {
        assert_eq!(read(b"\x1b$B$\"$$\r\nabc\r\n"), "あい\r\nabc\r\n");
    }

    #[test]
    fn other_countries_sets_are_read() {
        assert_eq!(read(b"\x1b$AVPND\x1b(B"), "中文");
        assert_eq!(read(b"\x1b$(CGQ1[\x1b(B"), "한글");
    }

    #[test]
    fn softbank_emoji_are_read() {
        assert_eq!(read(b"a\x1b$Gj\x0fb"), "a\u{2600}b");
    }

    #[test]
    fn kddi_emoji_are_read() {
        assert_eq!(read(b"\x1b$BuA\x1b(B"), "\u{2600}");
    }

    #[test]
    fn a_lone_octet_is_lost_and_counted() {
        let (text, lost) = decode(b"\x1b$B$\x1b(Bab");
        assert_eq!((text.as_str(), lost), ("\u{FFFD}ab", 1));
    }

    #[test]
    fn escapes_are_recognised() {
        assert!(is_likely(b"x\x1b$B$\"\x1b(B"));
        assert!(!is_likely(b"x\x1b[31mred\x1b(B"));
    }
}
