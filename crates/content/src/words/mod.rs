//! Words of a text in any script, and which scripts a text is written in.

mod scripts;
mod segment;

pub use scripts::Scripts;
pub use segment::{for_each_pair, for_each_word};
