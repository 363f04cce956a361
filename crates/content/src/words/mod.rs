//! Which scripts a text is written in.

mod scripts;

pub use scripts::Scripts;
