//! SPAMASSASSIN'S RULES: read from its files and run in a fraction of its time.
//!
//! Pure: no sockets, no clock, no database. A message goes through [`RuleSet::evaluate`]; what rules see of it is what
//! SpamAssassin would show them, its reading of broken mail included. Patterns run on the linear-time engine; where
//! one needs more, a bounded one is asked about what passed the linear one.

mod eval;
pub mod pattern;
mod rules;
mod run;
mod view;

pub use rules::{Count, Rule, RuleFile, RuleFileError, RuleSet, Unusable};
pub use run::{Hit, Outcome};
