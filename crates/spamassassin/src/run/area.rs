//! Rules over the same text, and the one pass that finds those worth trying.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::rules::{Rule, Test};

/// Rules over the same text, by number.
#[derive(Debug, Default)]
pub(crate) struct Area {
    finder: Option<AhoCorasick>,
    /// Rules whose text each pattern of the finder is.
    owners: Vec<Vec<u32>>,
    /// Rules that are tried on every text.
    always: Vec<u32>,
    is_empty: bool,
}

/// Texts that a finder is worth building for.
const LEAST: usize = 4;

impl Area {
    pub(crate) fn of(numbers: Vec<usize>, rules: &[Rule]) -> Self {
        let mut texts: HashMap<Vec<u8>, Vec<u32>> = HashMap::new();
        let mut always = Vec::new();
        let is_empty = numbers.is_empty();
        for number in numbers {
            let Some(rule) = rules.get(number) else { continue };
            let short = u32::try_from(number).unwrap_or(u32::MAX);
            let tried_anyway = match &rule.test {
                // What is looked for may be absent, or stand in what is taken for an absent field.
                Test::Header { negated, unset, .. } => *negated || unset.is_some(),
                _ => false,
            };
            let required = rule.test.pattern().map(|pattern| pattern.required().texts()).unwrap_or_default();
            if tried_anyway || required.is_empty() {
                always.push(short);
            } else {
                required.iter().for_each(|text| texts.entry(text.clone()).or_default().push(short));
            }
        }
        if texts.len() < LEAST {
            always.extend(texts.into_values().flatten());
            always.sort_unstable();
            always.dedup();
            return Self { finder: None, owners: Vec::new(), always, is_empty };
        }
        let (texts, owners): (Vec<Vec<u8>>, Vec<Vec<u32>>) = texts.into_iter().unzip();
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::Standard).ascii_case_insensitive(true).kind(Some(AhoCorasickKind::ContiguousNFA));
        match builder.build(&texts) {
            Ok(finder) => Self { finder: Some(finder), owners, always, is_empty },
            Err(_) => {
                always.extend(owners.into_iter().flatten());
                always.sort_unstable();
                always.dedup();
                Self { finder: None, owners: Vec::new(), always, is_empty }
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Rules that are tried on every text.
    pub(crate) fn always(&self) -> &[u32] {
        &self.always
    }

    /// Adds to `found` every rule whose text stands here, each once, with the number of the text.
    pub(crate) fn candidates(&self, text: &[u8], place: u32, marks: &mut Marks, found: &mut Vec<(u32, u32)>) {
        let Some(finder) = &self.finder else { return };
        marks.next_text();
        for hit in finder.find_overlapping_iter(text) {
            for &number in self.owners.get(hit.pattern().as_usize()).into_iter().flatten() {
                if marks.is_new(number as usize) {
                    found.push((number, place));
                }
            }
        }
    }
}

/// Which rules were tried on the present text.
#[derive(Debug)]
pub(crate) struct Marks {
    texts: Vec<u32>,
    present: u32,
}

impl Marks {
    pub(crate) fn new(rules: usize) -> Self {
        Self { texts: vec![0; rules], present: 0 }
    }

    fn next_text(&mut self) {
        self.present += 1;
    }

    fn is_new(&mut self, number: usize) -> bool {
        self.texts.get_mut(number).is_some_and(|text| std::mem::replace(text, self.present) != self.present)
    }
}
