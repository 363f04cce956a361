//! From bytes to [`Message`]: structure by an own bounded walk, text by our own charset layer.

mod build;
mod leaves;
mod structure;

pub use leaves::{Leaf, leaves};

use bytes::Bytes;

use crate::attachment::Attachment;
use crate::header::Headers;
use crate::html::Html;
use crate::likeness::Likeness;
use crate::limits::Limits;
use crate::links::Link;
use crate::normal::Normal;

/// A message as a reader would see it, with the original bytes beside it.
#[derive(Clone, Debug)]
pub struct Message {
    /// The bytes exactly as they came.
    pub raw: Bytes,
    /// The header section.
    pub headers: Headers,
    /// Text of the plain-text parts that a reader is shown, joined.
    pub text: String,
    /// The HTML parts as a reader sees them; `None` where there are none.
    pub html: Option<Html>,
    /// Every link a person could follow, with what is shown and where it goes.
    pub links: Vec<Link>,
    /// Everything that is not text to be shown.
    pub attachments: Vec<Attachment>,
    /// What attached pictures look like, of those that were decoded.
    pub likenesses: Vec<Likeness>,
    /// Subject and body in the form that rules match on.
    pub normal: Normal,
    /// Content-Type of the top, lower case, such as `multipart/alternative`.
    pub content_type: String,
    /// Charsets as declared, lower case, top part first.
    pub charsets: Vec<String>,
    /// MIME parts counted.
    pub parts: usize,
    /// What could not be read as it claimed to be.
    pub faults: Vec<Fault>,
}

/// Something about a message that is not as it should be; a fact for heuristics, never an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// More parts than are read.
    TooManyParts,
    /// Nested deeper than is followed.
    TooDeep,
    /// The header section is larger than is read.
    HeaderCut,
    /// Text or HTML is larger than is read.
    TextCut,
    /// Attached files are larger or more than are searched for links.
    FilesCut,
    /// Base64 or quoted-printable that is not.
    BrokenEncoding,
    /// The bytes are not in the charset they declare.
    WrongCharset,
    /// 8-bit text with no charset declared.
    UndeclaredCharset,
    /// NUL octets.
    Nul,
    /// A multipart that never closes or has no boundary.
    BrokenStructure,
}

impl Message {
    /// Reads a message. Never fails and never panics: what cannot be read is a [`Fault`].
    pub fn parse(raw: Bytes, limits: &Limits) -> Self {
        Self::with_headers(Headers::parse(raw, limits), limits)
    }

    /// The same where the header section has been read already.
    pub fn with_headers(headers: Headers, limits: &Limits) -> Self {
        build::message(headers, limits)
    }

    /// What a reader sees of the body: the HTML's visible text where there is HTML, else the plain text. An HTML part
    /// without any text does not take the plain text away.
    pub fn shown(&self) -> &str {
        match &self.html {
            Some(html) if !html.visible.trim().is_empty() || self.text.trim().is_empty() => &html.visible,
            _ => &self.text,
        }
    }

    /// Subject, decoded; empty where there is none.
    pub fn subject(&self) -> &str {
        self.headers.get("Subject").unwrap_or_default()
    }
}
