//! Tables that facts look things up in: shorteners, redirectors, free hosting, free mail, cheap top-level domains.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

/// The shipped tables.
pub(crate) static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    toml::from_str(include_str!("../../rules/tables/tables.toml"))
        .expect("a test reads the shipped tables, which are part of the program")
});

/// See `rules/tables/tables.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tables {
    /// Hosts whose links hide where they go.
    shorteners: HashSet<String>,
    /// Hosts that lead anywhere they are told to.
    redirectors: HashSet<String>,
    /// Domains under which anyone gets pages.
    free_hosting: HashSet<String>,
    /// Domains under which anyone gets an address.
    free_mail: HashSet<String>,
    /// Domains under which a provider's customers have their addresses.
    providers: HashSet<String>,
    /// Top-level domains that cost next to nothing.
    cheap_tops: HashSet<String>,
}

impl Tables {
    pub(crate) fn is_shortener(&self, host: &str) -> bool {
        self.shorteners.contains(host.strip_prefix("www.").unwrap_or(host))
    }

    pub(crate) fn is_redirector(&self, host: &str) -> bool {
        with_parents(host).any(|name| self.redirectors.contains(name))
    }

    pub(crate) fn is_free_hosting(&self, host: &str) -> bool {
        with_parents(host).any(|name| self.free_hosting.contains(name))
    }

    pub(crate) fn is_free_mail(&self, domain: &str) -> bool {
        self.free_mail.contains(domain)
    }

    /// Whether an address there speaks for its holder, not for whoever owns the domain.
    pub(crate) fn is_provider(&self, domain: &str) -> bool {
        self.is_free_mail(domain) || self.providers.contains(domain)
    }

    pub(crate) fn is_cheap_top(&self, host: &str) -> bool {
        host.rsplit_once('.').is_some_and(|(_, top)| self.cheap_tops.contains(top))
    }
}

/// A host name and every name above it, but for the top.
pub(super) fn with_parents(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |name| name.split_once('.').map(|(_, parent)| parent))
        .filter(|name| name.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_and_hold_host_names() {
        let sets =
            [&TABLES.shorteners, &TABLES.redirectors, &TABLES.free_hosting, &TABLES.free_mail, &TABLES.cheap_tops];
        for set in sets {
            assert!(set.len() > 5);
            for name in set {
                assert_eq!(message::Domain::parse(name).map(|domain| domain.to_string()), Ok(name.clone()));
            }
        }
        assert!(TABLES.is_shortener("www.bit.ly") && !TABLES.is_shortener("x.bit.ly"));
        assert!(TABLES.is_free_hosting("a.b.duckdns.org"));
    }
}
