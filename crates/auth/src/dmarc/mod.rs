//! DMARC (RFC 7489, RFC 9989): is the domain that a reader sees in From proven, and what does it ask for if not?
//!
//! [`record`] reads and finds the policy, [`mod@evaluate`] compares the domains.

pub mod evaluate;
pub mod record;

pub use evaluate::{Policy, aligned, evaluate, find};
