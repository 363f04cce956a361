//! Why rule files cannot be used.

/// Why a rule file cannot be used. Nothing of the set is used then, and the last good one stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct RuleFileError {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// A rule that cannot run, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Its name.
    pub rule: String,
    /// Its file and line.
    pub place: String,
    /// Why, in a few words; the same words for the same reason.
    pub reason: String,
}
