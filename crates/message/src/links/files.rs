//! Links in attached files: HTML, PDF, calendars, and QR codes in pictures.
//!
//! What a file is, its first octets say and, where they say nothing, its type and name. Octets, pictures and pixels are
//! counted over the whole message; what lies beyond the bounds is not searched, and the caller is told.

use std::sync::OnceLock;

use super::{Link, Place, calendar, code, pdf};
use crate::attachment::Attachment;
use crate::charset;
use crate::html;
use crate::likeness::Likeness;
use crate::limits::Limits;

/// What was found in the files of a message.
#[derive(Debug, Default)]
pub struct Files {
    /// The links.
    pub links: Vec<Link>,
    /// What the pictures look like, of those that were decoded.
    pub likenesses: Vec<Likeness>,
    /// Something was not searched because a bound was met.
    pub cut: bool,
}

/// What kinds of files can hold links.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Html,
    Pdf,
    Calendar,
    Picture,
}

/// Searches attachments for links; `room` links are kept.
pub fn find(attachments: &[Attachment], limits: &Limits, room: usize) -> Files {
    let mut files = Files::default();
    let (mut octets, mut pictures) = (limits.linked_files, limits.pictures);
    let mut pixels = limits.pixels;
    for attachment in attachments {
        let Some(kind) = kind_of(attachment) else { continue };
        let left = room.saturating_sub(files.links.len());
        if left == 0 || attachment.contents.travelled() / 4 * 3 > octets || (kind == Kind::Picture && pictures == 0) {
            files.cut = true;
            continue;
        }
        let content = attachment.contents.octets();
        octets = octets.saturating_sub(content.len());
        let found = match kind {
            Kind::Html => in_html(content, limits, left),
            Kind::Pdf => pdf::find(content, left),
            Kind::Calendar => calendar::find(&decoded(content), left),
            Kind::Picture => {
                pictures -= 1;
                code::photographed(content, &mut pixels, left, &mut files.likenesses)
            }
        };
        files.links.extend(found);
    }
    files
}

fn kind_of(attachment: &Attachment) -> Option<Kind> {
    match attachment.actual.as_deref() {
        Some("application/pdf") => return Some(Kind::Pdf),
        Some("image/png" | "image/jpeg" | "image/gif" | "image/bmp" | "image/webp") => return Some(Kind::Picture),
        Some("text/html" | "image/svg+xml") => return Some(Kind::Html),
        _ => {}
    }
    match attachment.declared.as_str() {
        "text/html" | "application/xhtml+xml" | "image/svg+xml" => return Some(Kind::Html),
        "text/calendar" => return Some(Kind::Calendar),
        _ => {}
    }
    match attachment.extension()?.as_str() {
        "htm" | "html" | "shtml" | "xhtml" | "xht" | "svg" => Some(Kind::Html),
        "ics" | "vcs" => Some(Kind::Calendar),
        "pdf" => Some(Kind::Pdf),
        _ => None,
    }
}

fn in_html(content: &[u8], limits: &Limits, room: usize) -> Vec<Link> {
    let limits = Limits { links: room, ..*limits };
    let mut links = Vec::new();
    html::walk_file(&decoded(content), &limits, &mut links);
    for link in links.iter_mut().filter(|link| link.place != Place::Image) {
        link.place = Place::HtmlFile;
    }
    links
}

fn decoded(content: &[u8]) -> String {
    static DECLARED: OnceLock<memchr::memmem::Finder<'static>> = OnceLock::new();
    let finder = DECLARED.get_or_init(|| memchr::memmem::Finder::new("charset="));
    let start = content.get(..2048).unwrap_or(content);
    let label = finder.find(start).and_then(|at| {
        let rest = start.get(at + 8..)?;
        let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
        let end = rest.iter().position(|octet| !(octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_')))?;
        std::str::from_utf8(rest.get(..end)?).ok().filter(|label| charset::is_known(label))
    });
    charset::decode(content, label).text
}
