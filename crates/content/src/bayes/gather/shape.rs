//! Shapes: what a made-up text looks like with its letters and digits left out, and sizes in steps.

/// The shape of an identifier: runs of upper case, lower case, digits and hexadecimal become one sign each, the
/// rest stays. `<20021122.ABC@mail>` gives `<9.A@a>`. At most 40 octets.
pub(super) fn shape(text: &str) -> String {
    let mut shape = String::new();
    let mut last = '\0';
    for c in text.chars() {
        let sign = match c {
            '0'..='9' => '9',
            c if c.is_uppercase() => 'A',
            c if c.is_alphabetic() => 'a',
            c if c.is_ascii_graphic() => c,
            _ => ' ',
        };
        if sign != last || !matches!(sign, '9' | 'A' | 'a' | ' ') {
            shape.push(sign);
        }
        last = sign;
        if shape.len() >= 40 {
            break;
        }
    }
    shape
}

/// A count in steps: 0, 1, 2, 3, 4, 6, 8, 12, 16 …, each at least a third more than the one before.
pub(super) fn step(count: usize) -> usize {
    match count {
        0..=4 => count,
        _ => {
            let power = 1_usize << count.ilog2();
            if count >= power + power / 2 { power + power / 2 } else { power }
        }
    }
}

/// A year as people write it; it says only when the mail was written.
pub(super) fn is_year(word: &str) -> bool {
    word.len() == 4 && (word.starts_with("19") || word.starts_with("20")) && word.bytes().all(|b| b.is_ascii_digit())
}

/// What stands in place of a word in the features: long numbers and overlong words lose their particulars.
pub(super) fn plain(word: &str) -> Option<std::borrow::Cow<'_, str>> {
    if is_year(word) {
        return None;
    }
    if word.len() >= 5 && word.bytes().all(|b| b.is_ascii_digit()) {
        return Some(format!("#{}", word.len().min(20)).into());
    }
    if word.len() > 48 {
        return Some(format!("long {}", step(word.len().min(400))).into());
    }
    Some(word.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_leave_the_particulars_out() {
        assert_eq!(shape("<20021122.ABC@mail.example>"), "<9.A@a.a>");
        assert_eq!(shape("----=_NextPart_000_00E7"), "----=_AaAa_9_9A9");
    }

    #[test]
    fn counts_go_in_steps() {
        assert_eq!([0, 3, 5, 7, 11, 12, 100].map(step), [0, 3, 4, 6, 8, 12, 96]);
    }

    #[test]
    fn years_and_long_numbers_are_not_learned() {
        assert_eq!(plain("2003"), None);
        assert_eq!(plain("2103").as_deref(), Some("2103"));
        assert_eq!(plain("123456").as_deref(), Some("#6"));
        assert_eq!(plain("word").as_deref(), Some("word"));
    }
}
