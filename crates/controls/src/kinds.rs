//! Kinds of sender (SUB-02): which domains belong to which mobile or PHS operator. Whatever is in no table is the
//! Internet at large.

use std::collections::HashMap;

use message::Domain;

/// The kind of every sender that stands in no table.
pub const INTERNET: &str = "internet";
/// The kind of a sender that is a telephone number of another country.
pub const PHONE_ABROAD: &str = "phone-abroad";

/// Domains by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    exact: HashMap<String, String>,
    /// Names below these.
    below: HashMap<String, String>,
}

/// Why a line of a table of domains cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a domain; write example.jp, or *.example.jp for every name below it")]
pub struct BadKind(pub String);

impl Kinds {
    /// Adds a domain, or with `*.` (or `**.`) before it every name below it.
    pub fn add(&mut self, kind: &str, text: &str) -> Result<(), BadKind> {
        let bare = text.trim_start_matches('*').trim_start_matches('.');
        let domain = Domain::parse(bare).map_err(|_| BadKind(text.into()))?;
        let table = if text.starts_with('*') { &mut self.below } else { &mut self.exact };
        table.insert(domain.as_str().to_owned(), kind.to_owned());
        Ok(())
    }

    /// The kind of a domain; `None`: it stands in no table.
    pub fn of(&self, domain: &Domain) -> Option<&str> {
        let name = domain.as_str();
        if let Some(kind) = self.exact.get(name) {
            return Some(kind);
        }
        let above = name.match_indices('.').filter_map(|(at, _)| name.get(at + 1..));
        above.filter_map(|rest| self.below.get(rest)).map(String::as_str).next()
    }

    /// Whether there is no table at all: then nobody asks.
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.below.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_below_belong_where_the_table_says_so() {
        let mut kinds = Kinds::default();
        kinds.add("suzume", "keitai.example.jp").expect("a domain");
        kinds.add("hibari", "**.phs.example.jp").expect("a domain");
        let of = |name: &str| kinds.of(&Domain::parse(name).expect("a domain")).map(str::to_owned);
        assert_eq!(of("keitai.example.jp").as_deref(), Some("suzume"));
        assert_eq!(of("mail.keitai.example.jp"), None);
        assert_eq!(of("a.b.phs.example.jp").as_deref(), Some("hibari"));
        assert_eq!(of("phs.example.jp"), None);
        assert!(kinds.add("x", "not a domain").is_err());
    }
}
