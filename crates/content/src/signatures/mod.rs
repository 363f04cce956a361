//! Signatures (IN-08): a message that somebody called spam is found again in its variants.
//!
//! Noise is stripped ([`text`] and its neighbours make skeletons), short strings are fingerprinted
//! ([`Fingerprints`]), and a [`Library`] of signature sets says which of them a message holds.

mod entry;
pub mod file;
mod files;
mod fingerprints;
mod hash;
mod index;
pub mod journal;
mod level;
mod library;
mod links;
mod segment;
mod text;

pub use entry::{CLASSES, Day, Entry, day};
pub use fingerprints::{FINGERPRINTS, Fingerprints, PROBES, Probe, Signature};
pub use index::ENTRIES;
pub use level::{LEVELS, Level};
pub use library::{Library, Match, Set};
pub use segment::{Segment, SegmentMaker, TooMuch};

/// What of a message a signature describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// The text that a reader sees.
    Text = 0,
    /// The frame of its HTML.
    Structure = 1,
    /// Where its links lead.
    Links = 2,
    /// An attached file.
    Attachment = 3,
    /// A picture.
    Picture = 4,
}

/// Every kind, by its number in a file.
pub const KINDS: [Kind; 5] = [Kind::Text, Kind::Structure, Kind::Links, Kind::Attachment, Kind::Picture];

impl Kind {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Structure => "structure",
            Self::Links => "links",
            Self::Attachment => "attachment",
            Self::Picture => "picture",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| kind.name() == name)
    }
}
