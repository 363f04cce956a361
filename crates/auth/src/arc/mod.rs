//! ARC (RFC 8617): does the chain of those who passed a message on hold? Verified and shown; never sealed.
//!
//! [`chain`] puts the sets in order, [`mod@verify`] checks signatures from the newest to the oldest.

pub mod chain;
pub mod verify;

pub use verify::{Chain, verify};
