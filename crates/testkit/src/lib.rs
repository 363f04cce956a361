//! What whole-program tests need around the real binary: the process itself, a client that controls every byte, a next
//! hop that answers as told, a name server, a Maildir reader, Postfix, and conversations written as text.
//!
//! Everything runs on loopback with an address of its own for each test, so that tests can run side by side. Nothing
//! here is part of the product; a fault of the kit fails the test, which is why it may panic.
#![expect(clippy::panic, reason = "a fault of the kit has to fail the test that uses it")]

pub mod clamd;
pub mod corpus;
pub mod dialogue;
pub mod dns;
pub mod dovecot;
pub mod exim;
pub mod http;
pub mod maildir;
pub mod next_hop;
pub mod other_milter;
pub mod peers;
pub mod place;
pub mod postfix;
pub mod rbldnsd;
pub mod sekisho;
pub mod smtp;
pub mod tls;
pub mod unbound;
pub mod wait;

pub use clamd::Clamd;
pub use dns::NameServer;
pub use dovecot::Dovecot;
pub use maildir::Maildir;
pub use next_hop::{Answer, NextHop};
pub use other_milter::OtherMilter;
pub use rbldnsd::Rbldnsd;
pub use sekisho::{Sekisho, Setup};
pub use smtp::{Client, Reply};
pub use unbound::Unbound;
