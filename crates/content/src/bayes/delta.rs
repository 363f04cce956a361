//! One person's own judgements, small enough to be loaded with the person's settings.
//!
//! A delta keeps counts like the site's model, but only of the features of a judgement that are most worth the
//! little room: who sent it, what the subject says, where its links go (by their whole names), and what spoke
//! most against the judgement. It is what one gets by folding the person's log, oldest first.

use std::collections::HashMap;

use super::features::{FEATURES_VERSION, Features};
use super::hash::Kind;
use super::model::{Counts, Label, Model};
use super::snapshot::{Format, HEAD, SnapshotError};

/// Octets that a person's delta takes at most.
pub const DELTA_LIMIT: usize = 4 * 1024;

/// Octets of one entry: feature, wanted, spam.
const ENTRY: usize = 4 + 1 + 1;

/// Entries there is room for.
const ROOM: usize = (DELTA_LIMIT - HEAD - 4) / ENTRY;

/// Features that one judgement may bring.
const EACH: usize = 60;

const FORMAT: Format = Format { what: "a person's delta", magic: *b"SkDe", version: FEATURES_VERSION };

/// One person's own counts, on top of the site's model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    ham: u16,
    spam: u16,
    features: HashMap<u32, [u8; 2]>,
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
    ///
    /// There is no unlearning here, because room that was given up does not come back: fold the log again.
    pub fn learn(&mut self, features: &Features, label: Label, site: &Model) {
        let messages = match label {
            Label::Ham => &mut self.ham,
            Label::Spam => &mut self.spam,
        };
        *messages = messages.saturating_add(1);
        for feature in worth(features, label, site) {
            let counts = self.features.entry(feature).or_default();
            let count = &mut counts[usize::from(label == Label::Spam)];
            *count = count.saturating_add(1);
        }
        self.make_room();
    }

    /// How often this person's judgements held a feature.
    pub fn counts(&self, feature: u32) -> Counts {
        let [ham, spam] = self.features.get(&feature).copied().unwrap_or_default();
        Counts { ham: ham.into(), spam: spam.into() }
    }

    /// How many features it has counts of.
    pub fn features(&self) -> usize {
        self.features.len()
    }

    /// Messages this person called wanted.
    pub fn ham(&self) -> u16 {
        self.ham
    }

    /// Messages this person called spam.
    pub fn spam(&self) -> u16 {
        self.spam
    }

    /// The stored form, at most [`DELTA_LIMIT`] octets. Equal deltas give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut sorted: Vec<(u32, [u8; 2])> =
            self.features.iter().map(|(&feature, &counts)| (feature, counts)).collect();
        sorted.sort_unstable();
        let mut content = Vec::with_capacity(4 + sorted.len() * ENTRY);
        content.extend(self.ham.to_le_bytes());
        content.extend(self.spam.to_le_bytes());
        for (feature, counts) in sorted {
            content.extend(feature.to_le_bytes());
            content.extend(counts);
        }
        FORMAT.seal(&content)
    }

    /// Reads the stored form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let mut reader = FORMAT.open(bytes)?;
        let ham = u16::from_le_bytes([reader.octet()?, reader.octet()?]);
        let spam = u16::from_le_bytes([reader.octet()?, reader.octet()?]);
        let (entries, rest) = reader.rest().as_chunks::<ENTRY>();
        if !rest.is_empty() {
            return Err(reader.ends_early());
        }
        if entries.len() > ROOM {
            return Err(reader.content("more entries than a delta can have"));
        }
        let mut features = HashMap::new();
        for &[a, b, c, d, ham, spam] in entries {
            if [ham, spam] == [0, 0] || features.insert(u32::from_le_bytes([a, b, c, d]), [ham, spam]).is_some() {
                return Err(reader.content("an entry that cannot be"));
            }
        }
        Ok(Self { ham, spam, features })
    }

    /// Gives up the entries seen least, so that what comes again and again stays.
    fn make_room(&mut self) {
        if self.features.len() <= ROOM {
            return;
        }
        let mut order: Vec<(u16, u32)> =
            self.features.iter().map(|(&feature, &[ham, spam])| (u16::from(ham) + u16::from(spam), feature)).collect();
        let surplus = order.len() - ROOM;
        order.select_nth_unstable(surplus);
        for (_, feature) in order.into_iter().take(surplus) {
            self.features.remove(&feature);
        }
    }
}

/// The features of a judgement that a delta keeps: every whole name, then what spoke most against it.
fn worth(features: &Features, label: Label, site: &Model) -> impl Iterator<Item = u32> {
    let against = |feature: u32| {
        let counts = site.counts(feature);
        let ham = (f64::from(counts.ham) + 0.5) / (f64::from(site.ham()) + 1.0);
        let spam = (f64::from(counts.spam) + 0.5) / (f64::from(site.spam()) + 1.0);
        let towards_spam = (spam / ham).ln();
        if label == Label::Ham { towards_spam } else { -towards_spam }
    };
    let mut weighed: Vec<(bool, f64, u32)> = features
        .hashes()
        .iter()
        .map(|&feature| (Kind::of(feature) != Kind::Identity, -against(feature), feature))
        .collect();
    weighed.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    weighed.into_iter().take(EACH).map(|(.., feature)| feature)
}
