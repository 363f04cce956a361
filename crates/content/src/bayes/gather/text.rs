//! The text whose grams are learned: the header section field by field, then subject, links and body.

use std::fmt::Write;

use message::{Header, Message};

use super::super::hash::Kind;

/// Octets of the header section that are read.
const HEADER: usize = 2_500;
/// Octets of one field.
const FIELD: usize = 400;
/// Of them, octets of the fields that say who sent it.
const SENDER: usize = 800;
/// Octets of the body.
const BODY: usize = 8_000;
/// Links that are read.
const LINKS: usize = 8;
/// Octets of one link, its scheme left out.
const LINK: usize = 60;

/// Fields that say when, to whom it was delivered, or how a mailbox keeps it; they are proofs made of random letters;
/// or another filter's opinion. None of it is learned.
const SKIPPED: [&str; 22] = [
    "arc-authentication-results",
    "arc-message-signature",
    "arc-seal",
    "content-length",
    "date",
    "delivered-to",
    "delivery-date",
    "dkim-signature",
    "domainkey-signature",
    "envelope-to",
    "lines",
    "resent-date",
    "return-path",
    "status",
    "subject",
    "thread-index",
    "x-gm-message-state",
    "x-google-dkim-signature",
    "x-keywords",
    "x-original-to",
    "x-status",
    "x-uid",
];

/// Fields that say who sent it.
const SENDERS: [&str; 4] = ["from", "reply-to", "sender", "list-id"];

/// Text with the lines it is made of.
pub(super) struct Lines {
    pub(super) text: String,
    pub(super) lines: Vec<Line>,
}

/// Octets of the text that are read together.
pub(super) struct Line {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Puts the text together.
pub(super) fn read(message: &Message) -> Lines {
    let mut text = String::with_capacity(HEADER + BODY + LINKS * (LINK + 3) + 400);
    let mut lines = Vec::new();
    let mut close = |text: &mut String, start: usize, kind: Kind| {
        lines.push(Line { kind, start, end: text.len() });
        text.push('\n');
    };
    let start = text.len();
    // Who sent it comes first: a long way through many hosts must not push it out.
    for senders in [true, false] {
        let room = if senders { SENDER } else { HEADER };
        for field in message.headers.fields.iter() {
            let name = field.name.to_ascii_lowercase();
            let asked = SENDERS.contains(&name.as_str()) == senders && !is_skipped(&name);
            if asked && !push_field(&mut text, field, &name, start + room) {
                break;
            }
        }
    }
    close(&mut text, start, Kind::Header);
    let start = text.len();
    push_plain(&mut text, &message.normal.subject, FIELD);
    text.push('\n');
    push_links(&mut text, message);
    push_plain(&mut text, &message.normal.body, BODY);
    close(&mut text, start, Kind::Text);
    Lines { text, lines }
}

/// Fields that filters and mailboxes write.
fn is_skipped(name: &str) -> bool {
    SKIPPED.contains(&name)
        || ["x-spam", "x-sekisho", "x-rspamd", "x-ms-exchange-", "x-forefront-", "x-microsoft-antispam"]
            .iter()
            .any(|start| name.starts_with(start))
}

/// Adds `name: value` on a line; `false` where the room is used up.
fn push_field(text: &mut String, field: &Header, name: &str, end: usize) -> bool {
    let room = end.saturating_sub(text.len());
    if room == 0 {
        return false;
    }
    // When a hop received it is no trait of the sender.
    let value = match name {
        "received" => field.value.rsplit_once(';').map_or(field.value.as_str(), |(way, _)| way),
        _ => &field.value,
    };
    push_plain(text, name, room);
    text.push_str(": ");
    push_plain(text, value, FIELD.min(room));
    text.push('\n');
    true
}

fn push_links(text: &mut String, message: &Message) {
    let mut seen: Vec<&str> = Vec::with_capacity(LINKS);
    for link in &message.links {
        let target = link.target.split_once("://").map_or(link.target.as_str(), |(_, rest)| rest);
        let target = target.get(..LINK).unwrap_or(target);
        if seen.len() < LINKS && !seen.contains(&target) {
            seen.push(target);
        }
    }
    for target in seen {
        let _infallible = write!(text, "//");
        push_plain(text, target, LINK);
        text.push('\n');
    }
}

/// Octets that stand for themselves once they are made lower case, and parts of characters that do: neither digits nor
/// controls, nor the octet that begins the controls beyond ASCII.
const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut octet = 0;
    while octet < 256 {
        let byte = octet as u8;
        plain[octet] = !(byte.is_ascii_digit() || (byte.is_ascii_control() && byte != b'\n') || byte == 0xc2);
        octet += 1;
    }
    plain
};

/// Adds a text in lower case, at most so many octets of it; digits of a long number (a year, a day, an order) become
/// zeros, at most eight.
pub(super) fn push_plain(text: &mut String, added: &str, room: usize) {
    let end = text.len() + room;
    let (mut digits, mut run) = (0_usize, text.len());
    let mut rest = added;
    while let Some(c) = rest.chars().next() {
        let plain = rest.bytes().position(|octet| !PLAIN[usize::from(octet)]).unwrap_or(rest.len());
        if plain > 0 {
            digits = 0;
            let (word, after) = rest.split_at(plain);
            let fits = word.get(..word.floor_char_boundary(end - text.len())).unwrap_or_default();
            let from = text.len();
            text.push_str(fits);
            if let Some(pushed) = text.get_mut(from..) {
                pushed.make_ascii_lowercase();
            }
            if fits.len() < word.len() {
                break;
            }
            rest = after;
            continue;
        }
        if text.len() + c.len_utf8() > end {
            break;
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        if !c.is_ascii_digit() {
            digits = 0;
            text.push(if c.is_control() { ' ' } else { c });
            continue;
        }
        if digits == 0 {
            run = text.len();
        }
        digits += 1;
        if digits == 4 {
            text.truncate(run);
            text.push_str("0000");
        } else if digits < 4 {
            text.push(c);
        } else if digits <= 8 {
            text.push('0');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_lower_case_without_dates_and_controls() {
        for (added, room, expected) in [
            ("Hello WORLD\n", 50, "hello world\n"),
            ("in 2026, 12 of 123456789012", 50, "in 0000, 12 of 00000000"),
            ("a\tb\u{85}c\u{a0}d\u{7f}", 50, "a b c\u{a0}d "),
            ("ＡＢ日本", 7, "ＡＢ"),
            ("日本a", 2, ""),
            ("x123", 3, "x12"),
            ("2026-11", 5, "0000-"),
        ] {
            let mut text = String::from("7");
            push_plain(&mut text, added, room);
            assert_eq!(text.get(1..), Some(expected), "{added}");
        }
    }
}
