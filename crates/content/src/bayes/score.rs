//! From counts to points: how spam-like a message is to the model, and how much of it the model knows.

/// What the Bayesian filter says about one message.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Score {
    /// How probable it is that the message is spam, 0 to 1, calibrated.
    pub probability: f64,
    /// The same as log-odds (natural logarithm): 0 says nothing, 5 is the shipped threshold. Capped.
    pub points: f64,
    /// How much of the message the model has seen the like of, 0 to 1.
    pub knowledge: f64,
    /// The words that decided, weightiest first, at most 15.
    pub deciding: Vec<Deciding>,
}

/// One word (or header trait, link host …) that decided.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Deciding {
    /// The word as a person can read it, with what it was part of, such as `subject:無料`.
    pub word: String,
    /// What it alone says, in log-odds.
    pub points: f64,
}

/// The constants of the combination; chosen by cross-validation, see [`SHIPPED`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// Strength of the prior of a single feature.
    pub strength: f64,
}

/// What the program uses.
pub const SHIPPED: Tuning = Tuning { strength: 0.1 };

impl Score {
    /// Nothing is known.
    pub fn unknown() -> Self {
        Self { probability: 0.5, points: 0.0, knowledge: 0.0, deciding: Vec::new() }
    }
}
