//! The message put together again from fields and pieces of body, octet for octet, so that signatures verify and the
//! copy in junk is what was sent. A name is followed by its colon at once: what stood between them is never told.

use bytes::{Bytes, BytesMut};

/// A message on its way in.
#[derive(Debug, Default)]
pub struct Assembly {
    kept: BytesMut,
    headers_end: bool,
    too_large: bool,
}

impl Assembly {
    /// A header field. Lines of the value may be parted by LF alone (libmilter) and become CRLF.
    pub fn field(&mut self, name: &[u8], value: &[u8], keeps_leading_space: bool, limit: usize) {
        self.keep(name, limit);
        self.keep(if keeps_leading_space || value.is_empty() { b":" } else { b": " }, limit);
        let mut rest = value;
        while let Some(at) = rest.iter().position(|octet| *octet == b'\n') {
            let line = rest.get(..at).unwrap_or_default();
            self.keep(line.strip_suffix(b"\r").unwrap_or(line), limit);
            self.keep(b"\r\n", limit);
            rest = rest.get(at + 1..).unwrap_or_default();
        }
        self.keep(rest, limit);
        self.keep(b"\r\n", limit);
    }

    /// The empty line after the header section, once.
    pub fn end_headers(&mut self, limit: usize) {
        if !self.headers_end {
            self.headers_end = true;
            self.keep(b"\r\n", limit);
        }
    }

    /// A piece of body, as it came.
    pub fn body(&mut self, piece: &[u8], limit: usize) {
        self.end_headers(limit);
        self.keep(piece, limit);
    }

    /// Octets kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether nothing came yet.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether it grew beyond the limit; nothing more of it is kept then.
    pub fn is_too_large(&self) -> bool {
        self.too_large
    }

    /// The message.
    pub fn finish(mut self, limit: usize) -> Bytes {
        self.end_headers(limit);
        self.kept.freeze()
    }

    fn keep(&mut self, octets: &[u8], limit: usize) {
        if self.too_large || self.kept.len() + octets.len() > limit {
            self.too_large = true;
            self.kept = BytesMut::new();
            return;
        }
        self.kept.extend_from_slice(octets);
    }
}
