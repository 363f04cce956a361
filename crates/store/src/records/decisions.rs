//! The product's memory: a row per transaction and one per recipient, in daily files.

use message::UnixMillis;

use crate::{OperatorId, Reference, SubscriberId, TransactionId};

/// One transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct TransactionRow {
    /// UUIDv7.
    pub id: TransactionId,
    /// Whose.
    pub operator: OperatorId,
    /// When DATA ended (or the transaction was refused).
    pub at: UnixMillis,
    /// The peer.
    pub peer: String,
    /// HELO.
    pub helo: String,
    /// MAIL FROM; empty for the null sender.
    pub mail_from: String,
    /// Message-ID; empty where there was none.
    pub message_id: String,
    /// Octets as received.
    pub size: i64,
    /// Which face it came by: `smtp`, `lmtp`, `rspamd` …
    pub face: String,
    /// Authentication, versions and times, as the checkpoint wrote them.
    pub json: String,
}

/// One recipient's decision. Never shows another recipient.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRow {
    /// What people quote.
    pub reference: Reference,
    /// Of which transaction.
    pub transaction: TransactionId,
    /// Whose.
    pub operator: OperatorId,
    /// When.
    pub at: UnixMillis,
    /// Address key as the sender gave it.
    pub recipient: String,
    /// Its owner.
    pub subscriber: Option<SubscriberId>,
    /// Class, by its stable name.
    pub class: String,
    /// Action, by its stable name.
    pub action: String,
    /// Sum of points.
    pub points: f64,
    /// Findings, reason, versions of what decided, as policy wrote them.
    pub json: String,
}

/// What to look for; empty fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecisionQuery {
    /// Whose (required; 0 finds nothing).
    pub operator: Option<OperatorId>,
    /// Reference, recipient or sender address, Message-ID, or IP: whatever a person pasted.
    pub text: String,
    /// Only this subscriber's.
    pub subscriber: Option<SubscriberId>,
    /// Only this class.
    pub class: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Not before.
    pub since: Option<UnixMillis>,
    /// Before.
    pub until: Option<UnixMillis>,
    /// Only what comes after this decision in the order in which they are given: of those of one millisecond none is
    /// skipped. One that is not there any more has nothing after it.
    pub after: Option<Reference>,
    /// At most so many (0: 100).
    pub limit: u32,
}

/// Count of decisions in one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourlyCount {
    /// Start of the hour.
    pub hour: UnixMillis,
    /// Class.
    pub class: String,
    /// Action.
    pub action: String,
    /// How many.
    pub count: u64,
}

/// Refusals before a recipient was known, per network, reason and minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldedRefusal {
    /// Whose (the operator of the first domain where it cannot be known).
    pub operator: OperatorId,
    /// Start of the minute.
    pub minute: UnixMillis,
    /// /24 or /48 of the peer.
    pub network: String,
    /// Stable reason id.
    pub reason: String,
    /// How many.
    pub count: u64,
}
