//! The digest of held mail and the notice for each message (SUB-15): whose turn it is, what it says, and its links.
//!
//! [`run::due`] is called every few seconds by whoever serves the pages. Nothing here stands on the way of mail: what is
//! held writes one row, and everything else is read from the store in pages and sent at a bounded rate.

pub mod gather;
pub mod letter;
pub mod links;
pub mod notice;
pub mod person;
pub mod run;
pub mod schedule;
