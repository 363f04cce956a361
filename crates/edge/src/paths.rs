//! Addresses as mail servers give them to filters: with brackets or without, and already taken by the mail server.

use message::{Address, ReversePath};

/// A sender: `<user@example.com>`, `user@example.com`, `<>` or nothing.
pub(crate) fn sender(path: &str) -> Option<ReversePath> {
    match bare(path) {
        "" => Some(ReversePath::Null),
        path => Address::parse(path).ok().map(ReversePath::Address),
    }
}

/// A recipient: `<user@example.com>` or `user@example.com`.
pub(crate) fn recipient(path: &str) -> Option<Address> {
    Address::parse(bare(path)).ok()
}

fn bare(path: &str) -> &str {
    let path = path.trim();
    path.strip_prefix('<').and_then(|path| path.strip_suffix('>')).unwrap_or(path)
}
