//! Pages for an operator's staff: what happened to which message and why, charts, subscribers, defaults, audit.
//!
//! Subjects and content stay closed until a legal ground is recorded; other recipients are never shown.

pub mod acting;
pub mod audit;
pub mod charts;
pub mod contract;
pub mod decision;
pub mod decisions;
pub mod defaults;
pub mod door;
pub mod exchange;
pub mod ground;
pub mod import;
pub mod import_contract;
pub mod in_use;
pub mod looking;
pub mod means;
pub mod phone;
pub mod profile;
pub mod subscribers;
pub mod times;
pub mod usage;
