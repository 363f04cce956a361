//! What everybody who signs in has, subscriber or staff: their password, their second factor, their sign-ins.

pub mod app;
pub mod by_staff;
pub(crate) mod device;
pub mod letters;
pub mod me;
pub mod notices;
#[cfg(feature = "passkeys")]
pub mod passkeys;
pub mod password;
pub mod sign_ins;
pub mod telephone;
pub mod tokens;
pub mod ways;
