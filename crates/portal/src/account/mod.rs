//! What everybody who signs in has, subscriber or staff.

mod device;
pub mod sign_ins;
pub mod tokens;
