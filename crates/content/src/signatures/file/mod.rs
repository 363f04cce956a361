//! The file of a signature set: signed, versioned, complete (a base) or what came since another (a delta).
//!
//! ```text
//! "SEKISIGS"  version u16  name  serial u64  follows u64 (0: a base)  created i64 (ms since 1970)
//! origins: u16, then each     entries u32   fingerprints u64   withdrawn u32
//! each entry: number u32  kind u8  class u8  expires u16 (days since 1970)  origin u16  count u8  fingerprints u32 …
//!             and, for a picture, 16 octets
//! each withdrawn number: u32
//! public key, 32 octets   Ed25519 signature, 64 octets, over CONTEXT and the SHA-512 of all before the key
//! ```
//! Names are one octet of length and UTF-8. Integers are big-endian. Numbers ascend.

mod error;
mod key;
mod read;
mod write;

pub use error::{Problem, SetError};
pub use key::{BadKey, PublicKey, SigningKey};
pub use read::{Header, Loaded, load, load_more, peek};
pub use write::{NewSet, write};

/// The first octets of every set.
const MAGIC: &[u8; 8] = b"SEKISIGS";

/// Of the format, and of everything that makes fingerprints: skeletons, windows, hashes.
pub const VERSION: u16 = 1;

/// What a signature is bound to besides the octets.
const CONTEXT: &[u8] = b"sekisho signature set 1\0";
