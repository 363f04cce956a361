//! Operators, domains, subscribers and addresses.

use message::UnixMillis;

use crate::{OperatorId, SubscriberId};

/// One operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorRow {
    /// 0 for a new one.
    pub id: OperatorId,
    /// Its name, unique.
    pub name: String,
    /// IANA time zone, for calendar limits and screens.
    pub time_zone: String,
}

/// How recipients of a domain are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// Only addresses in the table exist.
    Table,
    /// The next hop is asked.
    NextHop,
    /// Every address exists.
    Any,
}

/// One domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainRow {
    /// Whose it is.
    pub operator: OperatorId,
    /// Its name, A-labels, lower case.
    pub name: String,
    /// How its recipients are known.
    pub known: Known,
    /// Address key to which unknown local parts go.
    pub catch_all: Option<String>,
    /// Separator of detail addresses, usually `+`.
    pub detail: Option<char>,
}

/// One subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriberRow {
    /// 0 for a new one.
    pub id: SubscriberId,
    /// Whose subscriber.
    pub operator: OperatorId,
    /// Name used to sign in: an address in lower case.
    pub login: String,
    /// Name shown.
    pub name: String,
    /// Group of settings.
    pub group: String,
    /// `ja` or `en`; empty where the browser decides.
    pub language: String,
    /// Argon2 hash in PHC form; `None`: signs in by mailed code only.
    pub password: Option<String>,
}

/// Dates of a person's contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractRow {
    /// Whose subscriber.
    pub operator: OperatorId,
    /// The person.
    pub subscriber: SubscriberId,
    /// When it began; `None`: nobody said.
    pub begins: Option<UnixMillis>,
    /// Options taken apart with their dates, as policy wrote them; empty for none.
    pub options: String,
}

/// What an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressKind {
    /// A mailbox.
    Mailbox,
    /// Another name of the mailbox with this key.
    Alias(String),
}

/// One address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRow {
    /// Whose it is.
    pub operator: OperatorId,
    /// [`message::Address::key`].
    pub key: String,
    /// Mailbox or alias.
    pub kind: AddressKind,
    /// Its owner; `None`: the operator's default settings apply.
    pub subscriber: Option<SubscriberId>,
}
