//! A tree written out as steps of a backtracking machine: for patterns with look-around, back-references or atomic
//! groups.

use super::tree::{Appetite, Node, Octets, Place};

/// One step. Numbers are places in the program, or of groups, or of slots.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// One octet of a set.
    Take(Octets),
    /// A run of octets of a set.
    Run {
        set: Octets,
        least: usize,
        most: usize,
        appetite: Appetite,
    },
    At(Place),
    /// What the group holds stands here again.
    Back {
        group: usize,
        either_case: bool,
    },
    Jump(usize),
    /// First one place, then the other.
    Either(usize, usize),
    /// Keeps the position in a slot.
    Keep(usize),
    /// Puts a slot to zero.
    Zero(usize),
    /// Goes on with a loop (at the next step) or leaves it.
    Loop {
        count: usize,
        begun: usize,
        least: usize,
        most: usize,
        appetite: Appetite,
        exit: usize,
    },
    /// Counts one round of a loop and keeps where it began.
    Round {
        count: usize,
        begun: usize,
    },
    /// A program of its own that must match here (or before here), or must not.
    Look {
        program: usize,
        behind: Option<(usize, usize)>,
        negated: bool,
    },
    /// A program of its own whose first way is the only one.
    Atomic(usize),
    /// Goes on where the group took part, else elsewhere.
    IfGroup {
        group: usize,
        otherwise: usize,
    },
    Done,
}

/// A program; the first of its parts is the pattern itself.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) parts: Vec<Vec<Step>>,
    /// Slots: two for each group, then counters.
    pub(super) slots: usize,
    pub(super) groups: usize,
    /// Octets that a match may begin with; `None`: any, or none at all.
    pub(super) first: Option<Octets>,
    pub(super) from_start: bool,
}

/// Octets before a place that a look-behind may need.
const BEHIND: usize = 255;

impl Program {
    /// Writes a tree out; `None` where a look-behind has no bound.
    pub(super) fn of(tree: &Node) -> Option<Self> {
        let groups = tree.groups();
        let mut writer = Writer { parts: vec![Vec::new()], slots: (groups + 1) * 2, next_group: 1 };
        writer.part(0, tree)?;
        let (first, may_be_empty) = first(tree);
        Some(Self {
            parts: writer.parts,
            slots: writer.slots,
            groups,
            first: (!may_be_empty).then_some(first),
            from_start: from_start(tree),
        })
    }
}

struct Writer {
    parts: Vec<Vec<Step>>,
    slots: usize,
    next_group: usize,
}

impl Writer {
    fn part(&mut self, part: usize, node: &Node) -> Option<()> {
        self.node(part, node)?;
        self.push(part, Step::Done);
        Some(())
    }

    fn push(&mut self, part: usize, step: Step) -> usize {
        let Some(steps) = self.parts.get_mut(part) else { return 0 };
        steps.push(step);
        steps.len() - 1
    }

    fn end(&self, part: usize) -> usize {
        self.parts.get(part).map_or(0, Vec::len)
    }

    fn set(&mut self, part: usize, at: usize, step: Step) {
        if let Some(place) = self.parts.get_mut(part).and_then(|steps| steps.get_mut(at)) {
            *place = step;
        }
    }

    fn slot(&mut self) -> usize {
        self.slots += 1;
        self.slots - 1
    }

    fn own_part(&mut self, node: &Node) -> Option<usize> {
        self.parts.push(Vec::new());
        let number = self.parts.len() - 1;
        self.part(number, node)?;
        Some(number)
    }

    fn node(&mut self, part: usize, node: &Node) -> Option<()> {
        match node {
            Node::Empty => {}
            Node::Octets(set) => drop(self.push(part, Step::Take(*set))),
            Node::Place(place) => drop(self.push(part, Step::At(*place))),
            Node::Concat(list) => list.iter().try_for_each(|node| self.node(part, node))?,
            Node::Any(list) => self.any(part, list)?,
            Node::Group(inner) => {
                let slot = self.next_group * 2;
                self.next_group += 1;
                self.push(part, Step::Keep(slot));
                self.node(part, inner)?;
                self.push(part, Step::Keep(slot + 1));
            }
            Node::Atomic(inner) => {
                let program = self.own_part(inner)?;
                self.push(part, Step::Atomic(program));
            }
            Node::Look { inner, behind, negated } => {
                let behind = if *behind { Some(width(inner).filter(|(_, most)| *most <= BEHIND)?) } else { None };
                let program = self.own_part(inner)?;
                self.push(part, Step::Look { program, behind, negated: *negated });
            }
            Node::Back { group, either_case } => {
                self.push(part, Step::Back { group: *group as usize, either_case: *either_case });
            }
            Node::If { group, yes, no } => {
                let check = self.push(part, Step::Done);
                self.node(part, yes)?;
                let jump = self.push(part, Step::Done);
                self.set(part, check, Step::IfGroup { group: *group as usize, otherwise: jump + 1 });
                self.node(part, no)?;
                self.set(part, jump, Step::Jump(self.end(part)));
            }
            Node::Repeat { inner, least, most, appetite } => self.repeat(part, inner, *least, *most, *appetite)?,
        }
        Some(())
    }

    fn any(&mut self, part: usize, list: &[Node]) -> Option<()> {
        let mut jumps = Vec::new();
        for (number, node) in list.iter().enumerate() {
            let is_last = number + 1 == list.len();
            let choice = (!is_last).then(|| self.push(part, Step::Done));
            self.node(part, node)?;
            if let Some(choice) = choice {
                jumps.push(self.push(part, Step::Done));
                self.set(part, choice, Step::Either(choice + 1, self.end(part)));
            }
        }
        let end = self.end(part);
        jumps.into_iter().for_each(|jump| self.set(part, jump, Step::Jump(end)));
        Some(())
    }

    fn repeat(&mut self, part: usize, inner: &Node, least: u32, most: Option<u32>, appetite: Appetite) -> Option<()> {
        let (least, most) = (least as usize, most.map_or(usize::MAX, |most| most as usize));
        if let Node::Octets(set) = inner {
            self.push(part, Step::Run { set: *set, least, most, appetite });
            return Some(());
        }
        if appetite == Appetite::Possessive {
            self.parts.push(Vec::new());
            let own = self.parts.len() - 1;
            self.repeat(own, inner, least as u32, (most != usize::MAX).then_some(most as u32), Appetite::Greedy)?;
            self.push(own, Step::Done);
            self.push(part, Step::Atomic(own));
            return Some(());
        }
        let (count, begun) = (self.slot(), self.slot());
        self.push(part, Step::Zero(count));
        let check = self.push(part, Step::Done);
        self.push(part, Step::Round { count, begun });
        self.node(part, inner)?;
        self.push(part, Step::Jump(check));
        let exit = self.end(part);
        self.set(part, check, Step::Loop { count, begun, least, most, appetite, exit });
        Some(())
    }
}

/// Least and most octets that a node takes.
fn width(node: &Node) -> Option<(usize, usize)> {
    Some(match node {
        Node::Empty | Node::Place(_) | Node::Look { .. } => (0, 0),
        Node::Octets(_) => (1, 1),
        Node::Concat(list) => list.iter().try_fold((0, 0), |(least, most), node| {
            let (l, m) = width(node)?;
            Some((least + l, most + m))
        })?,
        Node::Any(list) => list.iter().try_fold((usize::MAX, 0), |(least, most), node| {
            let (l, m) = width(node)?;
            Some((least.min(l), most.max(m)))
        })?,
        Node::Group(inner) | Node::Atomic(inner) => width(inner)?,
        Node::Repeat { inner, least, most, .. } => {
            let (l, m) = width(inner)?;
            (l * *least as usize, m.checked_mul((*most)? as usize)?)
        }
        Node::Back { .. } | Node::If { .. } => return None,
    })
}

/// Octets that a match may begin with, and whether it may be empty.
fn first(node: &Node) -> (Octets, bool) {
    match node {
        Node::Empty | Node::Place(_) | Node::Look { .. } => (Octets::NONE, true),
        Node::Octets(set) => (*set, false),
        Node::Concat(list) => {
            let mut all = Octets::NONE;
            for node in list {
                let (set, may_be_empty) = first(node);
                all.add(set);
                if !may_be_empty {
                    return (all, false);
                }
            }
            (all, true)
        }
        Node::Any(list) => {
            let mut all = (Octets::NONE, false);
            for node in list {
                let (set, may_be_empty) = first(node);
                all.0.add(set);
                all.1 |= may_be_empty;
            }
            all
        }
        Node::Group(inner) | Node::Atomic(inner) => first(inner),
        Node::Repeat { inner, least, .. } => {
            let (set, may_be_empty) = first(inner);
            (set, may_be_empty || *least == 0)
        }
        Node::Back { .. } | Node::If { .. } => (Octets::NONE.negated(), true),
    }
}

fn from_start(node: &Node) -> bool {
    match node {
        Node::Place(Place::Start) => true,
        Node::Concat(list) => list.first().is_some_and(from_start),
        Node::Group(inner) | Node::Atomic(inner) => from_start(inner),
        _ => false,
    }
}
