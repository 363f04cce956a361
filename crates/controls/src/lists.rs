//! Entries of receive and refuse lists, and whether a sender matches one (SUB-01).

use message::authentication::{Proof, SpfOutcome};
use message::{Address, Domain, UnixMillis};

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

/// What happens to mail that one entry of a refuse list matches, where it is not what happens to the whole list
/// (SUB-01, T3-2-3(1)⑥).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryAction {
    /// Delivered, marked in the header.
    LabelHeader,
    /// Delivered, marked in the subject.
    LabelSubject,
    /// Held.
    Junk,
    /// Only the header section is delivered.
    HeaderOnly,
    /// Put in the trash.
    Trash,
    /// Recorded and not kept.
    Delete,
    /// Refused, with a reference.
    Refuse,
    /// Refused as if there were no such address.
    UnknownUser,
    /// Taken for spam whatever it says: what happens to spam happens to it.
    SurelySpam,
}

/// Every action of an entry, mildest first.
pub const ENTRY_ACTIONS: [EntryAction; 9] = [
    EntryAction::LabelHeader,
    EntryAction::LabelSubject,
    EntryAction::Junk,
    EntryAction::HeaderOnly,
    EntryAction::Trash,
    EntryAction::Delete,
    EntryAction::Refuse,
    EntryAction::UnknownUser,
    EntryAction::SurelySpam,
];

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
    /// When it stops to be in force; `None`: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<UnixMillis>,
    /// On a refuse list: what happens to this sender's mail; `None`: what happens to the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<EntryAction>,
}

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

impl EntryAction {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::LabelHeader => "label-header",
            Self::LabelSubject => "label-subject",
            Self::Junk => "junk",
            Self::HeaderOnly => "header-only",
            Self::Trash => "trash",
            Self::Delete => "delete",
            Self::Refuse => "refuse",
            Self::UnknownUser => "unknown-user",
            Self::SurelySpam => "surely-spam",
        }
    }

    /// By its stable name.
    pub fn of(name: &str) -> Option<Self> {
        ENTRY_ACTIONS.into_iter().find(|action| action.name() == name)
    }
}

impl Entry {
    /// An entry with nothing but its pattern.
    pub fn new(pattern: Pattern) -> Self {
        Self { pattern, even_if_unverified: false, note: String::new(), expires: None, then: None }
    }

    /// Whether it is still in force.
    pub fn is_in_force(&self, now: UnixMillis) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }

    /// The finding that this entry of an address book matched (SUB-13).
    pub fn in_address_book(&self, identity: Identity, proof: Proof) -> Finding {
        let finding = Finding::seen("address_book", "address-book")
            .with("entry", self.pattern.text())
            .with("identity", identity.name())
            .with("proof", proof.name());
        if self.even_if_unverified { finding.with("even_if_unverified", "yes") } else { finding }
    }

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
        let finding = Finding::seen("refuse_list", "list-refuse")
            .with("entry", self.pattern.text())
            .with("identity", identity.name());
        match self.then {
            Some(then) => finding.with("then", then.name()),
            None => finding,
        }
    }
}

/// The entry of a receive list that helps a sender most: of those that match, the first that helps even if unverified,
/// else the first.
pub fn best<'a>(entries: &'a [Entry], sender: &Address, now: UnixMillis) -> Option<&'a Entry> {
    let mut matching = entries.iter().filter(|entry| entry.is_in_force(now) && entry.pattern.matches(sender));
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
    /// What stands in From in the place of an address, without an @.
    pub bare: Vec<String>,
    /// MAIL FROM, unless null.
    pub mail_from: Option<&'a Address>,
}

impl<'a> Sender<'a> {
    /// Reads both.
    pub fn of(facts: &Facts<'a>) -> Self {
        let from = facts.headers.known().map(|headers| headers.mailboxes("From")).unwrap_or_default();
        let bare = from.iter().filter(|mailbox| mailbox.address.is_none());
        // A telephone number alone is read as a name without an address.
        let bare = bare.map(|mailbox| if mailbox.spec.trim().is_empty() { &mailbox.name } else { &mailbox.spec });
        let bare = bare.map(|spec| spec.trim().to_owned());
        Self {
            bare: bare.filter(|spec| !spec.is_empty() && !spec.contains('@')).collect(),
            from: from.into_iter().filter_map(|mailbox| mailbox.address).collect(),
            mail_from: facts.envelope.mail_from.address(),
        }
    }

    /// The one author; with several nobody can say whose proof it is.
    pub fn author(&self) -> Option<&Address> {
        if let [one] = self.from.as_slice() { Some(one) } else { None }
    }

    /// Both identities that can be proven, with how surely each is.
    pub fn identities(&self, facts: &Facts<'_>) -> [(Identity, Option<&Address>, Proof); 2] {
        [
            (Identity::From, self.author(), proof(facts, Identity::From)),
            (Identity::MailFrom, self.mail_from, proof(facts, Identity::MailFrom)),
        ]
    }
}

/// From is proven by alignment, the envelope sender by SPF of its own domain.
fn proof(facts: &Facts<'_>, identity: Identity) -> Proof {
    let Some(known) = facts.authentication.known() else { return Proof::Unknown };
    match identity {
        Identity::From => known.proof(),
        Identity::MailFrom if known.mail_from_proven() => Proof::Proven,
        Identity::MailFrom if known.spf.outcome == SpfOutcome::TempError => Proof::Unknown,
        Identity::MailFrom => Proof::Unproven,
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
