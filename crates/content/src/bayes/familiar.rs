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
        let halves = self.halves(coverage, label);
        let (sum, count) = halves.iter().flatten().fold((0.0, 0), |(sum, count), half| (sum + half, count + 1));
        if count == 0 { 0.0 } else { sum / f64::from(count) }
    }

    /// How like mail of that kind it is: by its text alone, or where the header section is the more familiar half by
    /// both, that one weighing `header`. The mean of both would let a spammer pass who changes every word, or appends
    /// innocent text; the header section alone would liken all mail of a mail server to its spam.
    pub(super) fn like(&self, coverage: &Coverage, label: Label, header: f64) -> f64 {
        let [in_header, in_text] = self.halves(coverage, label).map(Option::unwrap_or_default);
        in_text.max(header * in_header + (1.0 - header) * in_text)
    }

    /// The same for the header section and for what a person reads; `None` where there is nothing to compare.
    fn halves(&self, coverage: &Coverage, label: Label) -> [Option<f64>; 2] {
        let [in_header, in_text] = &self.counts;
        [(in_header, true), (in_text, false)].map(|(&[known, all], header)| {
            let expected = coverage.expected(label, header)?;
            (all > 0).then(|| f64::from(known) / f64::from(all) / expected)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash::BITS;
    use super::*;

    /// A message of ten features of each half, of which so many were seen; the model expects to have seen all.
    fn seen(header: u32, text: u32) -> (Familiar, Coverage) {
        let (mut familiar, mut coverage) = (Familiar::default(), Coverage::default());
        for at in 0..10 {
            for (feature, known) in [(at, at < header), (1 << BITS | at, at < text)] {
                coverage.counted(feature, Label::Spam, 2);
                familiar.add(feature, known);
            }
        }
        (familiar, coverage)
    }

    #[test]
    fn a_text_likens_a_message_by_itself_and_a_header_section_not_quite() {
        for (header, text, like) in [(10, 10, 1.0), (0, 10, 1.0), (10, 0, 0.8), (10, 5, 0.9), (0, 0, 0.0)] {
            let (familiar, coverage) = seen(header, text);
            let is = familiar.like(&coverage, Label::Spam, 0.8);
            assert!((is - like).abs() < 1e-9, "header {header}, text {text}: {is}");
        }
    }

    #[test]
    fn nothing_is_like_mail_that_was_never_learned() {
        let (familiar, coverage) = seen(10, 10);
        assert_eq!((familiar.like(&coverage, Label::Ham, 0.7), familiar.against(&coverage, Label::Ham)), (0.0, 0.0));
        assert_eq!(familiar.against(&coverage, Label::Spam), 1.0);
    }
}
