//! What the filter knows of one message: hashed features, without text once they are stored.

use message::Message;

use super::gather::{self, Name, Names};
use super::rice::{self, BadSet};
use super::snapshot::{Format, HEAD, SnapshotError, put};

/// Octets that one stored example takes at most.
pub const FEATURES_LIMIT: usize = 4 * 1024;

/// Version of the way features are made; examples and models of another version cannot be mixed.
pub const FEATURES_VERSION: u16 = 2;

/// Features of one message that are kept: what [`FEATURES_LIMIT`] has room for in the worst case.
pub(super) const MOST: usize = 2_270;

const _: () = assert!(HEAD + 2 + rice::most_octets(MOST) <= FEATURES_LIMIT, "an example must fit its limit");

const FORMAT: Format = Format { what: "a labelled example", magic: *b"SkEx", version: FEATURES_VERSION };

/// The features of one message. Stored, they are hashes alone; of a message at hand, the words are known as well.
#[derive(Clone, Debug, Default)]
pub struct Features {
    /// Sorted, without repetitions.
    hashes: Vec<u32>,
    names: Names,
}

impl Features {
    /// Reads the features of a message. Of too many, the same part of all possible ones is kept in every message.
    pub fn of(message: &Message) -> Self {
        let (hashes, names) = gather::gather(message);
        Self { hashes, names }
    }

    /// How many features there are.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The features: two bits of kind, 21 of hash; sorted, without repetitions.
    pub fn hashes(&self) -> &[u32] {
        &self.hashes
    }

    /// What a person can read in place of the feature at that index; `None` for features that were stored.
    pub fn name(&self, index: usize) -> Option<String> {
        self.name_of(index).map(|name| name.to_string())
    }

    /// The same, not yet put together.
    pub(super) fn name_of(&self, index: usize) -> Option<Name<'_>> {
        self.names.get(index)
    }

    /// The stored form: hashes only, at most [`FEATURES_LIMIT`] octets.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut content = Vec::new();
        put(&mut content, self.hashes.len() as u32);
        content.extend(rice::encode(&self.hashes));
        FORMAT.seal(&content)
    }

    /// Reads the stored form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let mut reader = FORMAT.open(bytes)?;
        let count = reader.number()? as usize;
        if count > MOST {
            return Err(reader.content("more features than an example can have"));
        }
        let bits = reader.rest();
        let hashes = rice::decode(bits, count).map_err(|bad| match bad {
            BadSet::EndsEarly => reader.ends_early(),
            BadSet::TooLarge => reader.content("a feature beyond 23 bits"),
        })?;
        if rice::encode(&hashes).len() != bits.len() {
            return Err(reader.content("something follows the end"));
        }
        Ok(Self { hashes, names: Names::default() })
    }
}

/// Equal are messages of the same features, whether their words are known or not.
impl PartialEq for Features {
    fn eq(&self, other: &Self) -> bool {
        self.hashes == other.hashes
    }
}

impl Eq for Features {}
