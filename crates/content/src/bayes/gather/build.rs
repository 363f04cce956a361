//! Features of how a message is built: links, HTML, attachments, sizes, scripts, faults.

use message::links::{Link, Place};
use message::{Domain, Message};

use super::super::hash::Kind;
use super::Gatherer;
use super::body::words;
use super::header::capitals;
use super::shape::{plain, shape, step};
use crate::words::{Scripts, for_each_word};

/// Links that are read.
const LINKS: usize = 60;

/// Octets of hidden text that are read.
const HIDDEN: usize = 2_000;

/// Takes in everything but the words.
pub(super) fn gather(message: &Message, gatherer: &mut Gatherer) {
    let mut count = |tag: &str, count: usize| {
        gatherer.word(Kind::Structure, tag, &step(count).to_string());
    };
    count("links:", message.links.len());
    count("parts:", message.parts);
    count("attachments:", message.attachments.len());
    count("size:", message.raw.len() / 256);
    count("text:", message.normal.body.len() / 128);
    for link in message.links.iter().take(LINKS) {
        self::link(link, gatherer);
    }
    html(message, gatherer);
    for attachment in message.attachments.iter().take(20) {
        gatherer.word(Kind::Structure, "attached:", &attachment.declared);
        gatherer.word(Kind::Structure, "attached-really:", attachment.actual.as_deref().unwrap_or("unknown"));
        if let Some((_, extension)) = attachment.name.as_deref().and_then(|name| name.rsplit_once('.')) {
            gatherer.word(Kind::Structure, "extension:", &extension.to_lowercase());
        }
    }
    for fault in &message.faults {
        gatherer.word(Kind::Structure, "fault:", &format!("{fault:?}"));
    }
    script(message, gatherer);
}

fn html(message: &Message, gatherer: &mut Gatherer) {
    let Some(html) = &message.html else {
        gatherer.word(Kind::Structure, "html:", "none");
        return;
    };
    for (tag, count) in [
        ("remote-images:", html.remote_images),
        ("tracking-images:", html.tracking_images),
        ("forms:", html.forms),
        ("scripts:", html.scripts),
        ("html-noise:", html.noise),
        ("html-text:", html.visible.len() / 64),
        ("hidden-text:", html.hidden.len() / 16),
    ] {
        gatherer.word(Kind::Structure, tag, &step(count).to_string());
    }
    gatherer.word(Kind::Structure, "html:", if message.text.trim().is_empty() { "alone" } else { "beside text" });
    let mut end = html.hidden.len().min(HIDDEN);
    while !html.hidden.is_char_boundary(end) {
        end -= 1;
    }
    let hidden = message::normal::fold(&html.hidden[..end]);
    for_each_word(&hidden, |word| {
        if let Some(word) = plain(word) {
            gatherer.word(Kind::Structure, "hidden:", &word);
        }
    });
}

fn script(message: &Message, gatherer: &mut Gatherer) {
    let shown = message.shown();
    let scripts = Scripts::of(shown);
    let letters = scripts.letters().max(1);
    for (name, count) in [
        ("kana", scripts.kana),
        ("han", scripts.han),
        ("hangul", scripts.hangul),
        ("latin", scripts.latin),
        ("cyrillic", scripts.cyrillic),
        ("other", scripts.other),
    ] {
        let share = 10 * count / letters;
        if count > 0 {
            gatherer.word(Kind::Structure, "script:", &format!("{name} {share}"));
        }
    }
    gatherer.word(Kind::Structure, "capitals:", capitals(shown));
    let marks = shown.bytes().filter(|&byte| byte == b'!').count();
    gatherer.word(Kind::Structure, "exclamations:", &step(marks).to_string());
    gatherer.word(Kind::Structure, "lines:", &step(shown.lines().count()).to_string());
}

fn link(link: &Link, gatherer: &mut Gatherer) {
    gatherer.word(Kind::Link, "scheme:", &link.scheme);
    let place = match link.place {
        Place::Text => "text",
        Place::Anchor => "anchor",
        Place::Area | Place::Form | Place::Refresh | Place::Other => "other",
        Place::Image => "image",
        Place::HtmlFile | Place::Pdf | Place::Calendar | Place::Code | Place::TextCode => "file",
    };
    gatherer.word(Kind::Link, "place:", place);
    if link.lies() {
        gatherer.word(Kind::Link, "link:", "goes elsewhere than shown");
    }
    let Some(host) = &link.host else { return };
    gatherer.word(Kind::Link, "host:", host);
    gatherer.word(Kind::Link, "host-shape:", &shape(host));
    match Domain::parse(host).ok().and_then(|domain| domain.organizational()) {
        Some(domain) => {
            gatherer.word(Kind::Link, "domain:", domain.as_str());
            if let Some((_, top)) = host.rsplit_once('.') {
                gatherer.word(Kind::Link, "top:", top);
            }
        }
        None => {
            gatherer.word(Kind::Link, "domain:", "none");
        }
    }
    let Some((_, path)) = link.target.split_once("//").and_then(|(_, rest)| rest.split_once('/')) else { return };
    let mut end = path.len().min(200);
    while !path.is_char_boundary(end) {
        end -= 1;
    }
    let path = &path[..end];
    gatherer.word(Kind::Link, "path-shape:", &shape(path));
    words(path, "path:", [Kind::Link, Kind::Link], gatherer);
}
