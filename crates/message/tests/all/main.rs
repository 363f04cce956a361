//! The tests of this crate that need more than one file of it.

mod archives;
mod bounds;
mod corpora;
mod files;
mod fold;
mod japanese;
mod mime;
mod shared;
