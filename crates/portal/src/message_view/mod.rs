//! A message opened safely: text as text, HTML cleaned and apart, links with their true target, the path explained.

mod html;
mod path;
mod proof;

use bytes::Bytes;
use message::{Limits, Message};

pub use html::html;
pub use path::{Path, Seen, Step, Trust, path};
pub use proof::{Said, proof};

/// Characters of text that are shown.
const TEXT: usize = 200_000;

/// Lines of a first look, and characters of each.
const LINES: usize = 5;
const LINE: usize = 120;

/// A link as it is listed: what the reader sees, and where it really leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownLink {
    /// What the reader sees.
    pub shown: String,
    /// The host it leads to, readable and in its A-label form where those differ.
    pub host: String,
    /// The shown text names another organisation than the target.
    pub lies: bool,
}

/// Reads a message within the shipped bounds.
pub fn parse(raw: Bytes) -> Message {
    Message::parse(raw, &Limits::default())
}

/// What a reader sees of it, as plain text without anything that could disguise it.
pub fn text(message: &Message) -> String {
    message.shown().chars().filter(|c| !is_disguise(*c)).take(TEXT).collect::<String>().trim().to_owned()
}

/// The first lines of it, to tell what it is without opening it.
pub fn first_lines(message: &Message) -> String {
    let text = text(message);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(LINES);
    lines.map(|line| line.chars().take(LINE).collect::<String>()).collect::<Vec<_>>().join("\n")
}

/// Links that leave the message, each host once per shown text.
pub fn links(message: &Message) -> Vec<ShownLink> {
    let mut out: Vec<ShownLink> = Vec::new();
    for link in &message.links {
        let Some(host) = &link.host else { continue };
        if matches!(link.place, message::links::Place::Image) {
            continue;
        }
        let readable = message::Domain::parse(host).map_or_else(|_| host.clone(), |domain| domain.to_unicode());
        let host = if readable == *host { readable } else { format!("{readable} ({host})") };
        let shown: String = link.shown.chars().filter(|c| !is_disguise(*c)).take(200).collect();
        let row = ShownLink { shown, host, lies: link.lies() };
        if !out.contains(&row) {
            out.push(row);
        }
    }
    out.truncate(100);
    out
}

/// Attachments by name, type and size.
pub fn attachments(message: &Message) -> Vec<String> {
    message
        .attachments
        .iter()
        .take(50)
        .map(|attachment| {
            let name = attachment.name.as_deref().unwrap_or("-");
            let kind = attachment.actual.as_deref().unwrap_or(&attachment.declared);
            let name: String = name.chars().filter(|c| !is_disguise(*c)).collect();
            format!("{name} ({kind}, {} kB)", attachment.size.div_ceil(1024))
        })
        .collect()
}

/// The header fields, decoded, from top to bottom.
pub fn fields(message: &Message) -> Vec<(String, String)> {
    message.headers.fields.iter().take(300).map(|field| (field.name.clone(), field.value.clone())).collect()
}

/// Text of one line without characters that disguise it.
pub fn plain(text: &str) -> String {
    text.chars().filter(|c| !is_disguise(*c) && *c != '\n').collect()
}

/// Characters that turn text around or hide in it (bidirectional controls, zero width).
fn is_disguise(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}')
        || (c.is_control() && !matches!(c, '\n' | '\t'))
}
