//! What the filter knows of one message: hashed features, without text once they are stored.

use message::Message;

use super::snapshot::SnapshotError;

/// Octets that one stored example takes at most.
pub const FEATURES_LIMIT: usize = 4 * 1024;

/// Version of the way features are made; examples and models of another version cannot be mixed.
pub const FEATURES_VERSION: u16 = 1;

/// The features of one message. Stored, they are hashes alone; of a message at hand, the words are known as well.
#[derive(Clone, Debug, Default)]
pub struct Features {
    hashes: Vec<u32>,
}

impl Features {
    /// Reads the features of a message.
    pub fn of(message: &Message) -> Self {
        let _ = message;
        Self::default()
    }

    /// How many features there are.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The stored form: hashes only, at most [`FEATURES_LIMIT`] octets.
    pub fn to_bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Reads the stored form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let _ = bytes;
        Ok(Self::default())
    }
}
