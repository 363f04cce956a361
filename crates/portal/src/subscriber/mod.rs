//! Pages for subscribers: what was held and why, how to get it, and what is to happen from now on.

pub mod address_book;
pub mod change;
pub mod conditions;
pub mod consent;
pub mod decided;
pub mod deeds;
pub mod digest;
pub mod effect;
pub mod held;
pub mod history;
pub mod list_file;
pub mod lists;
pub mod lookup;
pub mod marks;
pub mod mine;
pub mod offer;
pub mod opened;
pub mod posing;
pub mod presets;
pub mod rules;
pub mod sender;
pub mod senders;
pub mod settings;
pub mod tried;
pub mod waiting;
