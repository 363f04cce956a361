//! WHAT IS WANTED: settings in layers, and from findings to a decision for each recipient, with its reason.
//!
//! Pure. Controls find; policy decides; `reply` is the one mouth through which a refusal is spoken.

pub mod combine;
pub mod consent;
pub mod contract;
pub mod decide;
pub mod decision;
pub mod digest;
pub mod door;
pub mod explain;
pub mod language;
pub mod profile;
pub mod record;
pub mod replay;
pub mod reply;
pub mod score;
pub mod settings;
pub mod treatments;

pub use combine::{Can, combine};
pub use contract::Contract;
pub use decide::{Case, decide};
pub use decision::{Decision, Disposition, LabelPlace, Reason, Treatment, Verdict};
pub use digest::Digest;
pub use language::Language;
pub use profile::Profile;
pub use record::{DecisionRecord, TransactionRecord};
pub use replay::{Kept, Senders, replay, replay_kept};
pub use reply::{Lookup, Reply};
pub use settings::{Layer, Layers, Settings};
