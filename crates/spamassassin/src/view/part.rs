//! The parts of a message, cut as SpamAssassin cuts them, broken MIME included.

use super::content_type::ContentType;
use super::header::Field;
use super::text::{contains, is_space, line_feeds, lines};
use super::transfer;

/// Parts of one message (SpamAssassin's own bound).
const PARTS: usize = 1000;
/// Levels of parts in parts.
const LEVELS: usize = 20;
/// Octets of a field's name, and of its value.
const NAME: usize = 256;
const VALUE: usize = 8192;
/// Octets of a line in a part; longer ones are cut.
const LINE: usize = 2048;
/// Blank lines in a row that are kept.
const BLANK: usize = 20;

/// One part.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) fields: Vec<Field>,
    pub(crate) kind: String,
    pub(crate) charset: Option<Vec<u8>>,
    pub(crate) name: Option<Vec<u8>>,
    /// Numbers of the parts in it; `None`: a leaf.
    pub(crate) parts: Option<Vec<usize>>,
    /// Its body, transfer encoding and all.
    pub(crate) raw: Vec<u8>,
}

impl Part {
    /// The last field of that name.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().rev().find(|field| field.is(name.as_bytes()))
    }

    /// The last value of that name, decoded.
    pub(crate) fn value(&self, name: &str) -> Option<&[u8]> {
        self.field(name).map(|field| field.decoded.as_slice())
    }

    pub(crate) fn content_type(&self) -> ContentType {
        ContentType::read(self.value("content-type"))
    }

    pub(crate) fn transfer_encoding(&self) -> Vec<u8> {
        self.value("content-transfer-encoding").unwrap_or_default().to_ascii_lowercase()
    }

    pub(crate) fn is_leaf(&self) -> bool {
        self.parts.is_none()
    }

    /// The body with the transfer encoding undone.
    pub(crate) fn decoded(&self) -> Vec<u8> {
        match self.transfer_encoding().as_slice() {
            b"quoted-printable" => line_feeds(&transfer::quoted_printable(&self.raw)),
            b"base64" => {
                let decoded = transfer::base64(&self.raw);
                let is_text = self.kind.starts_with("text/") || self.kind.starts_with("message/");
                if is_text { line_feeds(&decoded) } else { decoded }
            }
            _ => self.raw.clone(),
        }
    }

    /// Its type, where a name that ends in `.html` counts more than what is declared.
    pub(crate) fn effective_kind(&self) -> &str {
        let name = self.name.as_deref().unwrap_or_default().to_ascii_lowercase();
        let is_html = [&b".htm"[..], b".html", b".shtm", b".shtml"].iter().any(|end| name.ends_with(end));
        if is_html { "text/html" } else { &self.kind }
    }
}

/// A message in parts; the first is the message itself.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) all: Vec<Part>,
    /// The header section as it came.
    pub(crate) header: Vec<u8>,
    /// The body as it came.
    pub(crate) body: Vec<u8>,
    /// What is wrong with its form, by the names that rules use.
    pub(crate) flags: Vec<&'static str>,
    /// A boundary that was opened and not closed.
    pub(crate) open_boundary: bool,
}

impl Parts {
    /// Reads a message. Lines end in LF here: rules are written for that.
    pub(crate) fn read(message: &[u8]) -> Self {
        let message = line_feeds(message);
        let message = match message.strip_prefix(b"From ") {
            Some(rest) if !super::text::trimmed(rest).starts_with(b":") => {
                lines(&message).next().and_then(|line| message.get(line.len()..)).unwrap_or_default()
            }
            _ => &message,
        };
        let mut parts = Self::default();
        let (fields, body_at) = parts.fields(message);
        parts.header = message[..body_at].to_vec();
        parts.body = message[body_at..].to_vec();
        parts.all.push(Part { fields, ..Part::default() });
        let body = short_blanks(&message[body_at..]);
        parts.message(0, body, LEVELS);
        parts
    }

    fn flag(&mut self, flag: &'static str) {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
        }
    }

    /// The header section and where the body begins.
    fn fields(&mut self, message: &[u8]) -> (Vec<Field>, usize) {
        let mut fields = Vec::new();
        let mut open: Option<Vec<u8>> = None;
        let mut at = 0;
        let mut errors = 0;
        let mut ended = false;
        for line in lines(message) {
            if line.starts_with(b" ") || line.starts_with(b"\t") {
                open.get_or_insert_default().extend_from_slice(line);
                at += line.len();
                continue;
            }
            self.close_field(&mut open, &mut fields);
            if line == b"\n" {
                at += 1;
                ended = true;
                break;
            }
            let is_field = begins_field(line);
            errors += usize::from(!is_field && !line.starts_with(b"--"));
            if line.starts_with(b"--") || errors > 3 {
                break;
            }
            open = Some(line.to_vec());
            at += line.len();
        }
        self.close_field(&mut open, &mut fields);
        if !ended {
            self.flag("missing_head_body_separator");
        }
        (fields, at)
    }

    fn close_field(&mut self, open: &mut Option<Vec<u8>>, fields: &mut Vec<Field>) {
        let Some(text) = open.take() else { return };
        let Some(colon) = memchr::memchr(b':', &text) else { return };
        let name = &text[..colon];
        let end = name.iter().rposition(|octet| !matches!(octet, b' ' | b'\t')).map_or(0, |at| at + 1);
        let value = &text[colon + 1..];
        if end > NAME || value.len() > VALUE {
            self.flag("truncated_header");
        }
        fields.push(Field::new(&name[..end.min(NAME)], value[..value.len().min(VALUE)].to_vec()));
    }

    /// A part whose header is read: what is in it.
    fn message(&mut self, number: usize, mut body: Vec<u8>, levels: usize) {
        let Some(part) = self.all.get_mut(number) else { return };
        let content_type = part.content_type();
        part.kind.clone_from(&content_type.kind);
        if content_type.kind.starts_with("multipart/") {
            let first = lines(&body).next().unwrap_or_default();
            let is_boundary = content_type
                .boundary
                .as_deref()
                .is_some_and(|boundary| first.strip_prefix(b"--").is_some_and(|rest| rest.starts_with(boundary)));
            if first.iter().any(|&octet| !is_space(octet)) && !is_boundary {
                body.insert(0, b'\n');
            }
        }
        let boundary = content_type.boundary;
        self.contents(number, boundary, body, levels);
    }

    fn contents(&mut self, number: usize, boundary: Option<Vec<u8>>, body: Vec<u8>, levels: usize) {
        let Some(part) = self.all.get_mut(number) else { return };
        match boundary {
            Some(boundary) if part.kind.starts_with("multipart/") && levels > 0 => {
                part.parts = Some(Vec::new());
                self.multipart(number, &boundary, &body, levels - 1);
            }
            boundary => self.leaf(number, boundary.is_some(), body, levels),
        }
    }

    fn leaf(&mut self, number: usize, has_boundary: bool, body: Vec<u8>, levels: usize) {
        let Some(part) = self.all.get_mut(number) else { return };
        let content_type = part.content_type();
        if !content_type.missing {
            let is_multipart = content_type.kind.starts_with("multipart/");
            part.kind = if is_multipart && !has_boundary { "text/plain".into() } else { content_type.kind };
        }
        part.charset = content_type.charset;
        part.name = disposition_name(part.value("content-disposition").unwrap_or_default()).or(content_type.name);
        part.raw = body;
        let is_message = matches!(part.kind.as_str(), "message/rfc822" | "message/global");
        if !is_message || levels == 0 || self.all.len() >= PARTS {
            return;
        }
        let inside = self.all.get(number).map(Part::decoded).unwrap_or_default();
        if inside.is_empty() {
            return;
        }
        let flags = self.flags.clone();
        let (fields, body_at) = self.fields(&inside);
        // What is wrong inside a forwarded message is not wrong with this one.
        self.flags = flags;
        let inner = self.all.len();
        self.all.push(Part { fields, ..Part::default() });
        if let Some(part) = self.all.get_mut(number) {
            part.parts = Some(vec![inner]);
            part.raw = Vec::new();
        }
        let body = short_blanks(&inside[body_at..]);
        let (flags, open) = (self.flags.clone(), self.open_boundary);
        self.message(inner, body, levels - 1);
        (self.flags, self.open_boundary) = (flags, open);
    }

    fn multipart(&mut self, number: usize, boundary: &[u8], body: &[u8], levels: usize) {
        let all: Vec<&[u8]> = lines(body).collect();
        let first = all.iter().position(|line| boundary_end(line, boundary) == Some(false));
        let mut is_open = first.is_some();
        let begin = first.map_or(0, |at| at + 1);
        if first.is_some() && all.get(begin).is_some_and(|line| !begins_plain_field(line)) {
            self.flag("missing_mime_headers");
        }
        let mut at = begin;
        let mut count = 0;
        let mut end = all.len();
        while at < all.len() {
            let (next, closing) = self.one_part(number, boundary, &all, at, levels);
            at = next;
            if closing == Some(true) {
                is_open = false;
                end = at;
                break;
            }
            if closing == Some(false) && all.get(at).is_some_and(|line| !begins_plain_field(line)) {
                self.flag("missing_mime_headers");
            }
            count += 1;
            if count >= PARTS || self.all.len() >= PARTS {
                self.flag("mimepart_limit_exceeded");
                break;
            }
        }
        self.open_boundary |= is_open;
        let after = all.get(end..).unwrap_or_default();
        if after.iter().any(|line| line.iter().any(|&octet| !is_space(octet) && octet != b'.')) {
            self.flag("mime_epilogue_exists");
        }
    }

    /// Reads the part that begins at a line; gives the line after it, and how it ended.
    fn one_part(
        &mut self,
        parent: usize,
        boundary: &[u8],
        all: &[&[u8]],
        mut at: usize,
        levels: usize,
    ) -> (usize, Option<bool>) {
        let mut fields = Vec::new();
        let mut open: Option<Vec<u8>> = None;
        let mut in_body = false;
        let mut nested = false;
        let mut body: Option<Vec<u8>> = None;
        let mut closing = None;
        while let Some(line) = all.get(at) {
            at += 1;
            let mut end = boundary_end(line, boundary);
            if nested && let Some(last) = end {
                nested = !last;
                end = None;
            }
            if end.is_some() {
                closing = end;
                break;
            }
            let is_last = at == all.len();
            if !in_body && !is_last {
                if begins_spaced_field(line) {
                    close_part_field(&mut open, &mut fields);
                    open = Some(line.to_vec());
                    continue;
                }
                if (line.starts_with(b" ") || line.starts_with(b"\t")) && open.is_some() {
                    open.get_or_insert_default().extend_from_slice(line);
                    continue;
                }
                close_part_field(&mut open, &mut fields);
                let content_type = fields.iter().rev().find(|field| field.is(b"content-type"));
                let inner = content_type.and_then(|field| ContentType::read(Some(&field.decoded)).boundary);
                nested = inner.as_deref() == Some(boundary);
                in_body = true;
                if *line == b"\n" || *line == b"\r\n" {
                    continue;
                }
                self.flag("missing_mime_head_body_separator");
            }
            push_short(body.get_or_insert_default(), line);
        }
        let mut body = body.unwrap_or_default();
        if closing.is_some() && body.ends_with(b"\n") {
            // The line end before a boundary belongs to the boundary.
            body.pop();
        }
        self.add(parent, fields, boundary, body, levels);
        (at, closing)
    }

    fn add(&mut self, parent: usize, fields: Vec<Field>, outer: &[u8], body: Vec<u8>, levels: usize) {
        let number = self.all.len();
        let content_type = Part { fields: fields.clone(), ..Part::default() }.content_type();
        let is_digest = self.all.get(parent).is_some_and(|part| part.kind == "multipart/digest");
        let kind = if content_type.missing && is_digest { "message/rfc822".into() } else { content_type.kind };
        self.all.push(Part { fields, kind, ..Part::default() });
        if let Some(part) = self.all.get_mut(parent) {
            part.parts.get_or_insert_default().push(number);
        }
        let boundary = content_type.boundary.unwrap_or_else(|| outer.to_vec());
        self.contents(number, Some(boundary), body, levels);
    }

    /// Numbers of the parts below one, itself first, in the order of the message.
    pub(crate) fn below(&self, number: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open = vec![number];
        while let Some(number) = open.pop() {
            let Some(part) = self.all.get(number) else { continue };
            found.push(number);
            open.extend(part.parts.iter().flatten().rev());
        }
        found
    }

    /// All parts, in the order of the message.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = &Part> {
        self.below(0).into_iter().filter_map(|number| self.all.get(number))
    }

    /// The leaves, in the order of the message.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = &Part> {
        self.in_order().filter(|part| part.is_leaf() && !part.kind.is_empty())
    }
}

/// `Name:`, with white space before the colon.
fn begins_spaced_field(line: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', line) else { return false };
    let name = line[..colon].iter().rposition(|octet| !matches!(octet, b' ' | b'\t')).map_or(0, |at| at + 1);
    name > 0 && line[..name].iter().all(u8::is_ascii_graphic)
}

fn begins_field(line: &[u8]) -> bool {
    begins_spaced_field(line)
}

fn begins_plain_field(line: &[u8]) -> bool {
    memchr::memchr(b':', line).is_some_and(|colon| colon > 0 && line[..colon].iter().all(u8::is_ascii_graphic))
}

/// Whether a line is a boundary, and then whether it is the last.
fn boundary_end(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    if rest.iter().all(|&octet| is_space(octet)) {
        return Some(false);
    }
    rest.strip_prefix(b"--")?.iter().all(|&octet| is_space(octet)).then_some(true)
}

fn close_part_field(open: &mut Option<Vec<u8>>, fields: &mut Vec<Field>) {
    let Some(text) = open.take() else { return };
    let Some(colon) = memchr::memchr(b':', &text) else { return };
    let value = &text[colon + 1..];
    let start = value.iter().position(|&octet| !is_space(octet)).unwrap_or(value.len());
    fields.push(Field::new(&text[..colon], value[start..].to_vec()));
}

fn push_short(body: &mut Vec<u8>, line: &[u8]) {
    let mut rest = line;
    while rest.len() > LINE {
        body.extend_from_slice(&rest[..LINE]);
        body.push(b'\n');
        rest = &rest[LINE..];
    }
    body.extend_from_slice(rest);
}

/// At most so many blank lines in a row.
fn short_blanks(body: &[u8]) -> Vec<u8> {
    if !contains(body, b"\n\n\n\n\n\n\n\n\n\n") && !contains(body, b" \n") {
        return body.to_vec();
    }
    let mut kept = Vec::with_capacity(body.len());
    let mut blank = 0;
    for line in lines(body) {
        let is_blank = line.iter().all(|&octet| is_space(octet));
        blank = if is_blank { blank + 1 } else { 0 };
        if blank <= BLANK {
            kept.extend_from_slice(line);
        }
    }
    kept
}

fn disposition_name(disposition: &[u8]) -> Option<Vec<u8>> {
    let lower = disposition.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = super::text::find(&lower[from..], b"name=") {
        let rest = disposition.get(from + at + 5..).unwrap_or_default();
        let rest = super::text::trimmed(rest);
        let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
        let end = rest.iter().position(|octet| matches!(octet, b'"' | b';')).unwrap_or(rest.len());
        if end > 0 {
            return Some(rest[..end].to_vec());
        }
        from += at + 5;
    }
    None
}
