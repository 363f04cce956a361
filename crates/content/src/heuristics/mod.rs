//! The heuristic filter of IN-07: many small rules, each with points in log-odds, as data.
//!
//! Rules stand in `rules/*.toml`, with titles in both languages and their tests beside them. A rule's condition is
//! a tree over facts (`facts/`), numbers and patterns; patterns run on linear-time engines only.

mod condition;
mod error;
mod facts;
mod literals;
mod recorded;
mod rule;
mod set;
mod trial;

use message::{Authentication, Envelope, Message};

pub use error::RuleError;
pub use recorded::Recorded;
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
    /// Titles of an operator's own rule, Japanese and English: they go with what is recorded, so that it can be
    /// explained when the rule is gone. `None` for a rule that comes with the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub titles: Option<[String; 2]>,
}
