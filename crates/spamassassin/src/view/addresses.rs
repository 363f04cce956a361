//! Addresses and names in From, To and the like, in the forms that mail really has.

use std::sync::LazyLock;

use super::domain::is_host;
use super::text::{contains, is_space, trimmed, trimmed_end};
use crate::pattern::Pattern;

/// One mailbox of a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mailbox {
    pub(crate) phrase: Option<Vec<u8>>,
    pub(crate) address: Option<Vec<u8>>,
}

/// Mailboxes of one field that are read.
const MOST: usize = 500;

const QUOTED: &str = r#""(?:|(?:[^"\\]++|\\.)*+)""#;
const COMMENT: &str = r"\((?:|(?:[^()\\]++|\\.)*+)\)";

fn mail() -> String {
    format!(r#"(?:{QUOTED}|[^\@\s\<\>\(\)\[\]\,\:\;]+)\@(?:[^\"\s\<\>\(\)\[\]\,\:\;]+|\[[\d:.]+\])"#)
}

fn own(pattern: &str) -> Pattern {
    Pattern::new(pattern).expect("a pattern of the program, which tests use")
}

static MAILBOX: LazyLock<Pattern> = LazyLock::new(|| {
    let mail = mail();
    let phrase = format!(r#"(?:{QUOTED}|[^",;<]++)+"#);
    own(&format!(
        r#"(?is)^\s*(?:(?:({phrase})\s*)?<\s*([^>\@]*\S+|\s*)\s*>(?:\s*<\s*(?:(?:{QUOTED})?\S+|\s*)\s*>)*|(?:({mail})|({phrase})))(?:\s*\(((?:|(?:[^()\\]++|\\.)*+))\))?\s*(?:[,;]|\z)"#
    ))
});
static MAIL: LazyLock<Pattern> = LazyLock::new(|| own(&format!("(?i)^{}$", mail())));
static ANGLE: LazyLock<Pattern> = LazyLock::new(|| own(&format!("(?i)<({})>", mail())));
static PIECE: LazyLock<Pattern> = LazyLock::new(|| own(r#"(?s)^(?:"(|(?:[^"\\]++|\\.)*+)"|([^"]++))"#));
static COMMENTS: LazyLock<Pattern> = LazyLock::new(|| own(&format!("(?s)({COMMENT})")));
static GROUP: LazyLock<Pattern> = LazyLock::new(|| own(r#"(?s)^[^"()<>]+:\s*(.*?)\s*(?:;.*)?\z"#));

/// Mailboxes of a field as it came.
pub(crate) fn parse(field: &[u8]) -> Vec<Mailbox> {
    let mut text = without_doubled_backslashes(trimmed_end(field));
    if let Some(inside) = GROUP.first_group(&text) {
        text = inside;
    }
    if text.iter().all(|&octet| is_space(octet)) {
        return Vec::new();
    }
    if let Some(simple) = simple(&text) {
        return vec![simple];
    }
    let mut found = Vec::new();
    while found.len() < MOST
        && !text.is_empty()
        && let Some(groups) = MAILBOX.groups(&text)
    {
        let length = groups.first().cloned().flatten().map_or(0, |all| all.len());
        if length == 0 {
            break;
        }
        text.drain(..length);
        found.push(mailbox(&groups));
    }
    while found.len() < MOST
        && contains(&text, b"@")
        && let Some(address) = ANGLE.first_group(&text)
    {
        let wanted = [b"<", address.as_slice(), b">"].concat();
        let Some(at) = super::text::find(&text, &wanted) else { break };
        text.drain(..at + wanted.len());
        if is_sound(&address) {
            found.push(Mailbox { phrase: None, address: Some(cut(&address)) });
        }
    }
    found
}

/// The two forms that nearly all fields have, without the engine: `a@example.com` and `Name <a@example.com>`.
fn simple(text: &[u8]) -> Option<Mailbox> {
    let text = trimmed(text);
    let plain = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'_' | b'-' | b'+' | b'=');
    let is_mail = |text: &[u8]| {
        let mut halves = text.splitn(2, |&octet| octet == b'@');
        let (user, host) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        !user.is_empty() && !host.is_empty() && user.iter().all(plain) && host.iter().all(plain)
    };
    if is_mail(text) {
        return Some(Mailbox { phrase: None, address: Some(text.to_vec()) });
    }
    let open = memchr::memchr(b'<', text)?;
    let address = text.get(open + 1..)?.strip_suffix(b">")?;
    let phrase = &text[..open];
    let phrase = match phrase.strip_prefix(b"\"") {
        Some(rest) => {
            let rest = trimmed_end(rest).strip_suffix(b"\"")?;
            if rest.iter().any(|octet| matches!(octet, b'"' | b'\\')) { return None } else { rest }
        }
        None if phrase.iter().any(|octet| b"\"\\(),;:".contains(octet)) => return None,
        None => phrase,
    };
    is_mail(address)
        .then(|| Mailbox { phrase: (!phrase.is_empty()).then(|| phrase.to_vec()), address: Some(address.to_vec()) })
}

fn mailbox(groups: &[Option<Vec<u8>>]) -> Mailbox {
    let group = |number: usize| groups.get(number).cloned().flatten();
    let (angle, bare) = (group(2), group(3));
    let mut phrase = group(1).or_else(|| group(4));
    let mut address = match angle {
        Some(angle) => Some(without_comments(&angle)).filter(|address| MAIL.is_match(address)),
        None => bare,
    };
    address = address.filter(|address| is_sound(address));
    if let Some(written) = &phrase {
        let text = unquoted(written);
        if address.is_none() && MAIL.is_match(&text) && is_sound(&text) && is_host(host(&text)) {
            address = Some(text);
            phrase = None;
        } else if address.as_ref() == Some(&text) || text.is_empty() {
            phrase = None;
        } else {
            phrase = Some(text);
        }
    }
    Mailbox { phrase: phrase.or_else(|| group(5)), address: address.map(|address| cut(&address)) }
}

fn without_doubled_backslashes(text: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let mut octets = text.iter().copied().peekable();
    while let Some(octet) = octets.next() {
        if octet == b'\\' && octets.peek() == Some(&b'\\') {
            octets.next();
        } else {
            kept.push(octet);
        }
    }
    kept
}

fn is_sound(address: &[u8]) -> bool {
    !address.starts_with(b"\"\"@") && address.iter().filter(|&&octet| octet == b'"').count() != 1
}

/// What stands after the first `@`, up to the next.
fn host(address: &[u8]) -> &[u8] {
    address.split(|&octet| octet == b'@').nth(1).unwrap_or_default()
}

/// Up to a second `@`.
fn cut(address: &[u8]) -> Vec<u8> {
    let mut pieces = address.split(|&octet| octet == b'@');
    match (pieces.next(), pieces.next()) {
        (Some(user), Some(host)) => [user, b"@", host].concat(),
        _ => address.to_vec(),
    }
}

fn without_comments(text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    while contains(&text, b"(")
        && let Some(comment) = COMMENTS.first_group(&text)
        && let Some(at) = super::text::find(&text, &comment)
    {
        text.drain(at..at + comment.len());
    }
    text
}

/// A phrase without its quotation marks and comments.
fn unquoted(phrase: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(phrase.len());
    let mut rest = phrase;
    while let Some(groups) = PIECE.groups(rest) {
        let length = groups.first().cloned().flatten().map_or(0, |all| all.len());
        if length == 0 {
            break;
        }
        match (groups.get(1).cloned().flatten(), groups.get(2).cloned().flatten()) {
            (Some(quoted), _) => text.extend(quoted.into_iter().filter(|&octet| octet != b'\\')),
            (None, Some(plain)) => text.extend(without_comments(&plain)),
            _ => {}
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    text
}
