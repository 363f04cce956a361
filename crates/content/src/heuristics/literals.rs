//! Which patterns are worth trying on a text: one pass looks for the beginnings that they can have.
//!
//! Trying a hundred patterns on every text would cost more than all else together, and one automaton of them all
//! grows too large to be quick. Their literal beginnings fit into one Aho-Corasick automaton.

use aho_corasick::{AhoCorasick, BuildError, MatchKind};
use regex_syntax::hir::Hir;
use regex_syntax::hir::literal::{ExtractKind, Extractor};

/// Octets of the shortest beginning worth looking for; shorter ones stand in any text.
const LEAST: usize = 3;

/// Beginnings of one pattern that are looked for.
const MOST: usize = 400;

/// Patterns by number, and the one pass that finds those worth trying.
#[derive(Clone, Debug, Default)]
pub(super) struct Literals {
    count: usize,
    beginnings: Vec<Vec<u8>>,
    /// The pattern of each beginning.
    owners: Vec<usize>,
    /// Patterns without such beginnings: always worth trying.
    always: Vec<usize>,
    automaton: Option<AhoCorasick>,
}

/// Patterns worth trying on one text, each with the place where its first match can begin.
#[derive(Debug)]
pub(super) struct Candidates(Vec<Option<usize>>);

impl Candidates {
    /// From where to look for a pattern; `None`: it cannot match.
    pub(super) fn from(&self, pattern: usize) -> Option<usize> {
        self.0.get(pattern).copied().flatten()
    }
}

impl Literals {
    /// Takes a pattern in and gives its number.
    pub(super) fn add(&mut self, pattern: &Hir) -> usize {
        let number = self.count;
        self.count += 1;
        let mut extractor = Extractor::new();
        extractor.kind(ExtractKind::Prefix).limit_class(32).limit_repeat(4).limit_total(MOST);
        let mut sequence = extractor.extract(pattern);
        sequence.dedup();
        match sequence.literals() {
            Some(literals) if !literals.is_empty() && literals.iter().all(|literal| literal.len() >= LEAST) => {
                for literal in literals {
                    self.beginnings.push(literal.as_bytes().to_vec());
                    self.owners.push(number);
                }
            }
            _ => self.always.push(number),
        }
        number
    }

    /// Builds the automaton, once all patterns are in.
    pub(super) fn build(&mut self) -> Result<(), BuildError> {
        let mut builder = AhoCorasick::builder();
        self.automaton = Some(builder.match_kind(MatchKind::Standard).build(&self.beginnings)?);
        Ok(())
    }

    /// The patterns worth trying on a text: every one that can match is among them.
    pub(super) fn candidates(&self, text: &str) -> Candidates {
        let mut worth: Vec<Option<usize>> = vec![None; self.count];
        let found = self.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(text));
        let owners = found.filter_map(|found| Some((*self.owners.get(found.pattern().as_usize())?, found.start())));
        for (pattern, start) in owners.chain(self.always.iter().map(|&pattern| (pattern, 0))) {
            if let Some(worth) = worth.get_mut(pattern) {
                *worth = Some(worth.map_or(start, |known| known.min(start)));
            }
        }
        Candidates(worth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_can_match_is_a_candidate() {
        let patterns = ["(無料|有料)(登録|体験)", "[0-9]+円", "(?:^|x)dear friend", "出.?会い", "viagra|cialis"];
        let mut literals = Literals::default();
        for pattern in patterns {
            literals.add(&regex_syntax::parse(pattern).expect("a pattern of this test"));
        }
        literals.build().expect("few literals");
        for text in ["完全無料登録", "100円", "dear friend", "my dear friend", "出会い", "buy cialis", "nothing"]
        {
            let candidates = literals.candidates(text);
            for (number, pattern) in patterns.iter().enumerate() {
                let regex = regex::Regex::new(pattern).expect("a pattern of this test");
                let found = candidates.from(number).and_then(|from| regex.find_at(text, from));
                assert_eq!(found, regex.find(text), "{pattern} on {text}");
            }
        }
        assert!(literals.candidates("nothing").from(0).is_none());
        assert!(literals.candidates("nothing").from(4).is_none());
    }
}
