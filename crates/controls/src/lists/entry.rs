//! One entry of a list, and the findings that it makes.

use message::UnixMillis;
use message::authentication::Proof;

use super::Identity;
use super::pattern::{Pattern, PatternKind};
use crate::control::Finding;

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
#[serde(try_from = "Written")]
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

/// An entry as it is read: people have thousands of them, and a pattern read as a part of the entry (`flatten`) would have
/// each of its fields copied first.
#[derive(serde::Deserialize)]
struct Written {
    kind: PatternKind,
    text: Option<String>,
    #[serde(default)]
    even_if_unverified: bool,
    #[serde(default)]
    note: String,
    #[serde(default)]
    expires: Option<UnixMillis>,
    #[serde(default)]
    then: Option<EntryAction>,
}

impl TryFrom<Written> for Entry {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { kind, text, even_if_unverified, note, expires, then } = written;
        let pattern = Pattern::of(kind, text).ok_or("an entry of this kind needs its text")?;
        Ok(Self { pattern, even_if_unverified, note, expires, then })
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
