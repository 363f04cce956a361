//! The door's memory as its users see it.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail as the test itself may")]

mod as_numbers;
mod disk;
mod greylist;
mod reputation;
mod steady;
mod turn;
mod unknown;
mod windows;
