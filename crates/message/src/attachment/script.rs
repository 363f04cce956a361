//! Whether a page that is sent as a file runs something when a browser opens it.

/// Octets of a page that are searched.
const SEARCHED: usize = 512 * 1024;

/// Attributes by which a page runs something on its own, without a click.
const ON_ITS_OWN: [&[u8]; 6] = [b"onload", b"onerror", b"onbegin", b"onfocus", b"onpageshow", b"onanimationstart"];

/// Whether there is a script, or something that loads one, in HTML or SVG.
pub(super) fn runs(octets: &[u8]) -> bool {
    let octets = octets.get(..SEARCHED).unwrap_or(octets);
    memchr::memchr_iter(b'<', octets).any(|at| {
        let tag = octets.get(at + 1..).unwrap_or_default();
        if begins(tag, b"script") {
            return true;
        }
        if !tag.first().is_some_and(u8::is_ascii_alphabetic) {
            return false;
        }
        let end = memchr::memchr2(b'>', b'<', tag).unwrap_or(tag.len());
        attribute(&tag[..end])
    })
}

/// Whether one of the attributes stands in a tag, after white space and before an equals sign.
fn attribute(tag: &[u8]) -> bool {
    memchr::memchr2_iter(b'o', b'O', tag).any(|at| {
        let after_space = at
            .checked_sub(1)
            .and_then(|before| tag.get(before))
            .is_some_and(|octet| octet.is_ascii_whitespace() || matches!(octet, b'/' | b'"' | b'\''));
        let rest = tag.get(at..).unwrap_or_default();
        let named = ON_ITS_OWN.iter().find(|name| begins(rest, name));
        let follows = named.and_then(|name| rest.get(name.len()..)).unwrap_or_default().trim_ascii_start();
        after_space && follows.starts_with(b"=")
    })
}

fn begins(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_seen_and_pages_without_them_are_not() {
        for (page, expected) in [
            ("<html><SCRIPT>x()</script>", true),
            ("<svg xmlns='x' onload = \"x()\">", true),
            ("<img src=x onerror=alert(1)>", true),
            ("<p>onload=1</p>", false),
            ("<p title='nonerror=1'>text</p>", false),
            ("<svg><path d='M0 0'/></svg>", false),
            ("plain < text", false),
            ("", false),
        ] {
            assert_eq!(runs(page.as_bytes()), expected, "{page}");
        }
    }
}
