//! Segmentation: where words begin and end, also in languages that put no spaces between them.
//!
//! Latin, Cyrillic, Korean and the like are split at what is not a letter or digit. Runs of Japanese, Chinese,
//! Thai, Lao, Burmese and Khmer go through the dictionaries of icu_segmenter (Unicode annex 29, ICU dictionaries).

use std::sync::LazyLock;

use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed, options::WordBreakInvariantOptions};

/// Loading takes the time of a few messages, so it is done once.
static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// Octets of one run that are given to the dictionary at a time: its time grows with the length of the run.
const RUN: usize = 3 * 1024;

/// Calls `found` for each word of a text, in order. Words are slices of the text; punctuation is left out, except
/// where it stands inside a word (`don't`, `10,000`, `e-mail`) or begins a price (`$100`).
pub fn for_each_word<'t>(text: &'t str, mut found: impl FnMut(&'t str)) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match kind(first) {
            Kind::Letter | Kind::Currency => spaced(rest),
            Kind::Unspaced => {
                let length = run(rest);
                unspaced(&rest[..length], &mut found);
                rest = &rest[length..];
                continue;
            }
            Kind::Joiner | Kind::Other => {
                rest = &rest[first.len_utf8()..];
                continue;
            }
        };
        found(rest[..length].trim_end_matches(|c| kind(c) == Kind::Joiner));
        rest = &rest[length..];
    }
}

/// Calls `found` for each pair of neighbouring words, in order.
pub fn for_each_pair<'t>(text: &'t str, mut found: impl FnMut(&'t str, &'t str)) {
    let mut before = None;
    for_each_word(text, |word| {
        if let Some(before) = before.replace(word) {
            found(before, word);
        }
    });
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Unspaced,
    Currency,
    Joiner,
    Other,
}

fn kind(c: char) -> Kind {
    match u32::from(c) {
        0x30..=0x39 | 0x41..=0x5a | 0x61..=0x7a => Kind::Letter,
        0x24 | 0xa3 | 0xa5 | 0x20ac => Kind::Currency,
        0x27 | 0x2c | 0x2d | 0x2e | 0x5f => Kind::Joiner,
        0x00..=0x7f => Kind::Other,
        0x0e01..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff => Kind::Unspaced,
        0x3005..=0x3007 | 0x3041..=0x309f | 0x30a1..=0x30fa | 0x30fc..=0x30ff | 0x31f0..=0x31ff => Kind::Unspaced,
        0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0xff66..=0xff9f | 0x2_0000..=0x3_ffff => Kind::Unspaced,
        _ if c.is_alphanumeric() => Kind::Letter,
        _ => Kind::Other,
    }
}

/// Octets of the word at the beginning of a text in a script with spaces.
fn spaced(text: &str) -> usize {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        match kind(c) {
            Kind::Letter => end = at + c.len_utf8(),
            Kind::Currency if at == 0 => end = c.len_utf8(),
            // A joiner stays inside the word only between letters; two in a row end it.
            Kind::Joiner if at == end => {}
            _ => break,
        }
    }
    end
}

/// Octets of the run without spaces at the beginning of a text, at most [`RUN`].
fn run(text: &str) -> usize {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        if kind(c) != Kind::Unspaced || at >= RUN {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

fn unspaced<'t>(text: &'t str, found: &mut impl FnMut(&'t str)) {
    let mut start = 0;
    for end in SEGMENTER.segment_str(text) {
        if end > start {
            found(&text[start..end]);
            start = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let mut words = Vec::new();
        for_each_word(text, |word| words.push(word));
        words
    }

    #[test]
    fn latin_is_split_at_spaces_and_keeps_what_joins() {
        assert_eq!(
            words("Don't pay $1,000 by e-mail... now! -- a.b.example.com, ok."),
            ["Don't", "pay", "$1,000", "by", "e-mail", "now", "a.b.example.com", "ok"]
        );
        assert!(words(" ,.- !").is_empty());
    }

    #[test]
    fn japanese_is_split_by_the_dictionary() {
        assert_eq!(
            words("利用料金をお支払いください。ABC商店"),
            ["利用", "料金", "を", "お支払い", "くだ", "さい", "ABC", "商店"]
        );
    }

    #[test]
    fn pairs_are_neighbours() {
        let mut pairs = Vec::new();
        for_each_pair("one two, 利用料金", |a, b| pairs.push(format!("{a} {b}")));
        assert_eq!(pairs, ["one two", "two 利用", "利用 料金"]);
    }

    #[test]
    fn a_run_without_spaces_does_not_take_forever() {
        let text = "あ".repeat(200_000);
        let mut count = 0;
        for_each_word(&text, |_| count += 1);
        assert!(count > 0);
    }
}
