//! Entries of receive and refuse lists, and whether a sender matches one (SUB-01).

use message::authentication::Proof;
use message::{Address, Domain};

use crate::control::Finding;
use crate::facts::Facts;

/// What an entry of a list stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "text")]
pub enum Pattern {
    /// One address, any case.
    Address(String),
    /// A domain, exactly.
    Domain(String),
    /// A domain and everything below it.
    Subdomains(String),
    /// Any part of an address.
    Part(String),
    /// Everybody.
    Everyone,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    /// What it stands for.
    #[serde(flatten)]
    pub pattern: Pattern,
    /// On a receive list: helps also a sender that is not proven ("even if unverified").
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub even_if_unverified: bool,
    /// The person's own note.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Pattern {
    /// Reads what a person typed: `a@b.example`, `b.example`, `.b.example` or `*.b.example` (with what is below),
    /// `*` (everybody), anything else as a part.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        if text == "*" {
            return Some(Self::Everyone);
        }
        if let Ok(address) = Address::parse(text) {
            return Some(Self::Address(address.key()));
        }
        if let Some(rest) = text.strip_prefix("*.").or_else(|| text.strip_prefix('.')) {
            return Domain::parse(rest).ok().map(|domain| Self::Subdomains(domain.as_str().into()));
        }
        let bare = text.strip_prefix('@').unwrap_or(text);
        if bare.contains('.')
            && let Ok(domain) = Domain::parse(bare)
        {
            return Some(Self::Domain(domain.as_str().into()));
        }
        Some(Self::Part(text.to_lowercase()))
    }

    /// How a person writes it.
    pub fn text(&self) -> String {
        match self {
            Self::Address(text) | Self::Domain(text) | Self::Part(text) => text.clone(),
            Self::Subdomains(text) => format!("*.{text}"),
            Self::Everyone => "*".into(),
        }
    }

    /// Whether a sender matches.
    pub fn matches(&self, sender: &Address) -> bool {
        match self {
            // The domain first: lists are long, and most entries differ there.
            Self::Address(key) => key.rsplit_once('@').is_some_and(|(local, domain)| {
                domain == sender.domain().as_str() && local == sender.local().to_lowercase()
            }),
            Self::Domain(name) => name == sender.domain().as_str(),
            Self::Subdomains(name) => {
                let above = sender.domain().as_str().strip_suffix(name.as_str());
                above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            }
            Self::Part(part) => sender.key().contains(part.as_str()),
            Self::Everyone => true,
        }
    }
}

impl Entry {
    /// The finding that this entry of a receive list matched: by which sender, and how surely that one is proven.
    pub fn received(&self, identity: Identity, proof: Proof) -> Finding {
        let finding = Finding::seen("receive_list", "list-receive")
            .with("entry", self.pattern.text())
            .with("identity", identity.name())
            .with("proof", proof.name());
        if self.even_if_unverified { finding.with("even_if_unverified", "yes") } else { finding }
    }

    /// The finding that this entry of a refuse list matched.
    pub fn refused(&self, identity: Identity) -> Finding {
        Finding::seen("refuse_list", "list-refuse").with("entry", self.pattern.text()).with("identity", identity.name())
    }
}

/// The entry of a receive list that helps a sender most: of those that match, the first that helps even if unverified,
/// else the first.
pub fn best<'a>(entries: &'a [Entry], sender: &Address) -> Option<&'a Entry> {
    let mut matching = entries.iter().filter(|entry| entry.pattern.matches(sender));
    let first = matching.clone().next()?;
    Some(matching.find(|entry| entry.even_if_unverified).unwrap_or(first))
}

/// Which of a message's two senders matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    /// The author: what a reader sees.
    From,
    /// The envelope sender: who gets the bounces.
    MailFrom,
}

impl Identity {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::MailFrom => "mail_from",
        }
    }
}

/// Who a message is from, as lists compare it.
#[derive(Clone, Debug)]
pub struct Sender<'a> {
    /// The addresses of From; none where the header section is not known.
    pub from: Vec<Address>,
    /// MAIL FROM, unless null.
    pub mail_from: Option<&'a Address>,
}

impl<'a> Sender<'a> {
    /// Reads both.
    pub fn of(facts: &Facts<'a>) -> Self {
        let from = facts.headers.known().map(|headers| headers.mailboxes("From")).unwrap_or_default();
        Self {
            from: from.into_iter().filter_map(|mailbox| mailbox.address).collect(),
            mail_from: facts.envelope.mail_from.address(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, sender: &str) -> bool {
        let pattern = Pattern::parse(pattern).expect("a pattern");
        pattern.matches(&Address::parse(sender).expect("an address"))
    }

    #[test]
    fn what_people_type_is_read_as_they_mean_it() {
        let rows = [
            ("Taro@Example.com", Pattern::Address("taro@example.com".into())),
            ("example.com", Pattern::Domain("example.com".into())),
            ("@example.com", Pattern::Domain("example.com".into())),
            (".example.com", Pattern::Subdomains("example.com".into())),
            ("*.example.com", Pattern::Subdomains("example.com".into())),
            ("例え.jp", Pattern::Domain("xn--r8jz45g.jp".into())),
            ("Info", Pattern::Part("info".into())),
            ("*", Pattern::Everyone),
        ];
        for (text, pattern) in rows {
            assert_eq!(Pattern::parse(text), Some(pattern), "{text}");
        }
        assert_eq!(Pattern::parse("  "), None);
    }

    #[test]
    fn what_is_shown_can_be_typed_again() {
        for text in ["a@example.com", "example.com", "*.example.com", "info", "*"] {
            assert_eq!(Pattern::parse(text).map(|pattern| pattern.text()), Some(text.to_owned()));
        }
    }

    #[test]
    fn patterns_match_whole_names_only() {
        assert!(matches("a@example.com", "A@EXAMPLE.com"));
        assert!(!matches("a@example.com", "ba@example.com"));
        assert!(!matches("example.com", "a@mail.example.com"));
        assert!(matches("*.example.com", "a@mail.example.com"));
        assert!(matches("*.example.com", "a@example.com"));
        assert!(!matches("*.example.com", "a@notexample.com"));
        assert!(matches("info", "my-Info@example.com"));
        assert!(matches("*", "anybody@example.org"));
    }
}
