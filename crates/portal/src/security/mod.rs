//! What keeps the pages to those they belong to: sessions, form tokens, headers, locks, proxies, roles.

pub mod codes;
pub mod cookies;
pub mod csrf;
pub mod devices;
pub mod guard;
pub mod headers;
pub mod lock;
pub mod means;
#[cfg(feature = "oidc")]
pub mod oidc;
#[cfg(feature = "passkeys")]
pub mod passkeys;
pub mod passwords;
pub mod proxies;
pub mod roles;
pub mod seal;
pub mod sessions;
pub mod step;
pub mod totp;
