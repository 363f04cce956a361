//! Entries of receive and refuse lists, and whether a sender matches one (SUB-01).

use message::{Address, Domain};

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
            Self::Address(key) => *key == sender.key(),
            Self::Domain(name) => name == sender.domain().as_str(),
            Self::Subdomains(name) => Domain::parse(name).is_ok_and(|domain| sender.domain().is_within(&domain)),
            Self::Part(part) => sender.key().contains(part.as_str()),
            Self::Everyone => true,
        }
    }
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
