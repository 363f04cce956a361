//! WHAT WE REMEMBER: records (SQLite), counters (redb) and blobs (a folder), each behind one trait.
//!
//! The same contract tests run against every implementation. Every row carries an operator id.

pub mod blobs;
#[cfg(feature = "contract")]
pub mod contract;
pub mod counters;
pub mod embedded;
pub mod error;
pub mod folder;
pub mod identity;
pub mod keys;
pub mod records;
mod sealing;

pub use blobs::{BlobName, Blobs};
pub use counters::Counters;
pub use embedded::Embedded;
pub use error::StoreError;
pub use folder::DataFolder;
pub use identity::{JunkId, OperatorId, Reference, StaffId, SubscriberId, TransactionId};
pub use keys::Keys;
pub use records::Records;
