//! Runs a program: the first way that matches, as Perl takes it, within a bound on steps.

use super::program::{Program, Step};
use super::tree::{Appetite, Place};

/// No position.
const NOWHERE: usize = usize::MAX;

/// Programs in programs.
const DEPTH: usize = 40;

/// Ways kept to come back to.
const WAYS: usize = 200_000;

/// A way not taken yet, or what has to be undone on the way back to one.
enum Way {
    Go {
        step: usize,
        at: usize,
    },
    /// A run that can give octets back, down to `least`.
    Shorter {
        step: usize,
        least: usize,
        at: usize,
    },
    /// A run that can take more, up to `most`.
    Longer {
        step: usize,
        at: usize,
        most: usize,
    },
    Undo {
        slot: usize,
        value: usize,
    },
}

/// One search in one text.
pub(super) struct Machine<'p> {
    program: &'p Program,
    text: &'p [u8],
    slots: Vec<usize>,
    ways: Vec<Way>,
    steps: usize,
}

impl<'p> Machine<'p> {
    pub(super) fn new(program: &'p Program, text: &'p [u8], steps: usize) -> Self {
        Self { program, text, slots: vec![NOWHERE; program.slots], ways: Vec::new(), steps }
    }

    /// The first match that begins at or after a place: where it begins and ends.
    pub(super) fn find(&mut self, from: usize) -> Option<(usize, usize)> {
        let last = if self.program.from_start { 0 } else { self.text.len() };
        let mut at = from;
        while at <= last {
            if let Some(set) = self.program.first {
                let ahead = self.text.get(at..)?.iter().position(|&octet| set.contains(octet))?;
                at += ahead;
                if at > last {
                    return None;
                }
            }
            self.slots.fill(NOWHERE);
            self.ways.clear();
            if let Some(end) = self.run(0, at, None, 0) {
                return Some((at, end));
            }
            if self.steps == 0 {
                return None;
            }
            at += 1;
        }
        None
    }

    /// What a group holds after a match.
    pub(super) fn group(&self, number: usize) -> Option<&'p [u8]> {
        let (start, end) = (*self.slots.get(number * 2)?, *self.slots.get(number * 2 + 1)?);
        if start == NOWHERE || end == NOWHERE { None } else { self.text.get(start..end) }
    }

    pub(super) fn groups(&self) -> usize {
        self.program.groups
    }

    /// Runs one part from a place; where it ends. `end` is where it has to.
    fn run(&mut self, part: usize, start: usize, end: Option<usize>, depth: usize) -> Option<usize> {
        if depth > DEPTH {
            return None;
        }
        let base = self.ways.len();
        let steps = self.program.parts.get(part)?;
        let (mut step, mut at) = (0, start);
        loop {
            if self.steps == 0 || self.ways.len() > WAYS {
                self.steps = 0;
                self.back_to(base);
                return None;
            }
            self.steps -= 1;
            let went_on = match steps.get(step)? {
                Step::Done if end.is_none_or(|end| end == at) => {
                    // What was taken on the way here stays taken; only ways not taken are forgotten.
                    self.forget(base);
                    return Some(at);
                }
                Step::Done => None,
                Step::Take(set) => self.text.get(at).filter(|octet| set.contains(**octet)).map(|_| (step + 1, at + 1)),
                Step::Run { set, least, most, appetite } => {
                    let rest = self.text.get(at..).unwrap_or_default();
                    let most = rest.len().min(*most);
                    let length = rest[..most].iter().position(|&octet| !set.contains(octet)).unwrap_or(most);
                    if length < *least {
                        None
                    } else {
                        match appetite {
                            Appetite::Possessive => Some((step + 1, at + length)),
                            Appetite::Greedy => {
                                if length > *least {
                                    self.ways.push(Way::Shorter { step: step + 1, least: at + least, at: at + length });
                                }
                                Some((step + 1, at + length))
                            }
                            Appetite::Lazy => {
                                if length > *least {
                                    self.ways.push(Way::Longer { step: step + 1, at: at + least, most: at + length });
                                }
                                Some((step + 1, at + least))
                            }
                        }
                    }
                }
                Step::At(place) => self.is_at(*place, at).then_some((step + 1, at)),
                Step::Back { group, either_case } => self.again(*group, *either_case, at).map(|at| (step + 1, at)),
                Step::Jump(to) => Some((*to, at)),
                Step::Either(one, other) => {
                    self.ways.push(Way::Go { step: *other, at });
                    Some((*one, at))
                }
                Step::Keep(slot) => {
                    self.keep(*slot, at);
                    Some((step + 1, at))
                }
                Step::Zero(slot) => {
                    self.keep(*slot, 0);
                    Some((step + 1, at))
                }
                Step::Loop { count, begun, least, most, appetite, exit } => {
                    let rounds = self.slots[*count];
                    let is_idle = rounds > 0 && self.slots[*begun] == at;
                    if rounds < *least && !is_idle {
                        Some((step + 1, at))
                    } else if rounds >= *most || is_idle {
                        Some((*exit, at))
                    } else if *appetite == Appetite::Lazy {
                        self.ways.push(Way::Go { step: step + 1, at });
                        Some((*exit, at))
                    } else {
                        self.ways.push(Way::Go { step: *exit, at });
                        Some((step + 1, at))
                    }
                }
                Step::Round { count, begun } => {
                    let rounds = self.slots[*count];
                    self.keep(*count, rounds + 1);
                    self.keep(*begun, at);
                    Some((step + 1, at))
                }
                Step::Look { program, behind, negated } => {
                    let (program, behind, negated) = (*program, *behind, *negated);
                    self.look(program, behind, negated, at, depth).then_some((step + 1, at))
                }
                Step::Atomic(program) => self.run(*program, at, None, depth + 1).map(|at| (step + 1, at)),
                Step::IfGroup { group, otherwise } => {
                    Some((if self.group(*group).is_some() { step + 1 } else { *otherwise }, at))
                }
            };
            (step, at) = match went_on {
                Some(next) => next,
                None => self.next_way(base)?,
            };
        }
    }

    fn look(&mut self, program: usize, behind: Option<(usize, usize)>, negated: bool, at: usize, depth: usize) -> bool {
        let before = self.ways.len();
        let found = match behind {
            None => self.run(program, at, None, depth + 1).is_some(),
            Some((least, most)) => {
                (least..=most.min(at)).any(|width| self.run(program, at - width, Some(at), depth + 1).is_some())
            }
        };
        if negated {
            // What groups took inside is no part of the match.
            self.back_to(before);
        }
        found != negated
    }

    fn keep(&mut self, slot: usize, value: usize) {
        if let Some(place) = self.slots.get_mut(slot) {
            let before = std::mem::replace(place, value);
            self.ways.push(Way::Undo { slot, value: before });
        }
    }

    /// Undoes everything down to a height of the ways.
    fn back_to(&mut self, base: usize) {
        while self.ways.len() > base {
            if let Some(Way::Undo { slot, value }) = self.ways.pop() {
                self.slots[slot] = value;
            }
        }
    }

    /// Forgets ways, and keeps what has to be undone if something before fails.
    fn forget(&mut self, base: usize) {
        let mut kept = base;
        for at in base..self.ways.len() {
            if matches!(self.ways[at], Way::Undo { .. }) {
                self.ways.swap(kept, at);
                kept += 1;
            }
        }
        self.ways.truncate(kept);
    }

    fn next_way(&mut self, base: usize) -> Option<(usize, usize)> {
        while self.ways.len() > base {
            match self.ways.pop()? {
                Way::Undo { slot, value } => self.slots[slot] = value,
                Way::Go { step, at } => return Some((step, at)),
                Way::Shorter { step, least, at } => {
                    if at - 1 > least {
                        self.ways.push(Way::Shorter { step, least, at: at - 1 });
                    }
                    return Some((step, at - 1));
                }
                Way::Longer { step, at, most } => {
                    if at + 1 < most {
                        self.ways.push(Way::Longer { step, at: at + 1, most });
                    }
                    return Some((step, at + 1));
                }
            }
        }
        None
    }

    fn again(&self, group: usize, either_case: bool, at: usize) -> Option<usize> {
        let held = self.group(group)?;
        let here = self.text.get(at..at + held.len())?;
        let is_same = if either_case { here.eq_ignore_ascii_case(held) } else { here == held };
        is_same.then_some(at + held.len())
    }

    fn is_at(&self, place: Place, at: usize) -> bool {
        let is_word = |octet: Option<&u8>| octet.is_some_and(|octet| octet.is_ascii_alphanumeric() || *octet == b'_');
        let before = at.checked_sub(1).and_then(|at| self.text.get(at));
        let here = self.text.get(at);
        match place {
            Place::Start => at == 0,
            Place::LineStart => before.is_none_or(|octet| *octet == b'\n'),
            Place::End => here.is_none(),
            Place::EndOrLineFeed => here.is_none() || here == Some(&b'\n') && at + 1 == self.text.len(),
            Place::LineEnd => here.is_none_or(|octet| *octet == b'\n'),
            Place::WordBoundary => is_word(before) != is_word(here),
            Place::NoWordBoundary => is_word(before) == is_word(here),
        }
    }
}
