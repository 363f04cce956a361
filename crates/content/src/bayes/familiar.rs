//! How familiar a message is: how much of it the model has seen in mail of each kind, against how much it should.
//!
//! What share of a new message's features a model knows depends on how much it has learned, so the share alone says
//! little. Good and Turing's estimate tells what share to expect: of all features seen in mail of a kind, those seen
//! exactly once are as many as the next message of that kind will bring anew (Good 1953).

use super::hash::Kind;
use super::model::Label;

/// Whether a feature is of the header section rather than of what a person reads.
fn is_header(feature: u32) -> bool {
    Kind::of(feature) == Kind::Header
}

/// Features counted: all, and those seen once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    all: u64,
    once: u64,
}

/// What was seen, by kind of mail, apart for the header section and for what a person reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Coverage {
    tallies: [[Tally; 2]; 2],
}

impl Coverage {
    fn tally(&mut self, feature: u32, label: Label) -> &mut Tally {
        let [[ham_header, ham_text], [spam_header, spam_text]] = &mut self.tallies;
        match (label, is_header(feature)) {
            (Label::Ham, true) => ham_header,
            (Label::Ham, false) => ham_text,
            (Label::Spam, true) => spam_header,
            (Label::Spam, false) => spam_text,
        }
    }

    /// A feature's count changed.
    pub(super) fn changed(&mut self, feature: u32, label: Label, before: u32, after: u32) {
        let tally = self.tally(feature, label);
        tally.all = tally.all + u64::from(after) - u64::from(before);
        tally.once = tally.once + u64::from(after == 1) - u64::from(before == 1);
    }

    /// A feature has that count.
    pub(super) fn counted(&mut self, feature: u32, label: Label, count: u32) {
        self.changed(feature, label, 0, count);
    }

    /// What share of a message of that kind should have been seen; `None` before anything was learned.
    fn expected(&self, label: Label, header: bool) -> Option<f64> {
        let [ham, spam] = &self.tallies;
        let [in_header, in_text] = if label == Label::Ham { ham } else { spam };
        let Tally { all, once } = if header { in_header } else { in_text };
        (*all > *once).then(|| (all - once) as f64 / *all as f64)
    }
}

/// What of one message was seen in mail of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Familiar {
    /// Features of the header section, and of what a person reads: seen, all.
    counts: [[u32; 2]; 2],
}

impl Familiar {
    /// Takes a feature in.
    pub(super) fn add(&mut self, feature: u32, seen: bool) {
        let [header, text] = &mut self.counts;
        let [known, all] = if is_header(feature) { header } else { text };
        *known += u32::from(seen);
        *all += 1;
    }

    /// How familiar it is: 1 as mail of that kind should be, 0 not at all. Both halves of the message count the same.
    pub(super) fn against(&self, coverage: &Coverage, label: Label) -> f64 {
        let halves = self.counts.iter().zip([true, false]).filter_map(|(&[known, all], header)| {
            let expected = coverage.expected(label, header)?;
            (all > 0).then(|| f64::from(known) / f64::from(all) / expected)
        });
        let (sum, count) = halves.fold((0.0, 0), |(sum, count), half| (sum + half, count + 1));
        if count == 0 { 0.0 } else { sum / f64::from(count) }
    }
}
