//! What can go wrong with the door's memory: the disk, and files that are not what was written.

/// Why the memory could not be opened or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DoorError {
    /// The disk said no.
    #[error("the door's memory: {0}")]
    Disk(String),
    /// A file is not one of ours, or of a later version. A torn or damaged end is not this: the good part is kept.
    #[error("the door's memory: {file}: {why}")]
    Corrupt {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
}
