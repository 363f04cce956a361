//! Features of the header section: who it claims to be from, which fields there are, and what they say.

use message::{Domain, Header, Message};

use super::super::hash::Kind;
use super::body::words;
use super::shape::{plain, shape, step};
use super::{Gatherer, Word};
use crate::words::for_each_word;

/// Fields whose value says when, by whom it was received, or what another filter thought; none of it is learned.
const SKIPPED: [&str; 24] = [
    "date",
    "received",
    "delivery-date",
    "resent-date",
    "delivered-to",
    "x-original-to",
    "x-delivered-to",
    "content-length",
    "lines",
    "status",
    "x-status",
    "x-uid",
    "x-keywords",
    "dkim-signature",
    "domainkey-signature",
    "authentication-results",
    "received-spf",
    "references",
    "in-reply-to",
    "thread-index",
    "message-id",
    "content-type",
    "subject",
    "envelope-to",
];

/// Words of one field that are learned.
const WORDS: usize = 24;

/// Takes in the header section.
pub(super) fn gather(message: &Message, gatherer: &mut Gatherer) {
    for name in ["From", "Reply-To", "Sender", "Return-Path"] {
        sender(message, name, gatherer);
    }
    subject(message, gatherer);
    content_type(message, gatherer);
    let mut before: Option<Word> = None;
    for field in &message.headers.fields {
        let name = field.name.to_ascii_lowercase();
        if is_other_filters(&name) {
            continue;
        }
        let present = gatherer.word(Kind::Header, "field:", &field.name);
        if let Some(before) = before.replace(present) {
            gatherer.pair(Kind::Header, before, present, 1);
        }
        value(field, &name, gatherer);
    }
}

/// Fields that filters write: what they thought is not ours to learn.
fn is_other_filters(name: &str) -> bool {
    name.starts_with("x-spam")
        || name.starts_with("x-sekisho")
        || name.starts_with("arc-")
        || name.starts_with("x-rspamd")
}

fn value(field: &Header, name: &str, gatherer: &mut Gatherer) {
    match name {
        "message-id" => {
            gatherer.word(Kind::Header, "message-id-shape:", &shape(field.value.trim()));
            if let Some((_, host)) = field.value.trim().trim_end_matches('>').rsplit_once('@') {
                domain(Kind::Header, "message-id:", host, gatherer);
            }
        }
        "date" => {
            let zone = field.value.split_whitespace().find(|word| word.starts_with(['+', '-']) && word.len() == 5);
            gatherer.word(Kind::Header, "zone:", zone.unwrap_or("none"));
            gatherer.word(Kind::Header, "date-shape:", &shape(field.value.trim()));
        }
        "from" | "reply-to" | "sender" | "return-path" => {}
        _ if SKIPPED.contains(&name) => {}
        _ => {
            let tag = format!("{name}:");
            let text = field.value.trim();
            if text.len() <= 60 {
                gatherer.word(Kind::Header, &tag, &format!("={text}"));
            }
            let mut left = WORDS;
            for_each_word(text, |word| {
                if left > 0
                    && let Some(word) = plain(word)
                {
                    left -= 1;
                    gatherer.word(Kind::Header, &tag, &word);
                }
            });
        }
    }
}

/// One address field that says from whom: words of the display name, the address, its domain.
fn sender(message: &Message, name: &str, gatherer: &mut Gatherer) {
    let tag = format!("{}:", name.to_ascii_lowercase());
    let mailboxes = message.headers.mailboxes(name);
    if mailboxes.len() != 1 {
        gatherer.word(Kind::Sender, &tag, &format!("{} addresses", step(mailboxes.len())));
    }
    for mailbox in mailboxes.iter().take(4) {
        let folded = message::normal::fold(&mailbox.name);
        words(&folded, &tag, [Kind::Sender, Kind::Sender], gatherer);
        match &mailbox.address {
            Some(address) => {
                gatherer.word(Kind::Sender, &tag, &address.key());
                gatherer.word(Kind::Sender, &format!("{tag}local-shape:"), &shape(address.local()));
                domain(Kind::Sender, &tag, address.domain().as_str(), gatherer);
            }
            None if mailbox.spec.is_empty() => {}
            None => {
                gatherer.word(Kind::Sender, &tag, "not an address");
            }
        }
    }
}

/// A domain, its organizational domain and its top level.
fn domain(kind: Kind, tag: &str, name: &str, gatherer: &mut Gatherer) {
    let Ok(domain) = Domain::parse(name) else {
        gatherer.word(kind, tag, "not a domain");
        return;
    };
    gatherer.word(kind, tag, &format!("@{domain}"));
    if let Some(organizational) = domain.organizational() {
        if organizational != domain {
            gatherer.word(kind, tag, &format!("@{organizational}"));
        }
        if let Some((_, top)) = domain.as_str().rsplit_once('.') {
            gatherer.word(kind, tag, &format!(".{top}"));
        }
    }
}

fn subject(message: &Message, gatherer: &mut Gatherer) {
    words(&message.normal.subject, "subject:", [Kind::Subject, Kind::Subject], gatherer);
    let written = message.subject();
    if written.trim().is_empty() {
        gatherer.word(Kind::Subject, "subject:", "(empty)");
    }
    gatherer.word(Kind::Subject, "subject-capitals:", capitals(written));
    for mark in ["!", "?", "$", "%", "   ", "re:", "fw", "adv", "【", "★", "["] {
        if message.normal.subject.contains(mark) || written.contains(mark) {
            gatherer.word(Kind::Subject, "subject-mark:", mark);
        }
    }
    gatherer.word(Kind::Subject, "subject-words:", &step(written.split_whitespace().count()).to_string());
}

/// How much of a text is in capitals.
pub(super) fn capitals(text: &str) -> &'static str {
    let (mut upper, mut lower) = (0_usize, 0_usize);
    for c in text.chars() {
        upper += usize::from(c.is_uppercase());
        lower += usize::from(c.is_lowercase());
    }
    match (upper + lower, upper) {
        (0, _) => "no letters",
        (_, 0) => "none",
        (all, upper) if upper == all => "all",
        (all, upper) if upper * 2 > all => "most",
        (all, upper) if upper * 5 > all => "many",
        _ => "few",
    }
}

fn content_type(message: &Message, gatherer: &mut Gatherer) {
    gatherer.word(Kind::Structure, "type:", &message.content_type);
    for charset in message.charsets.iter().take(6) {
        gatherer.word(Kind::Structure, "charset:", charset);
    }
    let Some(written) = message.headers.get("Content-Type") else { return };
    gatherer.word(Kind::Structure, "type-shape:", &shape(written));
    if let Some((_, boundary)) = written.split_once("boundary=") {
        gatherer.word(Kind::Structure, "boundary:", &shape(boundary.trim_matches('"')));
    }
}
