//! The octets of an attachment: a piece of the message as it travelled, decoded when somebody first asks for it and
//! then kept, so that everybody who looks into a file (links, signatures, archives) shares one decoding.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::transfer::{Encoding, undo};

/// The octets of one part.
#[derive(Clone, Default)]
pub struct Contents {
    encoded: Bytes,
    encoding: Encoding,
    /// Octets that are decoded at most.
    bound: usize,
    decoded: Arc<OnceLock<Decoded>>,
}

#[derive(Default)]
struct Decoded {
    octets: Bytes,
    cut: bool,
    broken: bool,
}

impl Contents {
    /// A piece of a message.
    pub(crate) fn new(encoded: Bytes, encoding: Encoding, bound: usize) -> Self {
        Self { encoded, encoding, bound, decoded: Arc::default() }
    }

    /// Octets that did not travel in a message, for tests and for what stands inside an archive.
    pub fn of(octets: impl Into<Bytes>) -> Self {
        Self::new(octets.into(), Encoding::Identity, usize::MAX)
    }

    /// The decoded octets, at most [`crate::Limits::attachment_octets`]. Decoding takes time the first time: look at
    /// [`Contents::travelled`] before asking for what is large.
    pub fn octets(&self) -> &Bytes {
        &self.decode().octets
    }

    /// Whether there is more than was decoded.
    pub fn is_cut(&self) -> bool {
        self.decode().cut
    }

    /// Whether the transfer encoding is not what it says it is.
    pub(crate) fn is_broken(&self) -> bool {
        self.decode().broken
    }

    /// The first octets: of what is decoded already, else decoded for this alone.
    pub(crate) fn start(&self, octets: usize) -> Vec<u8> {
        match self.decoded.get() {
            Some(decoded) => decoded.octets.get(..octets).unwrap_or(&decoded.octets).to_vec(),
            None => undo(self.encoding, &self.encoded, octets).bytes,
        }
    }

    /// Octets when decoded; estimated, without decoding, where that is not done yet.
    pub(crate) fn size(&self) -> usize {
        match (self.decoded.get(), self.encoding) {
            (Some(decoded), _) if !decoded.cut => decoded.octets.len(),
            // 76 characters and a line end to the line
            (_, Encoding::Base64 | Encoding::Uuencode) => self.encoded.len() / 78 * 57,
            (_, Encoding::Identity | Encoding::QuotedPrintable) => self.encoded.len(),
        }
    }

    /// Octets as it travelled, which costs nothing to know; decoded it is never larger.
    pub fn travelled(&self) -> usize {
        self.encoded.len()
    }

    fn decode(&self) -> &Decoded {
        self.decoded.get_or_init(|| {
            if self.encoding == Encoding::Identity {
                let cut = self.encoded.len() > self.bound;
                let octets = self.encoded.slice(..self.encoded.len().min(self.bound));
                return Decoded { octets, cut, broken: false };
            }
            let undone = undo(self.encoding, &self.encoded, self.bound);
            Decoded { octets: undone.bytes.into(), cut: undone.cut, broken: undone.broken }
        })
    }
}

impl PartialEq for Contents {
    fn eq(&self, other: &Self) -> bool {
        self.encoded == other.encoded && self.encoding == other.encoding
    }
}

impl Eq for Contents {}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} octets in {:?}", self.encoded.len(), self.encoding)
    }
}
