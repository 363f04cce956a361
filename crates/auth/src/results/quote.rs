//! Values in header fields that strangers chose.

/// Octets of one value that are kept.
const LONGEST: usize = 250;

/// A value as RFC 8601 §2.2 wants it: a token where it is one, else a quoted-string. Never a line end.
pub fn value(text: &str) -> String {
    let text = printable(text);
    if !text.is_empty() && text.bytes().all(is_token) { text } else { quoted(&text) }
}

/// Always a quoted-string (RFC 5322 §3.2.4).
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in printable(text).chars() {
        if c == '"' || c == '\\' {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// The inside of a comment (RFC 5322 §3.2.2).
pub fn comment(text: &str) -> String {
    let mut inside = String::new();
    for c in printable(text).chars() {
        if "()\\".contains(c) {
            inside.push('\\');
        }
        inside.push(c);
    }
    inside
}

/// Printable ASCII; everything else becomes `?`. Shortened.
fn printable(text: &str) -> String {
    text.chars().take(LONGEST).map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

/// RFC 2045 §5.1, without what would need thought in a key=value list.
fn is_token(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-._{|}~^`".contains(&octet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out() {
        assert_eq!(value("example.jp"), "example.jp");
        assert_eq!(value(""), "\"\"");
        assert_eq!(value("2001:db8::1"), "\"2001:db8::1\"");
        assert_eq!(value("a\r\nX: y"), "\"a??X: y\"");
        assert_eq!(value("a; dkim=pass"), "\"a; dkim=pass\"");
        assert_eq!(quoted("a\"b\\"), "\"a\\\"b\\\\\"");
        assert_eq!(comment("a) (b\\"), "a\\) \\(b\\\\");
        assert_eq!(value("例え\u{0}\u{7f}"), "\"????\"");
        assert_eq!(value(&"a".repeat(10_000)).len(), LONGEST);
    }
}
