//! What a token opens. A person's own role bounds it as well: a scope gives nothing that its owner has not.

use crate::visit::{SignedIn, SignedInPerson};
use store::records::signin::Role;

/// One part of what can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Nothing in particular: who am I.
    Nothing,
    /// Reads held mail and what became of messages.
    MailRead,
    /// Receives, deletes and reports held mail.
    MailWrite,
    /// Reads settings, lists and their history.
    SettingsRead,
    /// Changes them.
    SettingsWrite,
    /// Makes tokens and ends sign-ins.
    Account,
    /// Reads what staff see.
    StaffRead,
    /// Does what staff do.
    StaffWrite,
}

/// Every scope that can be given.
pub const SCOPES: [Scope; 7] = [
    Scope::MailRead,
    Scope::MailWrite,
    Scope::SettingsRead,
    Scope::SettingsWrite,
    Scope::Account,
    Scope::StaffRead,
    Scope::StaffWrite,
];

impl Scope {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::MailRead => "mail:read",
            Self::MailWrite => "mail:write",
            Self::SettingsRead => "settings:read",
            Self::SettingsWrite => "settings:write",
            Self::Account => "account",
            Self::StaffRead => "staff:read",
            Self::StaffWrite => "staff:write",
        }
    }

    /// By its stable name.
    pub fn of(name: &str) -> Option<Self> {
        SCOPES.into_iter().find(|scope| scope.name() == name)
    }

    /// Scopes that this person can give to a program, within those of the token that asks.
    pub fn givable(who: &SignedIn) -> Vec<Self> {
        let fits = |scope: &Self| match (&who.person, scope) {
            (SignedInPerson::Subscriber(_), Self::StaffRead | Self::StaffWrite) => false,
            (SignedInPerson::Subscriber(_), _) => true,
            (SignedInPerson::Staff(..), Self::MailRead | Self::MailWrite) => false,
            (SignedInPerson::Staff(row, _), Self::SettingsRead | Self::SettingsWrite | Self::StaffWrite) => {
                row.role != Role::Viewer
            }
            (SignedInPerson::Staff(..), _) => true,
        };
        let held = |scope: &Self| scope.is_held_by(who);
        SCOPES.into_iter().filter(fits).filter(held).collect()
    }

    /// Whether a session, or a token, opens this. A browser's session opens everything that its person may.
    pub fn is_held_by(self, who: &SignedIn) -> bool {
        let Some(grant) = &who.session.grant else { return true };
        self == Self::Nothing || grant.scopes.iter().any(|name| name == self.name())
    }
}
