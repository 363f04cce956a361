//! Tests of what is wanted.
#![expect(clippy::panic, reason = "a test fails by panicking, in what it calls as well")]

mod combine;
mod decide;
mod digest;
mod explain;
mod language;
mod lists_reference;
mod manual;
mod operators;
mod record;
mod reference;
mod replay;
mod reply;
mod settings;
