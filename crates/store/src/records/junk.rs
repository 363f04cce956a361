//! The index of held mail: held → releasing → released, or deleted, or expired.

use std::cmp::Ordering;

use message::UnixMillis;

use crate::{BlobName, JunkId, OperatorId, Reference, SubscriberId, TransactionId};

/// Where a held message is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JunkState {
    /// Waiting.
    Held,
    /// Waiting among what the person already threw away.
    Trash,
    /// Being delivered; still held until the next hop says 250.
    Releasing,
    /// Delivered after all.
    Released,
    /// Deleted by the person, or by a setting that deletes after recording.
    Deleted,
    /// Its time was over.
    Expired,
}

/// One held message of one recipient.
#[derive(Clone, Debug, PartialEq)]
pub struct JunkRow {
    /// UUIDv7.
    pub id: JunkId,
    /// The decision that held it.
    pub reference: Reference,
    /// The transaction it came in.
    pub transaction: TransactionId,
    /// Whose.
    pub operator: OperatorId,
    /// Owner; `None` where the address has no subscriber yet.
    pub subscriber: Option<SubscriberId>,
    /// Address to deliver to when released.
    pub recipient: String,
    /// The bytes, under the holder `junk:<id>`.
    pub blob: BlobName,
    /// Original envelope sender, empty for null.
    pub mail_from: String,
    /// Whether the envelope asked for SMTPUTF8.
    pub smtp_utf8: bool,
    /// From as shown (decoded).
    pub from: String,
    /// From address, lower case, empty where there is none.
    pub from_address: String,
    /// Subject (decoded).
    pub subject: String,
    /// Octets.
    pub size: i64,
    /// Class, by its stable name.
    pub class: String,
    /// Sum of points.
    pub points: f64,
    /// Short reasons, stable ids, for the list.
    pub reasons: String,
    /// The next hop had refused this copy for good while others were accepted.
    pub refused_by_next_hop: bool,
    /// Since when.
    pub held_at: UnixMillis,
    /// Until when.
    pub expires_at: UnixMillis,
    /// Where it is on its way.
    pub state: JunkState,
}

/// In which order held mail is given. Each ends with the id, so that no two rows are equal and a page can begin after any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JunkOrder {
    /// What was held last first.
    #[default]
    Newest,
    /// What was held first first.
    Oldest,
    /// By the address of From; of one sender the newest first.
    Sender,
    /// What expires next first.
    Leaving,
}

impl JunkOrder {
    /// How two rows stand to each other.
    pub fn compare(self, one: &JunkRow, other: &JunkRow) -> Ordering {
        match self {
            Self::Newest => (other.held_at, other.id).cmp(&(one.held_at, one.id)),
            Self::Oldest => (one.held_at, one.id).cmp(&(other.held_at, other.id)),
            Self::Sender => one.from_address.cmp(&other.from_address).then(other.id.cmp(&one.id)),
            Self::Leaving => (one.expires_at, one.id).cmp(&(other.expires_at, other.id)),
        }
    }
}

/// What to look for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JunkQuery {
    /// Whose operator (required).
    pub operator: Option<OperatorId>,
    /// Owner (or `recipient`).
    pub subscriber: Option<SubscriberId>,
    /// Address key.
    pub recipient: Option<String>,
    /// In From or Subject, any case.
    pub text: String,
    /// Only in these states (empty: held).
    pub states: Vec<JunkState>,
    /// Not before.
    pub since: Option<UnixMillis>,
    /// Only what was held before its address had an owner.
    pub unowned: bool,
    /// In this order.
    pub order: JunkOrder,
    /// Only what comes after this row in that order, whatever has become of the row since.
    pub after: Option<JunkRow>,
    /// At most so many (0: 200).
    pub limit: u32,
}
