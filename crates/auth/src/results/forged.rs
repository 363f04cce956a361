//! Incoming `Authentication-Results` that claim to be ours must go (RFC 8601 §5).

use std::cell::LazyCell;
use std::ops::Range;

use crate::fields::{Field, Section};

/// Where fields stand that carry our authserv-id, or that cannot be read for certain and have our name somewhere in
/// them: somebody behind us might read it as ours. Ranges cover whole fields with their line ends, from top to bottom.
pub fn forged(message: &[u8], authserv_id: &str) -> Vec<Range<usize>> {
    let ours = LazyCell::new(|| comparable(authserv_id));
    // Every field, also beyond the bounds of what is otherwise read: nothing of ours may slip through.
    Section::of(message)
        .filter(|field| field.name.trim_ascii_end().eq_ignore_ascii_case(b"authentication-results"))
        .filter(|field| match claimed_id(field.value) {
            Some(id) => comparable(&id) == *ours,
            None => could_be_read_as(field.value, &ours),
        })
        .map(|field: Field<'_>| field.range())
        .collect()
}

/// The message without its forged fields.
pub fn without_forged(message: &[u8], authserv_id: &str) -> Vec<u8> {
    let mut kept = Vec::with_capacity(message.len());
    let mut at = 0;
    for range in forged(message, authserv_id) {
        kept.extend_from_slice(&message[at..range.start]);
        at = range.end;
    }
    kept.extend_from_slice(&message[at..]);
    kept
}

/// Whether a field that is not the grammar (some providers leave the authserv-id out) has our name in it in some
/// disguise, or nothing in the place of a name.
fn could_be_read_as(value: &[u8], ours: &str) -> bool {
    let text = String::from_utf8_lossy(value);
    let text: String = text.chars().filter(|c| !c.is_whitespace() && !c.is_control() && !"\\\"".contains(*c)).collect();
    let text = text.to_lowercase();
    let in_unicode = idna::domain_to_unicode(ours).0;
    text.is_empty() || text.starts_with(';') || text.contains(ours) || text.contains(&in_unicode)
}

/// One spelling for one name: A-labels, lower case.
fn comparable(id: &str) -> String {
    idna::domain_to_ascii(id).unwrap_or_else(|_| id.to_ascii_lowercase())
}

/// The authserv-id of a field's value; `None` where it cannot be read.
pub fn claimed_id(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let rest = skip_blanks(text)?;
    let (id, rest) = match rest.strip_prefix('"') {
        Some(rest) => quoted_string(rest)?,
        None => {
            let end = rest.find(|c: char| c.is_ascii_whitespace() || ";(\"".contains(c)).unwrap_or(rest.len());
            let (id, rest) = rest.split_at(end);
            (id.to_owned(), rest)
        }
    };
    // After it: a version, the results, or the end. Anything else is not the grammar.
    let rest = skip_blanks(rest)?;
    let rest = skip_blanks(rest.trim_start_matches(|c: char| c.is_ascii_digit()))?;
    (!id.is_empty() && (rest.is_empty() || rest.starts_with(';'))).then_some(id)
}

/// Passes over blanks, folding and comments, also nested ones (CFWS).
fn skip_blanks(text: &str) -> Option<&str> {
    let mut rest = text.trim_start_matches([' ', '\t', '\r', '\n']);
    while rest.starts_with('(') {
        let mut depth = 0_usize;
        let mut escaped = false;
        let end = rest.char_indices().find_map(|(at, c)| {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(at + 1)
        })?;
        rest = rest[end..].trim_start_matches([' ', '\t', '\r', '\n']);
    }
    Some(rest)
}

/// What stands until the closing quote, unquoted, and the rest.
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut inside = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((inside, &text[at + 1..])),
            '\\' => inside.push(chars.next()?.1),
            '\r' | '\n' => {}
            c => inside.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_claims_to_be_ours_is_found_however_it_is_written() {
        for value in [
            " mx.example.jp; spf=pass",
            " MX.Example.JP; none",
            " mx.example.jp 1; spf=pass",
            " \"mx.example.jp\"; spf=pass",
            " \"mx.\\example.jp\"; spf=pass",
            " (a (nested) comment) mx.example.jp (another)\r\n ; spf=pass",
            "\r\n\tmx.example.jp\r\n\t;spf=pass",
            " mx.example.jp",
            "mx.example.jp;",
            // Cannot be read for certain.
            " (open mx.example.jp; spf=pass",
            " ; spf=pass",
            "",
            " mx.example.jp spf=pass",
            " (never closed \"mx.exam\\ple.jp\"; spf=pass",
            " x y mx.exam\r\n ple.jp; spf=pass",
        ] {
            let message = format!("A: 1\r\nauthentication-RESULTS :{value}\r\nB: 2\r\n\r\nbody\r\n");
            assert_eq!(forged(message.as_bytes(), "mx.example.jp").len(), 1, "{value:?}");
            assert_eq!(
                without_forged(message.as_bytes(), "mx.example.jp"),
                b"A: 1\r\nB: 2\r\n\r\nbody\r\n",
                "{value:?}"
            );
        }
    }

    #[test]
    fn what_others_say_stays() {
        for value in
            [" mx.example.com; spf=pass", " mx.example.jp.example; none", " notmx.example.jp; x=y", " a 1; none"]
        {
            let message =
                format!("Authentication-Results:{value}\r\n\r\nAuthentication-Results: mx.example.jp; none\r\n");
            assert!(forged(message.as_bytes(), "mx.example.jp").is_empty(), "{value}");
        }
    }

    #[test]
    fn nothing_hides_below_a_bomb_of_fields() {
        let message = format!("{}Authentication-Results: a.example; spf=pass\r\n\r\n", "A: 1\r\n".repeat(100_000));
        assert_eq!(forged(message.as_bytes(), "a.example").len(), 1);
    }

    #[test]
    fn our_name_may_be_written_in_either_form() {
        let message = "Authentication-Results: mx.例え.jp; spf=pass\r\n\r\n";
        assert_eq!(forged(message.as_bytes(), "mx.xn--r8jz45g.jp").len(), 1);
    }
}
