//! Tests of the pages: the router without sockets, the language files, and a browser where there is one.

#[cfg(test)]
mod abuse;
#[cfg(test)]
mod account;
#[cfg(test)]
mod api;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod digest;
#[cfg(test)]
mod furigana;
#[cfg(test)]
mod furnish;
#[cfg(test)]
mod held;
#[cfg(test)]
mod house;
#[cfg(test)]
mod language;
#[cfg(test)]
mod locks;
#[cfg(test)]
mod looking;
#[cfg(test)]
mod offers;
#[cfg(feature = "oidc")]
#[cfg(test)]
mod oidc;
#[cfg(test)]
mod paging;
#[cfg(feature = "passkeys")]
#[cfg(test)]
mod passkeys;
#[cfg(test)]
mod security;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod sms;
#[cfg(test)]
mod staff;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod viewer;
#[cfg(test)]
mod waiting;
