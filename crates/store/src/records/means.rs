//! Ways in beside the password: second factors, recovery codes, telephone numbers, known devices, passkeys.

use message::UnixMillis;

use super::signin::Person;
use crate::OperatorId;

/// What kind of way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeansKind {
    /// Codes of an app (RFC 6238). One for each person; `used` is the last time step that was taken.
    Totp,
    /// A recovery code. `name` is its keyed hash; using it deletes the row.
    Recovery,
    /// A telephone number that gets one-time codes. One for each person; the sealed secret is the number.
    Telephone,
    /// Where letters about the account go, for whom the sign-in name is no address. One for each person; the sealed secret
    /// is the address.
    Letters,
    /// A browser from which this person has signed in. `name` is the hash of its token, `used` when it was last.
    Device,
    /// A passkey (WebAuthn). `name` is the credential id, the secret its public key, `used` its counter.
    Passkey,
    /// A person at an OpenID provider. `name` is the hash of issuer and subject.
    Oidc,
}

/// Every kind.
pub const MEANS: &[MeansKind] = &[
    MeansKind::Totp,
    MeansKind::Recovery,
    MeansKind::Telephone,
    MeansKind::Letters,
    MeansKind::Device,
    MeansKind::Passkey,
    MeansKind::Oidc,
];

impl MeansKind {
    /// Its name in the store and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Recovery => "recovery",
            Self::Telephone => "telephone",
            Self::Letters => "letters",
            Self::Device => "device",
            Self::Passkey => "passkey",
            Self::Oidc => "oidc",
        }
    }
}

/// One way in of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeansRow {
    /// Whose operator.
    pub operator: OperatorId,
    /// Whose.
    pub person: Person,
    /// What.
    pub kind: MeansKind,
    /// Which of that kind; empty where a person has one only.
    pub name: Vec<u8>,
    /// What only we may read: sealed by whoever writes it.
    pub secret: Vec<u8>,
    /// What a person recognises it by.
    pub detail: String,
    /// Since when.
    pub created_at: UnixMillis,
    /// Last use, in the kind's own measure; it only grows.
    pub used: i64,
}
