//! Pictures of the Japanese mobile carriers, mapped to Unicode where the mapping is well known.
//!
//! Three carriers used three sets in the user-defined rows of Shift_JIS and JIS, in one-byte pages (SoftBank) and in
//! the private use area. A picture without a well-known counterpart becomes 〓, as the carriers' gateways did.

use super::carrier_emoji_table::{DOCOMO, KDDI_JIS, SOFTBANK};

/// What stands for a picture that Unicode lacks, or whose meaning we do not know: U+3013 GETA MARK.
pub(super) const NEUTRAL: char = '〓';

fn look_up(table: &[(u16, &'static str)], code: u16) -> Option<&'static str> {
    table.binary_search_by_key(&code, |&(key, _)| key).ok().and_then(|at| table.get(at)).map(|&(_, emoji)| emoji)
}

/// NTT docomo by its private-use code point, U+E63E to U+E757.
pub(super) fn docomo(code: u16) -> Option<&'static str> {
    look_up(DOCOMO, code)
}

/// KDDI (au) by its JIS code, 0x7521 and up.
pub(super) fn kddi_jis(code: u16) -> Option<&'static str> {
    look_up(KDDI_JIS, code)
}

/// KDDI (au) by its Shift_JIS code: F640… and F740… carry JIS rows 0x75 to 0x78, F340… and F440… rows 0x79 to 0x7C.
pub(super) fn kddi_shift_jis(lead: u8, trail: u8) -> Option<&'static str> {
    let row = match lead {
        0xF6 => 0x75,
        0xF7 => 0x77,
        0xF3 => 0x79,
        0xF4 => 0x7B,
        _ => return None,
    };
    let code = match trail {
        0x40..=0x7E => u16::from_be_bytes([row, trail - 0x1F]),
        0x80..=0x9E => u16::from_be_bytes([row, trail - 0x20]),
        0x9F..=0xFC => u16::from_be_bytes([row + 1, trail - 0x7E]),
        _ => return None,
    };
    kddi_jis(code)
}

/// SoftBank by page letter and character of `ESC $ G j SI`.
pub(super) fn softbank(page: u8, character: u8) -> Option<&'static str> {
    let high: u16 = match page {
        b'G' => 0xE0,
        b'E' => 0xE1,
        b'F' => 0xE2,
        b'O' => 0xE3,
        b'P' => 0xE4,
        b'Q' => 0xE5,
        _ => return None,
    };
    look_up(SOFTBANK, high << 8 | u16::from(character.checked_sub(0x20)?))
}

/// Replaces the private-use characters that a decoder made of carrier pictures in Shift_JIS.
/// The rows F340–F493 and F640–F7FC are KDDI's, F89F–F9FC docomo's; the others were nobody's in mail.
pub(super) fn replace_private_use(text: String) -> String {
    if !text.chars().any(is_private_use) {
        return text;
    }
    let mut replaced = String::with_capacity(text.len());
    for c in text.chars() {
        if is_private_use(c) {
            match from_private_use(c) {
                Some(emoji) => replaced.push_str(emoji),
                None => replaced.push(NEUTRAL),
            }
        } else {
            replaced.push(c);
        }
    }
    replaced
}

fn is_private_use(c: char) -> bool {
    ('\u{E000}'..='\u{E757}').contains(&c)
}

fn from_private_use(c: char) -> Option<&'static str> {
    let code = u16::try_from(u32::from(c)).ok()?;
    if code >= 0xE63E {
        return docomo(code);
    }
    // WHATWG maps Shift_JIS F040–F9FC to U+E000–E757 in order, 188 characters to a lead octet.
    let offset = code.checked_sub(0xE000)?;
    let lead = 0xF0 + u8::try_from(offset / 188).ok()?;
    let within = u8::try_from(offset % 188).ok()?;
    let trail = if within < 63 { 0x40 + within } else { 0x41 + within };
    kddi_shift_jis(lead, trail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_without_doubles() {
        for table in [DOCOMO, KDDI_JIS, SOFTBANK] {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0));
            assert!(table.iter().all(|(_, emoji)| !emoji.is_empty()));
        }
    }

    #[test]
    fn the_sun_of_each_carrier_is_the_same_sun() {
        assert_eq!(docomo(0xE63E), Some("☀"));
        assert_eq!(kddi_jis(0x7541), Some("☀"));
        assert_eq!(kddi_shift_jis(0xF6, 0x60), Some("☀"));
        assert_eq!(softbank(b'G', b'j'), Some("☀"));
    }

    #[test]
    fn unknown_pictures_become_the_geta_mark() {
        assert_eq!(replace_private_use("a\u{E000}b".to_owned()), "a〓b");
        assert_eq!(replace_private_use("\u{E63E}".to_owned()), "☀");
    }
}
