//! The house rules that `make check` reads over the whole tree, and tests of the kit itself.

#![expect(clippy::panic, reason = "what a test helper cannot do fails the test")]

mod kit;
mod licences;
mod rooms;
mod tree;
