//! Fills a [`Message`] from its parts: decodes what is shown, looks at what is attached.

use bytes::Bytes;

use super::structure::{self, Part, Tree};
use super::{Fault, Message};
use crate::attachment::{Attachment, Contents};
use crate::charset;
use crate::header::Headers;
use crate::html::{self, Html};
use crate::likeness::Likeness;
use crate::limits::Limits;
use crate::links;
use crate::normal::{Normal, fold};
use crate::transfer::{Encoding, undo};

/// Attachments up to this many encoded octets are decoded whole; of larger ones the size is estimated.
const MEASURED: usize = 1024 * 1024;

/// Reads the body that belongs to a header section.
pub(super) fn message(headers: Headers, limits: &Limits) -> Message {
    let raw = headers.raw.slice(..headers.raw.len().min(limits.message));
    let body = headers.body_start.min(raw.len())..raw.len();
    let tree = structure::walk(raw.clone(), &headers.fields, body, limits);
    let mut builder = Builder::new(&tree, limits);
    if headers.cut {
        builder.fault(Fault::HeaderCut);
    }
    if raw.len() < headers.raw.len() {
        builder.fault(Fault::TextCut);
    }
    if memchr::memchr(0, &raw).is_some() {
        builder.fault(Fault::Nul);
    }
    builder.read(&tree);
    let Builder { text, html, links, attachments, likenesses, faults, .. } = builder;
    let content_type = content_type(&headers);
    let mut message = Message {
        raw: headers.raw.clone(),
        headers,
        text,
        html,
        links,
        attachments,
        likenesses,
        normal: Normal::default(),
        content_type,
        charsets: tree.charsets,
        parts: tree.count,
        faults,
    };
    message.normal = Normal::new(fold(message.subject()), fold(message.shown()));
    message
}

fn content_type(headers: &Headers) -> String {
    let declared = headers.all("Content-Type").next();
    let value = declared.map(|field| crate::header::Parameters::parse(headers.octets(field)).value);
    value.filter(|value| !value.is_empty()).unwrap_or_else(|| "text/plain".to_owned())
}

struct Builder<'a> {
    limits: &'a Limits,
    text: String,
    html: Option<Html>,
    links: Vec<links::Link>,
    attachments: Vec<Attachment>,
    likenesses: Vec<Likeness>,
    faults: Vec<Fault>,
    /// Octets of text that may still be decoded.
    left: usize,
}

impl<'a> Builder<'a> {
    fn new(tree: &Tree, limits: &'a Limits) -> Self {
        Self {
            limits,
            text: String::new(),
            html: None,
            links: Vec::new(),
            attachments: Vec::new(),
            likenesses: Vec::new(),
            faults: tree.faults.clone(),
            left: limits.text.max(limits.html),
        }
    }

    fn fault(&mut self, fault: Fault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    fn read(&mut self, tree: &Tree) {
        let octets = |part: &Part| -> Bytes {
            let source: Option<&Bytes> = tree.sources.get(part.source);
            let inside = |source: &&Bytes| part.body.start <= part.body.end && part.body.end <= source.len();
            source.filter(inside).map(|source| source.slice(part.body.clone())).unwrap_or_default()
        };
        let (own, enclosed): (Vec<&Part>, Vec<&Part>) = tree.parts.iter().partition(|part| !part.enclosed);
        for part in own {
            if part.shown {
                self.show(part, &octets(part));
            } else {
                self.attach(part, octets(part));
            }
        }
        // A message that is nothing but an envelope around another shows the other.
        if self.text.trim().is_empty() && self.html.is_none() {
            for part in enclosed.into_iter().filter(|part| part.shown) {
                self.show(part, &octets(part));
            }
        }
        self.links.extend(links::find(&self.text, self.room()));
        self.links.extend(links::find_drawn(&self.text, self.room()));
        if let Some(html) = &self.html {
            self.links.extend(links::find_drawn(&html.visible, self.room()));
        }
        let files = links::in_files(&self.attachments, self.limits, self.room());
        self.links.extend(files.links);
        self.likenesses = files.likenesses;
        if files.cut {
            self.fault(Fault::FilesCut);
        }
    }

    /// Links that may still be kept.
    fn room(&self) -> usize {
        self.limits.links.saturating_sub(self.links.len())
    }

    /// Decodes a text part and adds it to what is shown.
    fn show(&mut self, part: &Part, octets: &[u8]) {
        let is_html = part.content_type.value == "text/html";
        let bound = if is_html { self.limits.html } else { self.limits.text.saturating_sub(self.text.len()) };
        let undone;
        let bytes = if part.encoding == Encoding::Identity {
            let kept = octets.get(..bound.min(self.left)).unwrap_or(octets);
            if kept.len() < octets.len() {
                self.fault(Fault::TextCut);
            }
            kept
        } else {
            undone = undo(part.encoding, octets, bound.min(self.left));
            if undone.broken {
                self.fault(Fault::BrokenEncoding);
            }
            if undone.cut {
                self.fault(Fault::TextCut);
            }
            &undone.bytes
        };
        self.left -= bytes.len().min(self.left);
        let decoded = self.decode(part, bytes, is_html);
        if is_html {
            let html = self.html.get_or_insert_default();
            html::walk(&decoded, self.limits, html, &mut self.links);
            if html.cut {
                self.fault(Fault::TextCut);
            }
        } else {
            if !self.text.is_empty() && !self.text.ends_with('\n') {
                self.text.push('\n');
            }
            self.text.push_str(&decoded);
        }
    }

    fn decode(&mut self, part: &Part, bytes: &[u8], is_html: bool) -> String {
        let declared = part.content_type.get("charset").filter(|label| charset::is_known(label));
        let label = declared.clone().or_else(|| if is_html { meta_charset(bytes) } else { None });
        let decoded = charset::decode(bytes, label.as_deref());
        if decoded.relabelled || decoded.lost > 0 {
            self.fault(if label.is_some() { Fault::WrongCharset } else { Fault::UndeclaredCharset });
        }
        decoded.text
    }

    fn attach(&mut self, part: &Part, octets: Bytes) {
        if self.attachments.len() >= self.limits.attachments {
            return self.fault(Fault::TooManyParts);
        }
        let name = part.disposition.get("filename").or_else(|| part.content_type.get("name"));
        let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let contents = Contents::new(octets, part.encoding, self.limits.attachment_octets);
        if contents.travelled() <= MEASURED && contents.is_broken() {
            self.fault(Fault::BrokenEncoding);
        }
        let inline =
            part.disposition.value == "inline" || (part.has_content_id && part.disposition.value != "attachment");
        let declared = part.content_type.value.clone();
        self.attachments.push(Attachment::new(name, declared, inline, contents, self.limits));
    }
}

/// `<meta charset=…>` or `content="text/html; charset=…"` near the start.
fn meta_charset(bytes: &[u8]) -> Option<String> {
    let start = bytes.get(..2048).unwrap_or(bytes);
    let at = memchr::memmem::find_iter(start, b"charset=").next()? + 8;
    let rest = start.get(at..)?;
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let end = rest.iter().position(|octet| !(octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_')))?;
    let label = std::str::from_utf8(rest.get(..end)?).ok()?;
    charset::is_known(label).then(|| label.to_owned())
}
