//! The configuration of the machine: ports, paths, stores, resolvers, domains. Settings of people live in the database.

mod door;
pub mod keys;
mod lists;
mod portal;
pub mod read;
mod typed;

pub use read::Wrong;
pub use typed::{Configuration, DomainTable, Place};
