//! One person's own judgements, small enough to be loaded with the person's settings.

use super::features::Features;
use super::model::{Label, Model};
use super::snapshot::SnapshotError;

/// Octets that a person's delta takes at most.
pub const DELTA_LIMIT: usize = 4 * 1024;

/// One person's own counts, on top of the site's model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    ham: u16,
    spam: u16,
}

impl Delta {
    /// A person who has not judged anything yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The delta of a person's log of judgements, oldest first.
    pub fn fold<'a>(examples: impl IntoIterator<Item = (&'a Features, Label)>, site: &Model) -> Self {
        let mut delta = Self::new();
        for (features, label) in examples {
            delta.learn(features, label, site);
        }
        delta
    }

    /// Learns one judgement. `site` tells which features are worth the little room there is.
    pub fn learn(&mut self, features: &Features, label: Label, site: &Model) {
        let _ = (features, label, site);
    }

    /// Messages this person called wanted.
    pub fn ham(&self) -> u16 {
        self.ham
    }

    /// Messages this person called spam.
    pub fn spam(&self) -> u16 {
        self.spam
    }

    /// The stored form, at most [`DELTA_LIMIT`] octets.
    pub fn to_bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Reads the stored form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let _ = bytes;
        Ok(Self::new())
    }
}
