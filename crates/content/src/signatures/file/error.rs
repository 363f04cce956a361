//! What can be wrong with the file of a set, and where.

use crate::signatures::TooMuch;

/// What is wrong, and at which octet of the file.
#[derive(Debug, thiserror::Error)]
#[error("octet {offset}: {problem}")]
pub struct SetError {
    /// Octets from the start of the file.
    pub offset: u64,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It cannot be read at all.
    #[error("cannot be read: {0}")]
    Unreadable(std::io::Error),
    /// The file ends too early.
    #[error("the file ends in the middle of {0}")]
    Truncated(&'static str),
    /// Not the file of a set.
    #[error("this is not a signature set")]
    Magic,
    /// Of another version.
    #[error("version {0} of the format is not known here; this program reads version {known}", known = super::VERSION)]
    Version(u16),
    /// A value that cannot be.
    #[error("{what}: {value} cannot be")]
    Value {
        /// Of what.
        what: &'static str,
        /// As it stands there.
        value: u64,
    },
    /// A name that is not UTF-8.
    #[error("the {0} is not UTF-8 text")]
    Text(&'static str),
    /// More than a set can hold.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
    /// The octets are not those that were signed.
    #[error("the signature is wrong: the file was changed or damaged after {0} signed it")]
    Signature(String),
    /// Signed by a key that nobody here trusts.
    #[error("signed by {0}, which is not among the trusted keys")]
    Stranger(String),
    /// Something stands after the end.
    #[error("there is more after the signature")]
    After,
    /// It was another file when it was read for the second time.
    #[error("the file changed while it was read")]
    Changed,
}
