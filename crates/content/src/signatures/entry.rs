//! One entry of a signature set: what kind of mail it stands for, who reported it, until when it holds.

use crate::heuristics::ClassHint;

use super::{Kind, Signature};

/// Days since 1970-01-01, UTC.
pub type Day = u16;

/// One signature in a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number within the set; never given twice.
    pub number: u32,
    /// The kind of mail.
    pub class: ClassHint,
    /// The last day on which it holds.
    pub expires: Day,
    /// Who reported the message: `staff`, `trap`, `report` …
    pub origin: String,
    /// What is looked for.
    pub signature: Signature,
}

/// What many entries of a set have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Common {
    pub(super) kind: Kind,
    pub(super) class: u8,
    pub(super) expires: Day,
    pub(super) origin: u16,
    /// Fingerprints.
    pub(super) count: u8,
}

/// Every class that a signature can stand for, in the order of their numbers in a file.
pub const CLASSES: [ClassHint; 5] =
    [ClassHint::Spam, ClassHint::Phishing, ClassHint::FeeFraud, ClassHint::Dating, ClassHint::Malware];

/// Its number in a file.
pub(super) fn class_number(class: ClassHint) -> u8 {
    CLASSES.iter().zip(0..).find(|(known, _)| **known == class).map_or(0, |(_, number)| number)
}

/// The day of a moment, milliseconds since 1970.
pub fn day(millis: i64) -> Day {
    Day::try_from(millis.div_euclid(86_400_000)).unwrap_or(if millis < 0 { 0 } else { Day::MAX })
}
