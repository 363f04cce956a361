//! Digests and notices of held mail (SUB-15): for whom, and when it is looked at next.
//!
//! Whoever has new held mail is looked at at once, whatever they chose; what then comes of it stands in their settings. A
//! change of a person's own settings is looked at at once too.

use message::UnixMillis;

use crate::{OperatorId, SubscriberId};

/// What is planned for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestRow {
    /// Whose operator.
    pub operator: OperatorId,
    /// Who.
    pub subscriber: SubscriberId,
    /// When it is looked at next; 0: at once, because something changed; `None`: not until something is held.
    pub look_at: Option<UnixMillis>,
    /// When the mail that is planned is due; 0 where none is. It stays the same through every try, and names the mail.
    pub due_at: UnixMillis,
    /// How often the next hop did not take it.
    pub tries: u32,
    /// When the last one was taken; 0: never.
    pub sent_at: UnixMillis,
}
