//! Reading and writing what was learned as bytes: magic, version, checksum, then variable-length integers.

/// Why bytes are not a snapshot, an example or a delta of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// It does not begin with the mark that it should.
    #[error("these bytes are not {expected}")]
    Magic {
        /// What was to be read, such as `a learned model`.
        expected: &'static str,
    },
    /// Written by another version of the program or of its features.
    #[error("{what} has version {found}, this program reads version {known}")]
    Version {
        /// What was to be read.
        what: &'static str,
        /// The version found.
        found: u16,
        /// The version this program reads.
        known: u16,
    },
    /// It ends early.
    #[error("{what} ends early, at octet {at}")]
    Truncated {
        /// What was to be read.
        what: &'static str,
        /// Where more was expected.
        at: usize,
    },
    /// The checksum does not fit the content.
    #[error("{what} is damaged: the checksum does not fit")]
    Checksum {
        /// What was to be read.
        what: &'static str,
    },
    /// The checksum fits, but the content cannot be right.
    #[error("{what} is damaged at octet {at}: {why}")]
    Content {
        /// What was to be read.
        what: &'static str,
        /// Where.
        at: usize,
        /// What is wrong there.
        why: &'static str,
    },
}
