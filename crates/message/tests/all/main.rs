//! The tests of this crate that need more than one file of it.
