//! What can go wrong with what we remember. Every variant is our own fault: the peer hears 4xx.

/// A store did not do what was asked. Nothing was half done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk or the file said no (full, read-only, gone).
    #[error("the data folder cannot be used: {0}")]
    Disk(String),
    /// The database said no.
    #[error("the database refused: {0}")]
    Database(String),
    /// What was stored does not read as what it should be.
    #[error("stored {what} cannot be read: {why}")]
    Corrupt {
        /// Which kind of thing.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// There is no such row, blob or holder.
    #[error("there is no such {0}")]
    Absent(&'static str),
    /// Somebody else changed it first, or it exists already.
    #[error("{0}")]
    Conflict(String),
    /// Another process owns the data folder.
    #[error("the data folder {folder} is in use by process {holder}")]
    Held {
        /// The folder.
        folder: String,
        /// Process id as written in the lock file.
        holder: String,
    },
}
