//! Settings, one row per version, never overwritten.

use message::UnixMillis;

use crate::{OperatorId, SubscriberId};

/// Whose settings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SettingsOwner {
    /// The operator's defaults.
    Operator,
    /// A group of subscribers.
    Group(String),
    /// One subscriber.
    Subscriber(SubscriberId),
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsVersion {
    /// Row number, growing; 0 for one not yet written.
    pub version: i64,
    /// Whose operator.
    pub operator: OperatorId,
    /// Whose settings.
    pub owner: SettingsOwner,
    /// Policy's layer as JSON.
    pub json: String,
    /// When it came into force.
    pub at: UnixMillis,
    /// Who set it: `subscriber:12`, `staff:3`, `import`, `demo`.
    pub by: String,
    /// From where: an IP address, or `cli`.
    pub from: String,
    /// Reason or note, where one was asked.
    pub note: String,
}
