//! THE GATE: gather → ask → decide → apply → record, a plain loop over the stages of a transaction.
//!
//! Edges translate a protocol into these calls and nothing more; everything that needs I/O happens here.

pub mod gate;
pub mod onward;
pub mod transaction;

pub use gate::{Answer, Gate};
pub use onward::{Handed, Handover, NextHop, Onward, Rendering, Verified};
pub use transaction::{Face, Transaction};
