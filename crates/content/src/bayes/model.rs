//! What the site has learned: how often each feature stood in wanted mail and in spam.

use super::delta::Delta;
use super::features::Features;
use super::score::Score;
use super::snapshot::SnapshotError;

/// What a labelled example is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Wanted mail.
    Ham,
    /// Spam.
    Spam,
}

/// How far a model has learned (IN-06: "shows how far it has learned").
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Progress {
    /// Wanted messages learned.
    pub ham: u32,
    /// Spam messages learned.
    pub spam: u32,
    /// Messages of each kind after which the model speaks with full weight.
    pub needed: u32,
    /// Distinct features seen.
    pub vocabulary: usize,
    /// 0 (nothing) to 1 (full weight).
    pub reached: f64,
}

/// Integer counts per feature; what one gets by folding the log of labelled examples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    ham: u32,
    spam: u32,
}

impl Model {
    /// A model that has learned nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The model of a log of examples. The order does not matter.
    pub fn fold<'a>(examples: impl IntoIterator<Item = (&'a Features, Label)>) -> Self {
        let mut model = Self::new();
        for (features, label) in examples {
            model.learn(features, label);
        }
        model
    }

    /// Learns one example.
    pub fn learn(&mut self, features: &Features, label: Label) {
        let _ = (features, label);
    }

    /// Takes one example back that was learned before: afterwards the model is equal to one that never learned it.
    pub fn unlearn(&mut self, features: &Features, label: Label) {
        let _ = (features, label);
    }

    /// Judges a message by what the site has learned, and by one person's own judgements where given.
    pub fn score(&self, features: &Features, person: Option<&Delta>) -> Score {
        let _ = (features, person);
        Score::unknown()
    }

    /// Wanted messages learned.
    pub fn ham(&self) -> u32 {
        self.ham
    }

    /// Spam messages learned.
    pub fn spam(&self) -> u32 {
        self.spam
    }

    /// How far it has learned.
    pub fn progress(&self) -> Progress {
        Progress { ham: self.ham, spam: self.spam, needed: 0, vocabulary: 0, reached: 0.0 }
    }

    /// The snapshot that every scanner loads.
    pub fn to_bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Reads a snapshot.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let _ = bytes;
        Ok(Self::new())
    }
}
