//! The form of text that rules match on: NFKC, zero-width removed, look-alikes folded, full-width letters made ASCII.
//!
//! An own table of look-alikes and not UTS 39 skeletons: those also merge カ and 力, ー and 一, which Japanese keeps
//! apart. Kana, ideographs and ASCII take a short way; everything else is decomposed, folded and composed again.

mod look_alike;
mod squeeze;

use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

pub use squeeze::squeeze;

/// Subject and body for matching. Lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Normal {
    /// The Subject.
    pub subject: String,
    /// What a reader sees of the body.
    pub body: String,
    /// Made when first asked for, and then for every recipient.
    squeezed: OnceLock<Option<String>>,
}

/// Octets of one text that keyword rules compare.
pub const COMPARED: usize = 64 * 1024;

/// As much of a text as is compared.
pub fn compared(text: &str) -> &str {
    let mut end = text.len().min(COMPARED);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

impl Normal {
    /// Of folded texts.
    pub fn new(subject: String, body: String) -> Self {
        Self { subject, body, squeezed: OnceLock::new() }
    }

    /// What is compared of the body, with what is set between letters taken out; `None` where that changes nothing.
    pub fn squeezed_body(&self) -> Option<&str> {
        let make = || {
            let text = compared(&self.body);
            let squeezed = squeeze(text);
            (squeezed != text).then_some(squeezed)
        };
        self.squeezed.get_or_init(make).as_deref()
    }
}

/// Folds a text for matching. Idempotent.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return fold_ascii(text);
    }
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        // A word of visible ASCII goes over as a whole.
        let word = rest.bytes().position(|octet| !octet.is_ascii_graphic()).unwrap_or(rest.len());
        if word > 0 {
            let from = folded.len();
            folded.push_str(&rest[..word]);
            folded[from..].make_ascii_lowercase();
            rest = &rest[word..];
            continue;
        }
        if let Some(sign) = short_way(c) {
            if sign == ' ' {
                push_space(&mut folded);
            } else {
                folded.push(sign);
            }
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let end = rest.find(|c| short_way(c).is_some()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        long_way(run, &mut folded);
        rest = after;
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
    folded
}

/// The same for text that is ASCII, which most is.
fn fold_ascii(text: &str) -> String {
    let mut folded: Vec<u8> = Vec::with_capacity(text.len());
    for octet in text.bytes() {
        if octet.is_ascii_graphic() {
            folded.push(octet.to_ascii_lowercase());
        } else if matches!(octet, b' ' | b'\t'..=b'\r') && folded.last().is_some_and(|&last| last != b' ') {
            folded.push(b' ');
        }
    }
    if folded.last() == Some(&b' ') {
        folded.pop();
    }
    String::from_utf8(folded).unwrap_or_default()
}

/// Characters that stand for themselves or for one other, whatever follows them.
fn short_way(c: char) -> Option<char> {
    match c {
        ' ' | '\t'..='\r' | '\u{3000}' => Some(' '),
        '!'..='~' => Some(c.to_ascii_lowercase()),
        // kana (without the marks that combine), the signs between them, unified ideographs
        'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '、'..='〃' | '々'..='〒' | '〔' | '〕' | '・' => Some(c),
        '一'..='\u{9FFF}' => Some(c),
        'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '０'..='９' | '！'..='／' | '：'..='＠' => {
            char::from_u32(u32::from(c) - 0xFEE0).map(|narrow| narrow.to_ascii_lowercase())
        }
        _ => None,
    }
}

fn push_space(folded: &mut String) {
    if !folded.is_empty() && !folded.ends_with(' ') {
        folded.push(' ');
    }
}

/// Folds a run of other characters and appends it; a mark at its start may change the character before it.
fn long_way(run: &str, folded: &mut String) {
    let before = folded.pop();
    let mut loose = String::with_capacity(run.len() + 4);
    loose.extend(before);
    for c in run.chars().filter(|&c| !is_ignorable(c)).nfkd().flat_map(char::to_lowercase) {
        // A lower-case letter may come apart once more.
        for c in std::iter::once(c).nfkd() {
            fold_loose(c, &mut loose);
        }
    }
    folded.extend(loose.nfc());
}

/// Appends one decomposed, lower-case character.
fn fold_loose(c: char, loose: &mut String) {
    if is_ignorable(c) {
        return;
    }
    if is_combining_mark(c) {
        // Accents on Latin letters and digits are disguise; the voicing marks of kana are spelling.
        if !loose.ends_with(|base: char| base.is_ascii()) && !loose.is_empty() {
            loose.push(c);
        }
        return;
    }
    match look_alike::of(c) {
        Some(ascii) => loose.push_str(ascii),
        None if c.is_whitespace() => push_space(loose),
        None if c.is_control() => {}
        None => loose.push(c.to_ascii_lowercase()),
    }
}

/// Characters that are not seen: zero-width, soft hyphen, bidirectional controls, variation selectors, tags, fillers.
fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguises_are_folded() {
        for (text, folded) in [
            ("ＶＩＡＧＲＡ", "viagra"),
            ("vi\u{200B}ag\u{AD}ra", "viagra"),
            ("vіаgrа", "viagra"), // Cyrillic і, а
            ("Αpple", "apple"),   // Greek Alpha
            ("víágrà", "viagra"),
            ("𝐕𝗂𝑎𝓰𝔯𝕒", "viagra"),
            ("Ⓥⓘⓐⓖⓡⓐ", "viagra"),
            ("ᴠɪᴀɢʀᴀ", "viagra"),
            ("🅅🄸🄰🄶🅁🄰", "viagra"),
            ("a \u{3000}\u{A0}\n b", "a b"),
            ("ｶﾞｷﾞｸﾞ", "ガギグ"),
            ("\0 A\u{1}b \u{7F} c\u{B}d\u{1C}e ", "ab c de"),
            ("か\u{3099}", "が"),
            ("か\u{200B}\u{3099}", "が"),
            ("①㈱", "1(株)"),
            ("“x” – y…", "\"x\" - y..."),
            ("1\u{20E3}2\u{FE0F}\u{20E3}", "12"),
            ("\u{202E}txt\u{202C}", "txt"),
            ("Straße", "strasse"),
            (" x ", "x"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn japanese_stays_what_it_is() {
        for text in ["カ力ー一二ニ口ロ夕タ八ハ工エ", "ひらがなカタカナ漢字々〆ヶ", "「お知らせ」、第一回。", "한국어"]
        {
            assert_eq!(fold(text), text);
        }
    }
}
