//! A host name in its three pieces: what was registered, under which suffix, and what its owner put in front.

use std::net::IpAddr;

/// The pieces of a host name (RFC 8499 §2 and the public suffix list).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host<'h> {
    /// The whole name, lower case, A-labels.
    pub whole: &'h str,
    /// What stands in front of the registrable domain, without the dot; empty where nothing does.
    pub below: &'h str,
    /// The label that was registered.
    pub name: &'h str,
    /// The public suffix.
    pub suffix: &'h str,
    /// The suffix is a company's, below which anyone gets a name (`duckdns.org`).
    pub is_private: bool,
}

impl<'h> Host<'h> {
    /// Takes a host name apart; `None` for addresses and for names that nobody can register.
    pub fn of(whole: &'h str) -> Option<Self> {
        if is_address(whole) {
            return None;
        }
        let suffix = psl::suffix_str(whole)?;
        let registrable = psl::domain_str(whole)?;
        let name = registrable.strip_suffix(suffix)?.strip_suffix('.')?;
        let below = whole.strip_suffix(registrable)?;
        let is_private = psl::suffix(whole.as_bytes()).and_then(|suffix| suffix.typ()) == Some(psl::Type::Private);
        Some(Self { whole, below: below.strip_suffix('.').unwrap_or(below), name, suffix, is_private })
    }

    /// The labels in front of the suffix, the registered one first.
    pub fn labels(&self) -> impl Iterator<Item = &'h str> {
        std::iter::once(self.name).chain(self.below.rsplit('.').filter(|label| !label.is_empty()))
    }
}

/// Whether a host is a numeric address.
pub(crate) fn is_address(host: &str) -> bool {
    host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_come_apart_at_the_registered_label() {
        for (whole, below, name, suffix, is_private) in [
            ("www.a.example.co.jp", "www.a", "example", "co.jp", false),
            ("example.com", "", "example", "com", false),
            ("x.y.duckdns.org", "x", "y", "duckdns.org", true),
        ] {
            assert_eq!(Host::of(whole), Some(Host { whole, below, name, suffix, is_private }));
        }
        for whole in ["192.0.2.1", "[2001:db8::1]", "com", ""] {
            assert_eq!(Host::of(whole), None, "{whole}");
        }
    }
}
