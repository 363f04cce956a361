//! An address inside an address: `https://known.example/url?q=https://other.example/`.

use std::borrow::Cow;

use message::links::{Link, Place};

/// Octets of a target in which another is looked for.
const LENGTH: usize = 2048;

/// The address that a link's path, query or fragment carries, where it leads to another organization.
pub fn inner(link: &Link) -> Option<Link> {
    if !link.is_web() {
        return None;
    }
    let target = link.target.get(..LENGTH).unwrap_or(&link.target);
    let (_, rest) = target.split_once("//")?;
    let after = rest.find(['/', '?', '#', '\\']).and_then(|at| rest.get(at + 1..))?;
    // Every way of writing "://" has one of these; most links have none, and are done here.
    if !after.contains(':') && !after.contains('%') && !after.contains("//") {
        return None;
    }
    let mut text = Cow::Borrowed(after);
    // Written once in percent signs, or twice where it went through two hands.
    for _ in 0..3 {
        if let Some(at) = address(&text) {
            let carried = text.get(at..)?;
            let end = carried.find(['&', '"', '\'', '<', '>', ' ']).unwrap_or(carried.len());
            let found = Link::new(carried.get(..end)?, "", Place::Text);
            let elsewhere = found.host.is_some() && found.organization() != link.organization();
            return elsewhere.then_some(found);
        }
        if !text.contains('%') {
            return None;
        }
        text = Cow::Owned(unescaped(&text));
    }
    None
}

/// Where `http://` or `https://` begins.
fn address(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    ["https://", "http://"].iter().filter_map(|scheme| lower.find(scheme)).min()
}

/// Percent signs undone once (RFC 3986 §2.1).
pub(crate) fn unescaped(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [octet, after @ ..] = rest {
        let digit = |octet: &u8| char::from(*octet).to_digit(16).and_then(|value| u8::try_from(value).ok());
        match (octet, after) {
            (b'%', [high, low, beyond @ ..]) if digit(high).is_some() && digit(low).is_some() => {
                out.push(digit(high).unwrap_or(0) * 16 + digit(low).unwrap_or(0));
                rest = beyond;
            }
            _ => {
                out.push(*octet);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carried_addresses_are_found() {
        for (target, expected) in [
            ("https://a.example/url?q=https://b.test/x&u=1", Some("https://b.test/x")),
            ("https://a.example/url?q=https%3A%2F%2Fb.test%2Fx", Some("https://b.test/x")),
            ("https://a.example/r/https%253A%252F%252Fb.test/", Some("https://b.test/")),
            ("https://a.example/http://b.test/", Some("http://b.test/")),
            ("https://a.example/?next=https://www.a.example/", None),
            ("https://a.example/x?y=1", None),
            ("https://a.example", None),
            ("mailto:a@a.example?body=https://b.test", None),
        ] {
            let found = inner(&Link::new(target, "", Place::Anchor));
            assert_eq!(found.as_ref().map(|link| link.target.as_str()), expected, "{target}");
        }
    }
}
