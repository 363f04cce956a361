//! What an entry of a list stands for, as people type it and as it is compared with a sender.

use message::{Address, Domain};

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
    /// A telephone number in the place of the local part, as `+81…`.
    Phone(String),
    /// Whoever has an address with an @.
    WithAt,
    /// Whoever shows a sender without an @.
    WithoutAt,
    /// Everybody, and who shows no sender at all.
    Everyone,
}

/// What kind of pattern an entry is: operators offer some kinds, and bound some by number (SUB-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatternKind {
    /// [`Pattern::Address`].
    Address,
    /// [`Pattern::Domain`].
    Domain,
    /// [`Pattern::Subdomains`].
    Subdomains,
    /// [`Pattern::Part`].
    Part,
    /// [`Pattern::Phone`].
    Phone,
    /// [`Pattern::WithAt`].
    WithAt,
    /// [`Pattern::WithoutAt`].
    WithoutAt,
    /// [`Pattern::Everyone`].
    Everyone,
}

/// Every kind of pattern.
pub const PATTERN_KINDS: [PatternKind; 8] = [
    PatternKind::Address,
    PatternKind::Domain,
    PatternKind::Subdomains,
    PatternKind::Part,
    PatternKind::Phone,
    PatternKind::WithAt,
    PatternKind::WithoutAt,
    PatternKind::Everyone,
];

/// The text that stands for [`Pattern::WithAt`].
const WITH_AT: &str = "*@*";
/// The text that stands for [`Pattern::WithoutAt`]; the space keeps it from being a part of an address.
const WITHOUT_AT: &str = "no @";
/// Digits from which a text without an @ is a telephone number.
const PHONE_DIGITS: usize = 9;

/// An address as it can be typed again: with the quotation marks that a local part such as `./` needs (RFC 5321 §4.1.2).
fn written(key: &str) -> String {
    match (Address::parse(key), key.rsplit_once('@')) {
        (Err(_), Some((local, domain))) => {
            let local = local.replace('\\', r"\\").replace('"', r#"\""#);
            format!("\"{local}\"@{domain}")
        }
        _ => key.to_owned(),
    }
}

/// A telephone number as `+81…`: digits with or without `+`, signs between them left out. `None`: it is none.
pub fn phone(text: &str) -> Option<String> {
    let text = text.trim();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let others = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')'));
    if !others || !(PHONE_DIGITS..=15).contains(&digits.len()) || text.rfind('+').is_some_and(|at| at > 0) {
        return None;
    }
    if text.starts_with('+') {
        return Some(format!("+{digits}"));
    }
    if let Some(abroad) = digits.strip_prefix("010") {
        return Some(format!("+{abroad}"));
    }
    digits.strip_prefix('0').map(|rest| format!("+81{rest}"))
}

impl Pattern {
    /// Of this kind, with this text as it is stored. `None`: the kind needs one, and there is none.
    pub(super) fn of(kind: PatternKind, text: Option<String>) -> Option<Self> {
        Some(match kind {
            PatternKind::Address => Self::Address(text?),
            PatternKind::Domain => Self::Domain(text?),
            PatternKind::Subdomains => Self::Subdomains(text?),
            PatternKind::Part => Self::Part(text?),
            PatternKind::Phone => Self::Phone(text?),
            PatternKind::WithAt => Self::WithAt,
            PatternKind::WithoutAt => Self::WithoutAt,
            PatternKind::Everyone => Self::Everyone,
        })
    }

    /// Reads what a person typed: `a@b.example`, `b.example`, `.b.example` or `*.b.example` (with what is below),
    /// `*` (everybody), `*@*` (whoever has an @), `no @` (whoever has none), a telephone number, anything else as a part.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        match text {
            "*" => return Some(Self::Everyone),
            WITH_AT => return Some(Self::WithAt),
            WITHOUT_AT => return Some(Self::WithoutAt),
            _ => {}
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
        if let Some(number) = phone(text) {
            return Some(Self::Phone(number));
        }
        Some(Self::Part(text.to_lowercase()))
    }

    /// How a person writes it.
    pub fn text(&self) -> String {
        match self {
            Self::Address(key) => written(key),
            Self::Domain(text) | Self::Part(text) | Self::Phone(text) => text.clone(),
            Self::Subdomains(text) => format!("*.{text}"),
            Self::WithAt => WITH_AT.into(),
            Self::WithoutAt => WITHOUT_AT.into(),
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
            Self::Phone(number) => phone(sender.local()).is_some_and(|own| own == *number),
            Self::WithAt | Self::Everyone => true,
            Self::WithoutAt => false,
        }
    }

    /// Whether a sender without an @ matches: a short name or a telephone number that stands in From.
    pub fn matches_bare(&self, sender: &str) -> bool {
        match self {
            Self::Part(part) => sender.to_lowercase().contains(part.as_str()),
            Self::Phone(number) => phone(sender).is_some_and(|own| own == *number),
            Self::WithoutAt | Self::Everyone => true,
            Self::Address(_) | Self::Domain(_) | Self::Subdomains(_) | Self::WithAt => false,
        }
    }

    /// What kind it is.
    pub fn kind(&self) -> PatternKind {
        match self {
            Self::Address(_) => PatternKind::Address,
            Self::Domain(_) => PatternKind::Domain,
            Self::Subdomains(_) => PatternKind::Subdomains,
            Self::Part(_) => PatternKind::Part,
            Self::Phone(_) => PatternKind::Phone,
            Self::WithAt => PatternKind::WithAt,
            Self::WithoutAt => PatternKind::WithoutAt,
            Self::Everyone => PatternKind::Everyone,
        }
    }
}

impl PatternKind {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Domain => "domain",
            Self::Subdomains => "subdomains",
            Self::Part => "part",
            Self::Phone => "phone",
            Self::WithAt => "with-at",
            Self::WithoutAt => "without-at",
            Self::Everyone => "everyone",
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
            ("*@*", Pattern::WithAt),
            ("no @", Pattern::WithoutAt),
            ("090-1234-5678", Pattern::Phone("+819012345678".into())),
            ("+1 202 555 0100", Pattern::Phone("+12025550100".into())),
            ("2026", Pattern::Part("2026".into())),
        ];
        for (text, pattern) in rows {
            assert_eq!(Pattern::parse(text), Some(pattern), "{text}");
        }
        assert_eq!(Pattern::parse("  "), None);
    }

    #[test]
    fn an_entry_of_each_kind_is_read_as_it_was_stored() {
        use crate::lists::Entry;
        for text in ["a@example.com", "example.com", "*.example.com", "info", "*", "*@*", "no @", "+819012345678"] {
            let mut entry = Entry::new(Pattern::parse(text).expect("a pattern"));
            for note in ["", "a friend"] {
                entry.note = note.into();
                let json = serde_json::to_string(&entry).expect("it can be written");
                assert_eq!(serde_json::from_str::<Entry>(&json).ok().as_ref(), Some(&entry), "{json}");
            }
        }
        assert!(serde_json::from_str::<Entry>(r#"{"kind": "domain"}"#).is_err(), "a domain without its name");
        assert!(serde_json::from_str::<Entry>(r#"{"kind": "planet", "text": "x"}"#).is_err());
    }

    #[test]
    fn what_is_shown_can_be_typed_again() {
        for text in
            ["a@example.com", "example.com", "*.example.com", "info", "*", "*@*", "no @", "+819012345678", r#""./"@z"#]
        {
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
        assert!(matches("*@*", "anybody@example.org") && !matches("no @", "anybody@example.org"));
        assert!(matches("090-1234-5678", "09012345678@keitai.example.jp"));
    }

    #[test]
    fn senders_without_an_at_are_met_by_what_stands_for_them() {
        let matches = |pattern: &str, sender: &str| Pattern::parse(pattern).expect("a pattern").matches_bare(sender);
        assert!(
            matches("no @", "09012345678") && matches("*", "09012345678") && matches("090-1234-5678", "+819012345678")
        );
        assert!(!matches("*@*", "09012345678") && !matches("example.jp", "example.jp"));
        assert!(matches("shop", "MyShop"));
    }
}
