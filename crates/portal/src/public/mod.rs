//! Pages that anybody may open: signing in, the language switch, and what this is.

pub mod about;
pub mod first;
pub mod sign_in;
pub mod switch;
