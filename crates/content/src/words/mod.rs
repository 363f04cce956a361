//! Words of a text in any script, and which scripts a text is written in.

mod scripts;

pub use scripts::Scripts;
