//! Pages that anybody may open: signing in, the language switch, and what this is.

pub mod about;
pub mod first;
pub mod link;
pub mod sign_in;
pub mod stop;
pub mod switch;
