//! `*` and `?`, in time that grows with text × pattern at worst and never more.

/// Whether the whole text fits the pattern.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut in_pattern) = (0, 0);
    // Where to take up again: after the last star, one character further in the text. Earlier stars need no second
    // look, because a shorter match of what stood between them leaves more text for the last one.
    let mut again: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(in_pattern) {
            Some('*') => {
                in_pattern += 1;
                again = Some((in_pattern, at));
            }
            Some(&sign) if sign == '?' || sign == text[at] => {
                at += 1;
                in_pattern += 1;
            }
            _ => {
                let Some((star, from)) = again else { return false };
                (in_pattern, at) = (star, from + 1);
                again = Some((star, from + 1));
            }
        }
    }
    pattern.iter().skip(in_pattern).all(|&sign| sign == '*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_and_question_marks() {
        let rows = [
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "abc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*.example.jp", "mail.example.jp", true),
            ("*.example.jp", "example.jp", false),
            ("無料*", "無料で登録", true),
            ("abc", "abcd", false),
        ];
        for (pattern, text, expected) in rows {
            assert_eq!(fits(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn many_stars_end_soon() {
        assert!(!fits(&"*a".repeat(200), &"a".repeat(20_000).replace("aaaa", "aab")[..150]));
        assert!(!fits(&format!("{}b", "a*".repeat(100)), &"a".repeat(20_000)));
    }
}
