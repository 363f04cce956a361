//! Which patterns are worth trying on a text: one pass looks for the beginnings and ends that their matches can have.
//!
//! Trying a hundred patterns on every text would cost more than all else together, and one automaton of them all
//! grows too large to be quick. Their literal beginnings and ends fit into one Aho-Corasick automaton. A beginning alone
//! is not enough: "account" stands in much mail, "account … suspended" does not, and what stands between them is what
//! costs.

use std::collections::{HashMap, VecDeque};

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};
use regex_syntax::hir::literal::{ExtractKind, Extractor, Seq};
use regex_syntax::hir::{Hir, HirKind};

/// Octets of the shortest beginning or end worth looking for; shorter ones stand in any text.
const LEAST: usize = 3;

/// Beginnings, and ends, of one branch of a pattern that are looked for.
const MOST: usize = 400;

/// Patterns by number, and the one pass that finds those worth trying.
#[derive(Clone, Debug, Default)]
pub(super) struct Literals {
    count: usize,
    /// What is looked for, each once.
    wanted: Vec<Vec<u8>>,
    numbers: HashMap<Vec<u8>, usize>,
    /// What each of them is of which branches.
    roles: Vec<Vec<(usize, Role)>>,
    branches: Vec<Branch>,
    /// Patterns with a branch that begins and ends with no such literal: always worth trying.
    always: Vec<usize>,
    automaton: Option<AhoCorasick>,
}

/// What a literal is of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Beginning,
    End,
}

/// One of the alternatives of a pattern.
#[derive(Clone, Debug)]
struct Branch {
    pattern: usize,
    /// Its matches have known beginnings.
    begins: bool,
    /// Its matches have known ends, which are not its beginnings again.
    ends: bool,
    /// Octets of its longest match.
    longest: usize,
    /// Octets of its longest known beginning.
    slack: usize,
}

/// Patterns worth trying on one text, each with a place before which no match of it begins.
#[derive(Debug)]
pub(super) struct Candidates(Vec<Option<usize>>);

impl Candidates {
    /// From where to look for a pattern; `None`: it cannot match.
    pub(super) fn from(&self, pattern: usize) -> Option<usize> {
        self.0.get(pattern).copied().flatten()
    }

    fn add(&mut self, pattern: usize, from: usize) {
        if let Some(worth) = self.0.get_mut(pattern) {
            *worth = Some(worth.map_or(from, |known| known.min(from)));
        }
    }
}

impl Literals {
    /// Takes a pattern in and gives its number.
    pub(super) fn add(&mut self, pattern: &Hir) -> usize {
        let number = self.count;
        self.count += 1;
        let branches: Vec<&Hir> = match pattern.kind() {
            HirKind::Alternation(branches) => branches.iter().collect(),
            _ => vec![pattern],
        };
        for branch in branches {
            let (beginnings, ends) = (literals(branch, ExtractKind::Prefix), literals(branch, ExtractKind::Suffix));
            if beginnings.is_none() && ends.is_none() {
                self.always.push(number);
                continue;
            }
            // A word that is the whole match is found by its beginning.
            let whole = beginnings.as_ref().is_some_and(Seq::is_exact);
            let slack = beginnings.as_ref().and_then(Seq::max_literal_len).unwrap_or(0);
            let longest = branch.properties().maximum_len().unwrap_or(usize::MAX);
            let (begins, ends) = (beginnings, ends.filter(|_| !whole));
            let at = self.branches.len();
            self.branches.push(Branch {
                pattern: number,
                begins: begins.is_some(),
                ends: ends.is_some(),
                longest,
                slack,
            });
            for (sequence, role) in [(begins, Role::Beginning), (ends, Role::End)] {
                for literal in sequence.iter().flat_map(|sequence| sequence.literals()).flatten() {
                    self.want(literal.as_bytes(), at, role);
                }
            }
        }
        number
    }

    fn want(&mut self, literal: &[u8], branch: usize, role: Role) {
        let next = self.wanted.len();
        let number = *self.numbers.entry(literal.to_vec()).or_insert(next);
        if number == next {
            self.wanted.push(literal.to_vec());
            self.roles.push(Vec::new());
        }
        if let Some(roles) = self.roles.get_mut(number) {
            roles.push((branch, role));
        }
    }

    /// Builds the automaton, once all patterns are in.
    pub(super) fn build(&mut self) -> Result<(), BuildError> {
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::Standard).kind(Some(AhoCorasickKind::DFA));
        self.automaton = Some(builder.build(&self.wanted)?);
        Ok(())
    }

    /// The patterns worth trying on a text: every one that can match is among them.
    pub(super) fn candidates(&self, text: &str) -> Candidates {
        let mut worth = Candidates(vec![None; self.count]);
        for &pattern in &self.always {
            worth.add(pattern, 0);
        }
        let mut states = States { numbers: vec![0; self.branches.len()], states: Vec::new() };
        for found in self.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(text)) {
            for &(number, role) in self.roles.get(found.pattern().as_usize()).into_iter().flatten() {
                if let (Some(branch), Some(state)) = (self.branches.get(number), states.of(number))
                    && let Some(from) = state.saw(branch, role, found.start(), found.end())
                {
                    states.done(number);
                    worth.add(branch.pattern, text.floor_char_boundary(from));
                }
            }
        }
        worth
    }
}

/// Those of the branches of which something was seen: a thousand there are, and of a text a few.
struct States {
    /// For each branch the number of its state, counted from 1; 0: nothing was seen.
    numbers: Vec<u32>,
    states: Vec<State>,
}

/// It is known from where to try the branch.
const DONE: u32 = u32::MAX;

impl States {
    /// The state of a branch; `None` where it is done.
    fn of(&mut self, branch: usize) -> Option<&mut State> {
        let number = self.numbers.get_mut(branch).filter(|number| **number != DONE)?;
        if *number == 0 {
            self.states.push(State::default());
            *number = u32::try_from(self.states.len()).ok()?;
        }
        self.states.get_mut(*number as usize - 1)
    }

    fn done(&mut self, branch: usize) {
        if let Some(number) = self.numbers.get_mut(branch) {
            *number = DONE;
        }
    }
}

/// What was seen of one branch so far.
#[derive(Default)]
struct State {
    /// Where beginnings stand that may still be of a match.
    starts: VecDeque<usize>,
    /// Where the last end was seen.
    end: Option<usize>,
}

impl State {
    /// Takes in what was found, by the place where it ends; gives the place from where a match may begin.
    fn saw(&mut self, branch: &Branch, role: Role, start: usize, end: usize) -> Option<usize> {
        let mut asked = true;
        match role {
            Role::Beginning if !branch.ends => return Some(start),
            Role::Beginning => {
                self.starts.push_back(start);
                // What ends at the same place may be told in any order.
                asked = self.end == Some(end);
            }
            Role::End if !branch.begins => return Some(end.saturating_sub(branch.longest)),
            Role::End => self.end = Some(end),
        }
        while self.starts.front().is_some_and(|start| end.saturating_sub(*start) > branch.longest) {
            self.starts.pop_front();
        }
        // Beginnings come by where they end, so one that is not yet reached may begin a little earlier.
        self.starts.front().filter(|_| asked).map(|start| start.saturating_sub(branch.slack))
    }
}

/// The literals with which every match begins, or ends; `None` where there are none, or one is too short.
fn literals(branch: &Hir, kind: ExtractKind) -> Option<Seq> {
    let mut extractor = Extractor::new();
    extractor.kind(kind).limit_class(32).limit_repeat(4).limit_total(MOST);
    let mut sequence = extractor.extract(branch);
    sequence.dedup();
    let fits = sequence
        .literals()
        .is_some_and(|literals| !literals.is_empty() && literals.iter().all(|literal| literal.len() >= LEAST));
    fits.then_some(sequence)
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

    /// Every pattern on every text, with and without the candidates: they never change what is found.
    #[test]
    fn a_beginning_is_tried_only_where_its_end_follows() {
        let patterns = [
            "account[^.]{0,20}(suspended|limited)",
            "(account|card).{0,5}(count|cards?)|free trial",
            "abc(def)?|[0-9]+bcde",
            "[0-9]{1,3}円",
            "カード[^。]{0,4}(番号|情報)",
            "(best|low)[^.]{0,9}rates?\\b",
        ];
        let mut literals = Literals::default();
        for pattern in patterns {
            literals.add(&regex_syntax::parse(pattern).expect("a pattern of this test"));
        }
        literals.build().expect("few literals");
        let texts = [
            "your account is suspended",
            "your account. it is not suspended",
            "suspended account",
            "account account account account account account limited",
            "account count, card cards",
            "accounts, cards",
            "free trial of 12abcdef",
            "1bcdef abc",
            "金1234円",
            "カードの番号とカード情報",
            "カード。番号",
            "low, low, low rates",
            "low far away from the best ratest rate",
            "",
        ];
        let mut spared = 0;
        for text in texts {
            let candidates = literals.candidates(text);
            for (number, pattern) in patterns.iter().enumerate() {
                let regex = regex::Regex::new(pattern).expect("a pattern of this test");
                let from = candidates.from(number);
                spared += usize::from(from.is_none());
                let found = from.and_then(|from| regex.find_at(text, from));
                assert_eq!(found, regex.find(text), "{pattern} on {text}");
            }
        }
        assert!(spared > texts.len() * patterns.len() / 2, "{spared}");
        assert_eq!(literals.candidates("suspended account").from(0), None);
    }
}
