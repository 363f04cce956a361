//! A pattern as a tree over octets. Letter case and the meaning of the dot are resolved while reading, so that
//! nothing below depends on modifiers.

/// States that a pattern may have once its repetitions are written out.
pub(super) const WEIGHT: usize = 60_000;

/// States of one repetition above which an over-approximation stops counting.
pub(super) const LOOSE: usize = 300;

/// About how many states a repetition has, written out.
pub(super) fn states(inner: &Node, times: u32) -> usize {
    inner.weight().saturating_mul(usize::try_from(times.max(1)).unwrap_or(usize::MAX))
}

/// A set of octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Octets([u64; 4]);

impl Octets {
    pub(super) const NONE: Self = Self([0; 4]);

    pub(super) fn of(octets: &[u8]) -> Self {
        let mut set = Self::NONE;
        octets.iter().for_each(|&octet| set.insert(octet));
        set
    }

    pub(super) fn range(from: u8, to: u8) -> Self {
        let mut set = Self::NONE;
        (from..=to).for_each(|octet| set.insert(octet));
        set
    }

    pub(super) fn insert(&mut self, octet: u8) {
        self.0[usize::from(octet >> 6)] |= 1 << (octet & 63);
    }

    pub(super) fn add(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    pub(super) fn contains(self, octet: u8) -> bool {
        self.0[usize::from(octet >> 6)] >> (octet & 63) & 1 == 1
    }

    pub(super) fn negated(self) -> Self {
        Self(self.0.map(|bits| !bits))
    }

    pub(super) fn iter(self) -> impl Iterator<Item = u8> {
        (0..=u8::MAX).filter(move |&octet| self.contains(octet))
    }

    /// With the other case of every ASCII letter in it.
    pub(super) fn either_case(self) -> Self {
        let mut set = self;
        for octet in self.iter().filter(u8::is_ascii_alphabetic) {
            set.insert(octet ^ 0x20);
        }
        set
    }
}

/// Where a match has to be, without taking an octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `\A`, and `^` without `m`.
    Start,
    /// `^` with `m`.
    LineStart,
    /// `\z`
    End,
    /// `\Z`, and `$` without `m`: before a last line feed too.
    EndOrLineFeed,
    /// `$` with `m`.
    LineEnd,
    /// `\b`
    WordBoundary,
    /// `\B`
    NoWordBoundary,
}

/// How a repetition takes its share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Appetite {
    Greedy,
    Lazy,
    Possessive,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    Empty,
    Octets(Octets),
    Place(Place),
    Concat(Vec<Node>),
    Any(Vec<Node>),
    Repeat {
        inner: Box<Node>,
        least: u32,
        most: Option<u32>,
        appetite: Appetite,
    },
    Group(Box<Node>),
    Look {
        inner: Box<Node>,
        behind: bool,
        negated: bool,
    },
    Atomic(Box<Node>),
    Back {
        group: u32,
        either_case: bool,
    },
    /// `(?(1)yes|no)`
    If {
        group: u32,
        yes: Box<Node>,
        no: Box<Node>,
    },
}

impl Node {
    /// Whether the linear engine says exactly what Perl says.
    pub(super) fn is_linear(&self) -> bool {
        match self {
            Self::Empty | Self::Octets(_) | Self::Place(_) => true,
            Self::Concat(list) | Self::Any(list) => list.iter().all(Self::is_linear),
            Self::Repeat { inner, appetite, .. } => *appetite != Appetite::Possessive && inner.is_linear(),
            Self::Group(inner) => inner.is_linear(),
            Self::Look { .. } | Self::Atomic(_) | Self::Back { .. } | Self::If { .. } => false,
        }
    }

    /// How many groups it has.
    pub(super) fn groups(&self) -> usize {
        match self {
            Self::Empty | Self::Octets(_) | Self::Place(_) | Self::Back { .. } => 0,
            Self::Concat(list) | Self::Any(list) => list.iter().map(Self::groups).sum(),
            Self::Repeat { inner, .. } | Self::Atomic(inner) | Self::Look { inner, .. } => inner.groups(),
            Self::Group(inner) => inner.groups() + 1,
            Self::If { yes, no, .. } => yes.groups() + no.groups(),
        }
    }

    /// Whether it says where a text begins or ends, so that it means something else on texts in a row.
    pub(super) fn has_ends(&self) -> bool {
        match self {
            Self::Place(place) => !matches!(place, Place::WordBoundary | Place::NoWordBoundary),
            Self::Empty | Self::Octets(_) | Self::Back { .. } => false,
            Self::Concat(list) | Self::Any(list) => list.iter().any(Self::has_ends),
            Self::Repeat { inner, .. } | Self::Group(inner) | Self::Atomic(inner) => inner.has_ends(),
            // What a look-around asks is left out where texts are tried in a row.
            Self::Look { .. } => false,
            Self::If { yes, no, .. } => yes.has_ends() || no.has_ends(),
        }
    }

    /// About how many states the linear engine needs for it.
    pub(super) fn linear_weight(&self) -> usize {
        if self.is_linear() { self.weight() } else { self.loose_weight() }
    }

    fn loose_weight(&self) -> usize {
        match self {
            Self::Concat(list) | Self::Any(list) => {
                list.iter().fold(1, |sum, node| sum.saturating_add(node.loose_weight()))
            }
            Self::Repeat { inner, least, most, .. } => {
                let all = states(inner, most.unwrap_or(*least).max(*least));
                if all > LOOSE { inner.loose_weight() } else { all }
            }
            Self::Group(inner) | Self::Atomic(inner) | Self::Look { inner, .. } => {
                inner.loose_weight().saturating_add(1)
            }
            Self::If { yes, no, .. } => yes.loose_weight().saturating_add(no.loose_weight()),
            _ => 1,
        }
    }

    /// About how many states it has with its repetitions written out.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Empty | Self::Octets(_) | Self::Place(_) | Self::Back { .. } => 1,
            Self::Concat(list) | Self::Any(list) => list.iter().fold(1, |sum, node| sum.saturating_add(node.weight())),
            Self::Repeat { inner, least, most, .. } => {
                let times = most.unwrap_or(*least).max(*least).max(1);
                inner.weight().saturating_mul(usize::try_from(times).unwrap_or(usize::MAX))
            }
            Self::Group(inner) | Self::Atomic(inner) | Self::Look { inner, .. } => inner.weight().saturating_add(1),
            Self::If { yes, no, .. } => yes.weight().saturating_add(no.weight()),
        }
    }
}
