//! Entries of receive and refuse lists, and whether a sender matches one (SUB-01).

mod entry;
mod list;
mod pattern;
mod sender;

pub use entry::{ENTRY_ACTIONS, Entry, EntryAction};
pub use list::List;
pub use pattern::{PATTERN_KINDS, Pattern, PatternKind, phone};
pub use sender::{Identity, Sender};
