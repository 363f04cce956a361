//! Tests of the techniques.
#![expect(clippy::panic, reason = "a test fails by panicking, in what it calls as well")]

mod cases;
mod door;
mod facts;
mod sweep;
