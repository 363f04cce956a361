//! Four levels of strictness, as the operator K of the sources offers them: how much of a signature a message must hold.

use super::Kind;

/// How much of a signature must be found. A match at a level also counts at every more searching one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Finds the most variants: a quarter of a text is enough.
    Highest,
    /// A third. This level applies where nobody chose one.
    #[default]
    High,
    /// Half.
    Middle,
    /// Only what is nearly the same.
    Low,
}

/// Every level, the most searching first.
pub const LEVELS: [Level; 4] = [Level::Highest, Level::High, Level::Middle, Level::Low];

/// What of a signature was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// Short strings that were found.
    pub(super) found: usize,
    /// Of them, how many stand apart from each other in the message.
    pub(super) apart: usize,
    /// Short strings of the signature.
    pub(super) of: usize,
}

impl Level {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Highest => "highest",
            Self::High => "high",
            Self::Middle => "middle",
            Self::Low => "low",
        }
    }

    /// The strictest level at which this counts; `None` where it is too little for any.
    pub(super) fn of(kind: Kind, seen: Seen) -> Option<Self> {
        let least = |level: Self| {
            let (found, share, apart) = match (kind, level) {
                (Kind::Text, Self::Highest) => (4, 0.33, 3),
                (Kind::Text, Self::High) => (5, 0.4, 4),
                (Kind::Text, Self::Middle) => (6, 0.5, 4),
                (Kind::Text, Self::Low) => (7, 0.75, 4),
                (Kind::Structure, Self::Highest) => (5, 0.75, 4),
                (Kind::Structure, _) => (6, 1.0, 4),
                (Kind::Links, Self::Highest) => (3, 0.5, 3),
                (Kind::Links, Self::High) => (3, 0.6, 3),
                (Kind::Links, Self::Middle) => (4, 0.75, 4),
                (Kind::Links, Self::Low) => (4, 1.0, 4),
                (Kind::Attachment | Kind::Picture, _) => (3, 1.0, 0),
            };
            seen.found >= found && seen.found as f64 >= share * seen.of as f64 && seen.apart >= apart
        };
        LEVELS.into_iter().rev().find(|level| least(*level))
    }

    /// The same for a picture, by the bits of its hash that agree, of 128.
    pub(super) fn of_picture(same: u8) -> Option<Self> {
        match same {
            124.. => Some(Self::Low),
            120.. => Some(Self::Middle),
            116.. => Some(Self::High),
            112.. => Some(Self::Highest),
            _ => None,
        }
    }
}
