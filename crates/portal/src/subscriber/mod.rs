//! Pages for subscribers: what was held and why, how to get it, and what is to happen from now on.

pub mod change;
pub mod conditions;
pub mod consent;
pub mod decided;
pub mod deeds;
pub mod effect;
pub mod held;
pub mod history;
pub mod lists;
pub mod lookup;
pub mod mine;
pub mod opened;
pub mod sender;
pub mod settings;
pub mod waiting;
