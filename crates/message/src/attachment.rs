//! What hangs on a message: name, declared type and true type (magic bytes).

/// One attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// File name, decoded (RFC 2231, RFC 2047, raw Japanese).
    pub name: Option<String>,
    /// Content-Type as declared, lower case.
    pub declared: String,
    /// MIME type by the first bytes; `None` where they say nothing.
    pub actual: Option<String>,
    /// Octets, decoded (estimated where beyond the bound).
    pub size: usize,
    /// Content-Disposition inline, or referred to by Content-ID.
    pub inline: bool,
}
