//! WHAT IT SAYS: what the content of a message tells about it, as numbers and named findings.
//!
//! Pure: no sockets, no clock, no database. Everything here reads [`message::Message`] and gives values back;
//! it never decides what happens to the message.

pub mod bayes;
pub mod heuristics;
pub mod keywords;
pub mod signatures;
pub mod urls;
pub mod words;
