//! Pages for subscribers: what was held and why, how to get it, and what is to happen from now on.

pub mod decided;
pub mod deeds;
pub mod held;
pub mod mine;
pub mod opened;
pub mod settings;
