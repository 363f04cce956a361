//! DKIM (RFC 6376, 8301, 8463): does a domain stand by this message? Noun folder, verb files.
//!
//! [`tags`] reads `tag=value;` lists, [`signature`] what they mean, [`body`] hashes, [`key`] fetches keys, [`mod@verify`]
//! compares.
//! Canonical forms and cryptography are mail-auth's; the reading is ours, because mail-auth's is too forgiving for
//! the suites (doubled tags, wrong case) and has no place for keys that DNS could not deliver.

pub mod body;
pub mod key;
pub mod signature;
pub mod tags;
pub mod verify;

pub use verify::verify;
