//! Whole-program tests: the real binary, real sockets, real files.
#![expect(clippy::panic, reason = "what a test helper cannot do fails the test")]

mod bad_input;
mod configuration;
mod conversations;
mod corpus;
mod counts;
mod demonstration;
mod faults;
mod house;
mod kills;
mod lifecycle;
mod name_servers;
mod peers;
mod people;
mod releases;
