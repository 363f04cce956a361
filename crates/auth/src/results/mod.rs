//! What we say about a message in its header: `Authentication-Results` (RFC 8601) and `Received-SPF` (RFC 7208 §9.1).
//!
//! Domains, selectors and reasons come from strangers. All of it passes [`quote`], which lets nothing out that could
//! end a line, a value or a comment. [`mod@forged`] finds fields that pretend to be ours.

pub mod authentication_results;
pub mod forged;
pub mod quote;
pub mod received_spf;

pub use authentication_results::authentication_results;
pub use forged::forged;
pub use received_spf::received_spf;
