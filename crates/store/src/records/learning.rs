//! The log of labelled examples: hashed features, at most 4 kB each, no text.

use message::UnixMillis;

use crate::{OperatorId, SubscriberId};

/// What a person or the operator said a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Label {
    /// Spam.
    Spam,
    /// Not spam.
    Ham,
}

/// Whose example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Everybody's.
    Site,
    /// One person's.
    Subscriber(SubscriberId),
}

/// One example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleRow {
    /// Row number, growing; 0 for one not yet written.
    pub id: i64,
    /// Whose operator.
    pub operator: OperatorId,
    /// Whose example.
    pub owner: Owner,
    /// HMAC of the bytes under the operator's key: the same message is not learned twice.
    pub message: [u8; 32],
    /// Spam or ham.
    pub label: Label,
    /// Features as `content` wrote them.
    pub features: Vec<u8>,
    /// When.
    pub at: UnixMillis,
}
