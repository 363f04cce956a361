//! The second form for keyword rules: words that were broken up are put together again.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::fold;

/// Folds a text and takes out what was set between the letters of a word, so that `r_e_p_l_i_c_@`, `v.i.a.g.r.a` and
/// `迷 惑` match. Letters set apart one by one are joined; Japanese is joined across any separator; signs and digits
/// that stand for letters inside a word become the letters. Patterns must be squeezed as well. Idempotent.
pub fn squeeze(text: &str) -> String {
    let folded = fold(text);
    let mut squeezed = String::with_capacity(folded.len());
    let mut last = Last::default();
    for word in folded.split(|c| !is_part(c)).filter(|word| !word.is_empty()) {
        let mut pieces = word;
        // A word of mixed scripts counts as its Japanese and its other pieces.
        while let Some(first) = pieces.chars().next() {
            let wide = is_wide(first);
            let end = pieces.find(|c| is_wide(c) != wide).unwrap_or(pieces.len());
            let (piece, rest) = pieces.split_at(end);
            let single = !wide && piece.chars().nth(1).is_none();
            let glued = pieces.len() < word.len();
            let joined = glued || last.wide || wide || (last.single && single);
            if !squeezed.is_empty() && !joined {
                squeezed.push(' ');
            }
            squeezed.push_str(piece);
            last = Last { wide, single };
            pieces = rest;
        }
    }
    let text = with_letters(&squeezed);
    // Jamo that came together make a syllable.
    if text.contains(|c| matches!(c, '\u{1100}'..='\u{11FF}')) { text.nfc().collect() } else { text }
}

/// What the piece before was.
#[derive(Default)]
struct Last {
    wide: bool,
    single: bool,
}

/// Letters and digits, and the signs that pose as letters.
fn is_part(c: char) -> bool {
    // A mark that stands alone after folding belongs to no letter.
    (c.is_alphanumeric() && !is_combining_mark(c)) || matches!(c, '@' | '$' | 'ー' | '々')
}

/// Scripts that are written without spaces.
fn is_wide(c: char) -> bool {
    matches!(c, 'ぁ'..='ヿ' | '々' | '㐀'..='䶿' | '一'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Puts letters in the place of the signs and digits that pose as them. A number stays a number.
fn with_letters(squeezed: &str) -> String {
    let mut text = String::with_capacity(squeezed.len());
    let mut rest = squeezed;
    while let Some(first) = rest.chars().next() {
        let between = |c: char| c == ' ' || is_wide(c);
        let end = rest.find(|c| between(c) != between(first)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let is_word = run.contains(|c: char| c.is_ascii_alphabetic() || matches!(c, '@' | '$'));
        if is_word {
            text.extend(run.chars().map(letter));
        } else {
            text.push_str(run);
        }
        rest = after;
    }
    text
}

fn letter(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '$' | '5' => 's',
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '7' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_words_are_put_together() {
        for (text, squeezed) in [
            ("r_e_p_l_i_c_@", "replica"),
            ("v.i.a.g.r.a", "viagra"),
            ("V I A G R A now", "viagra now"),
            ("v1agr@", "viagra"),
            ("迷 惑", "迷惑"),
            ("迷・惑★メ☆ー ル", "迷惑メール"),
            ("is free, not fast", "is free not fast"),
            ("2026 11 22", "2026 11 22"),
            ("出会い系 SITE", "出会い系site"),
            ("---", ""),
        ] {
            assert_eq!(squeeze(text), squeezed, "{text}");
        }
    }
}
