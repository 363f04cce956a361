//! Header sections of delivered mail, kept for people who asked for it (SUB-08). Bounded for each message; the body is
//! never among them.

use message::UnixMillis;

use crate::{OperatorId, Reference, SubscriberId};

/// Octets of one header section that are kept. What lies beyond is left out at the end of a field, and said.
pub const MOST_OCTETS: usize = 32 * 1024;

/// The header section of one delivered message, for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadersRow {
    /// The decision's reference.
    pub reference: Reference,
    /// Whose.
    pub operator: OperatorId,
    /// Its owner.
    pub subscriber: SubscriberId,
    /// When it was delivered.
    pub at: UnixMillis,
    /// Octets at the beginning that we wrote ourselves: trace and results.
    pub ours: usize,
    /// Something lay beyond [`MOST_OCTETS`].
    pub cut: bool,
    /// The fields as delivered, each with its line end.
    pub fields: Vec<u8>,
}

impl HeadersRow {
    /// Keeps what fits into [`MOST_OCTETS`]: whole fields only.
    pub fn bounded(mut self) -> Self {
        if self.fields.len() <= MOST_OCTETS {
            return self;
        }
        let within = self.fields.get(..MOST_OCTETS).unwrap_or_default();
        // A line that begins with white space belongs to the field before it (RFC 5322 §2.2.3).
        let begins = |at: &usize| {
            let before = at.checked_sub(1).and_then(|before| within.get(before));
            before == Some(&b'\n') && within.get(*at).is_some_and(|octet| !matches!(octet, b' ' | b'\t'))
        };
        let end = (0..within.len()).rev().find(begins).unwrap_or(0);
        self.fields.truncate(end);
        self.ours = self.ours.min(end);
        self.cut = true;
        self
    }
}
