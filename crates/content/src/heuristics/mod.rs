//! The heuristic filter of IN-07: many small rules, each with points in log-odds, as data.
//!
//! Rules stand in `rules/*.toml`, with titles in both languages and their tests beside them. A rule's condition is
//! a tree over facts (`facts/`), numbers and patterns; patterns run on linear-time engines only.

mod condition;
mod error;
mod facts;
mod literals;
mod rule;
mod set;
mod trial;

use message::{Authentication, Envelope, Message};

pub use error::RuleError;
pub use rule::{ClassHint, Rule};
pub use set::RuleSet;
pub use trial::Trial;

/// What a rule may look at.
#[derive(Clone, Copy, Debug)]
pub struct HeuristicFacts<'a> {
    /// The message.
    pub message: &'a Message,
    /// Its envelope.
    pub envelope: &'a Envelope,
    /// Who sent it; `None` where it is not known (and then no rule about it hits).
    pub authentication: Option<&'a Authentication>,
}

/// A rule that applies to a message.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Hit {
    /// The rule's id; [`RuleSet::get`] gives its titles.
    pub rule: String,
    /// What it counts, in log-odds.
    pub points: f64,
    /// What kind of mail it hints at.
    pub class: Option<ClassHint>,
    /// What was found, such as a host or a word; shown beside the title.
    pub arguments: Vec<String>,
}
