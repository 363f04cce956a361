//! What the site has learned: how often each feature stood in wanted mail and in spam.

use super::delta::Delta;
use super::familiar::Coverage;
use super::features::{FEATURES_VERSION, Features};
use super::hash::SPACE;
use super::score::{self, Beside, NEEDED, SHIPPED, Score, Tuning};
use super::snapshot::{Format, SnapshotError, put};
use super::table::Table;

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
    features: Table,
    coverage: Coverage,
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
        *self.messages.of(label) = self.messages.get(label).saturating_add(1);
        for &feature in features.hashes() {
            self.change(feature, label, |count| count.saturating_add(1));
        }
    }

    /// Takes one example back that was learned before: afterwards the model is equal to one that never learned it.
    /// Taking back what was not learned is the caller's mistake; counts then stop at 0.
    pub fn unlearn(&mut self, features: &Features, label: Label) {
        *self.messages.of(label) = self.messages.get(label).saturating_sub(1);
        for &feature in features.hashes() {
            self.change(feature, label, |count| count.saturating_sub(1));
        }
    }

    fn change(&mut self, feature: u32, label: Label, change: impl FnOnce(u32) -> u32) {
        let mut counts = self.features.get(feature);
        let before = counts.get(label);
        let after = change(before);
        *counts.of(label) = after;
        self.features.set(feature, counts);
        self.coverage.changed(feature, label, before, after);
    }

    /// Judges a message by what the site has learned, and by one person's own judgements where given. `beside`
    /// holds the points that it has without the filter; the answer is what to add to them.
    pub fn score(&self, features: &Features, person: Option<&Delta>, beside: Beside) -> Score {
        score::score(self, features, person, beside, &SHIPPED)
    }

    /// The same with other constants: for choosing them.
    pub fn score_with(&self, features: &Features, person: Option<&Delta>, beside: Beside, tuning: &Tuning) -> Score {
        score::score(self, features, person, beside, tuning)
    }

    /// How much of mail of a kind the model expects to have seen before.
    pub(super) fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// How often a feature was seen.
    pub fn counts(&self, feature: u32) -> Counts {
        self.features.get(feature)
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
        let mut content = Vec::with_capacity(self.features.len() * 4);
        put(&mut content, self.messages.ham);
        put(&mut content, self.messages.spam);
        put(&mut content, self.features.len() as u32);
        let mut before = 0;
        for (feature, counts) in self.features.iter() {
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
        let mut model = Self { messages, ..Self::default() };
        let mut feature = 0_u32;
        for index in 0..count {
            let gap = reader.number()?;
            if index > 0 && gap == 0 {
                return Err(reader.content("a feature stands twice"));
            }
            feature = feature
                .checked_add(gap)
                .filter(|&feature| (feature as usize) < SPACE)
                .ok_or_else(|| reader.content("a feature beyond 23 bits"))?;
            let counts = Counts { ham: reader.number()?, spam: reader.number()? };
            if counts == Counts::default() || counts.ham > messages.ham || counts.spam > messages.spam {
                return Err(reader.content("a count that cannot be"));
            }
            model.features.set(feature, counts);
            for label in [Label::Ham, Label::Spam] {
                model.coverage.counted(feature, label, counts.get(label));
            }
        }
        reader.finish()?;
        Ok(model)
    }
}

impl Counts {
    /// Messages of one kind.
    pub fn get(&self, label: Label) -> u32 {
        match label {
            Label::Ham => self.ham,
            Label::Spam => self.spam,
        }
    }

    fn of(&mut self, label: Label) -> &mut u32 {
        match label {
            Label::Ham => &mut self.ham,
            Label::Spam => &mut self.spam,
        }
    }
}
