//! WHAT ARRIVED: the bytes of a message and its envelope, made into types that cannot be wrong.
//!
//! Pure: no sockets, no clock, no database. Everything above (content, controls, policy) reads these types;
//! only `auth` fills [`authentication`], so that controls need not depend on the network.

pub mod address;
pub mod attachment;
pub mod authentication;
pub mod charset;
pub mod envelope;
pub mod header;
pub mod html;
pub mod likeness;
pub mod limits;
pub mod links;
pub mod normal;
pub mod parse;
mod transfer;

pub use address::{Address, BadAddress, Domain, ReversePath};
pub use authentication::Authentication;
pub use envelope::{Body, Envelope, Peer, UnixMillis};
pub use header::{Header, Headers, Mailbox};
pub use limits::Limits;
pub use parse::Message;
