//! Pages that anybody may open: signing in, the language switch, and what this is.

pub mod about;
pub mod by_code;
pub mod enter;
pub mod first;
pub mod known;
pub mod link;
#[cfg(feature = "oidc")]
pub mod oidc;
#[cfg(feature = "passkeys")]
pub mod passkey;
pub mod second;
pub mod sign_in;
pub mod stop;
pub mod switch;
