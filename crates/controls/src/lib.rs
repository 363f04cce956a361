//! THE TECHNIQUES: one file per control, all of one shape, in one visible table.
//!
//! A control is a pure function from facts to findings. It never decides, never does I/O, never reads the clock.
//! `inbound/` is the direction; stage, scope, needs and legal basis are data on each control.

pub mod control;
pub mod facts;
pub mod impersonation;
pub mod inbound;
pub mod kinds;
pub mod lists;
pub mod names;
pub mod settings;

pub use control::{Basis, CLASSES, Class, Control, Effect, Finding, Judgement, Mode, Need, Scope, Stage};
pub use facts::{DoorFacts, Existence, Fact, Facts, Why};
pub use inbound::reception_limit::span;
pub use settings::Settings;
