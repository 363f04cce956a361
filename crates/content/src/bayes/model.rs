//! What the site has learned: how often each feature stood in wanted mail and in spam.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use super::delta::Delta;
use super::features::{FEATURES_VERSION, Features};
use super::score::{self, NEEDED, SHIPPED, Score, Tuning};
use super::snapshot::{Format, SnapshotError, put};

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
    /// Messages of each kind after which the filter alone may reach the shipped threshold.
    pub needed: u32,
    /// Distinct features seen.
    pub vocabulary: usize,
    /// 0 (nothing) to 1 (as many of each kind as needed).
    pub reached: f64,
}

/// In how many messages of each kind a feature stood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Wanted messages.
    pub ham: u32,
    /// Spam messages.
    pub spam: u32,
}

/// Integer counts per feature; what one gets by folding the log of labelled examples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    messages: Counts,
    features: Table<Counts>,
}

/// A map whose keys are hashes already.
pub(super) type Table<V> = HashMap<u32, V, BuildHasherDefault<Spread>>;

/// Spreads a feature over 64 bits; the map takes its place from both ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = super::hash::hash(self.0, bytes);
    }

    fn write_u32(&mut self, feature: u32) {
        self.0 = u64::from(feature).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

const FORMAT: Format = Format { what: "a learned model", magic: *b"SkMo", version: FEATURES_VERSION };

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
        self.messages.add(label);
        for &feature in features.hashes() {
            self.features.entry(feature).or_default().add(label);
        }
    }

    /// Takes one example back that was learned before: afterwards the model is equal to one that never learned it.
    /// Taking back what was not learned is the caller's mistake; counts then stop at 0.
    pub fn unlearn(&mut self, features: &Features, label: Label) {
        self.messages.subtract(label);
        for &feature in features.hashes() {
            if let Entry::Occupied(mut entry) = self.features.entry(feature) {
                entry.get_mut().subtract(label);
                if *entry.get() == Counts::default() {
                    entry.remove();
                }
            }
        }
    }

    /// Judges a message by what the site has learned, and by one person's own judgements where given.
    pub fn score(&self, features: &Features, person: Option<&Delta>) -> Score {
        score::score(self, features, person, &SHIPPED)
    }

    /// The same with other constants: for choosing them.
    pub fn score_with(&self, features: &Features, person: Option<&Delta>, tuning: &Tuning) -> Score {
        score::score(self, features, person, tuning)
    }

    /// How often a feature was seen.
    pub fn counts(&self, feature: u32) -> Counts {
        self.features.get(&feature).copied().unwrap_or_default()
    }

    /// Wanted messages learned.
    pub fn ham(&self) -> u32 {
        self.messages.ham
    }

    /// Spam messages learned.
    pub fn spam(&self) -> u32 {
        self.messages.spam
    }

    /// How far it has learned.
    pub fn progress(&self) -> Progress {
        let Counts { ham, spam } = self.messages;
        let reached = f64::from(ham.min(spam).min(NEEDED)) / f64::from(NEEDED);
        Progress { ham, spam, needed: NEEDED, vocabulary: self.features.len(), reached }
    }

    /// The snapshot that every scanner loads. Equal models give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut sorted: Vec<(u32, Counts)> =
            self.features.iter().map(|(&feature, &counts)| (feature, counts)).collect();
        sorted.sort_unstable_by_key(|&(feature, _)| feature);
        let mut content = Vec::with_capacity(sorted.len() * 6);
        put(&mut content, self.messages.ham);
        put(&mut content, self.messages.spam);
        put(&mut content, sorted.len() as u32);
        let mut before = 0;
        for (feature, counts) in sorted {
            put(&mut content, feature - before);
            put(&mut content, counts.ham);
            put(&mut content, counts.spam);
            before = feature;
        }
        FORMAT.seal(&content)
    }

    /// Reads a snapshot.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let mut reader = FORMAT.open(bytes)?;
        let messages = Counts { ham: reader.number()?, spam: reader.number()? };
        let count = reader.number()? as usize;
        // A feature takes at least three octets: a count that cannot be true reserves no memory.
        let mut features = Table::with_capacity_and_hasher(count.min(bytes.len() / 3), BuildHasherDefault::default());
        let mut feature = 0_u32;
        for index in 0..count {
            let gap = reader.number()?;
            if index > 0 && gap == 0 {
                return Err(reader.content("a feature stands twice"));
            }
            feature = feature.checked_add(gap).ok_or_else(|| reader.content("a feature beyond 32 bits"))?;
            let counts = Counts { ham: reader.number()?, spam: reader.number()? };
            if counts == Counts::default() || counts.ham > messages.ham || counts.spam > messages.spam {
                return Err(reader.content("a count that cannot be"));
            }
            features.insert(feature, counts);
        }
        reader.finish()?;
        Ok(Self { messages, features })
    }
}

impl Counts {
    fn add(&mut self, label: Label) {
        let count = self.of(label);
        *count = count.saturating_add(1);
    }

    fn subtract(&mut self, label: Label) {
        let count = self.of(label);
        *count = count.saturating_sub(1);
    }

    fn of(&mut self, label: Label) -> &mut u32 {
        match label {
            Label::Ham => &mut self.ham,
            Label::Spam => &mut self.spam,
        }
    }
}
