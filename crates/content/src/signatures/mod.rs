//! Signatures (IN-08): a message that somebody called spam is found again in its variants.
//!
//! Noise is stripped ([`text`] and its neighbours make skeletons), short strings are fingerprinted
//! ([`Fingerprints`]), and a [`Library`] of signature sets says which of them a message holds.

mod entry;
mod fingerprints;
mod hash;
mod index;
mod level;
mod library;
mod links;
mod segment;
mod text;

pub use entry::{CLASSES, Day, Entry, day};
pub use fingerprints::{FINGERPRINTS, Fingerprints, PROBES, Probe, Signature};
pub use index::ENTRIES;
pub use level::{LEVELS, Level, SHIPPED};
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
