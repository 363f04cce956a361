//! THE GATE: gather → ask → decide → apply → record, a plain loop over the stages of a transaction.
//!
//! Edges translate a protocol into these calls and nothing more; everything that needs I/O happens here.

pub mod apply;
pub mod ask;
mod at_hand;
mod bulk;
pub mod check;
pub mod directory;
pub mod door;
pub mod edits;
pub mod gate;
pub mod gather;
pub mod given;
pub mod hand_back;
mod header_view;
mod in_force;
pub mod judge;
pub mod junk;
pub mod learning;
pub mod metrics;
pub mod onward;
mod passage;
pub mod record;
pub mod removal;
pub mod rendering;
pub mod replay;
pub mod ring;
pub mod served;
pub mod signatures;
pub mod stores;
pub mod trace;
pub mod transaction;

pub use directory::{Directory, LocalDomain, Recipient, Resolved};
pub use door::{Door, DoorSettings, Said, Visit};
pub use edits::Edit;
pub use gate::{Answer, Gate, GateSettings};
pub use gather::Sources;
pub use hand_back::{HandedBack, Whole};
pub use judge::Judge;
pub use junk::{Junk, ReleaseError, Released};
pub use learning::{Learned, Learning};
pub use metrics::Metrics;
pub use onward::{Handed, Handover, NextHop, Onward, Rendering, Verified};
pub use ring::Ring;
pub use signatures::{Added, SignatureSettings, Signatures};
pub use stores::{Stores, now};
pub use transaction::{Face, Transaction};
