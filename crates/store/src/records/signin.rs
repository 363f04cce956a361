//! Staff, sessions and one-time codes.

use message::UnixMillis;

use crate::{OperatorId, StaffId, SubscriberId};

/// What a staff member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees decisions and subscribers, changes nothing.
    Viewer,
    /// Helps subscribers: may act for them with a recorded reason.
    Support,
    /// Changes the operator's settings and staff too.
    Administrator,
}

/// One staff member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffRow {
    /// 0 for a new one.
    pub id: StaffId,
    /// Whose staff.
    pub operator: OperatorId,
    /// Sign-in name.
    pub login: String,
    /// Name shown.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Argon2 hash in PHC form.
    pub password: String,
    /// `ja` or `en`; empty where the browser decides.
    pub language: String,
}

/// Who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Person {
    /// A subscriber.
    Subscriber(SubscriberId),
    /// Staff.
    Staff(StaffId),
}

/// One session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of the token in the cookie.
    pub token_hash: [u8; 32],
    /// Whose operator.
    pub operator: OperatorId,
    /// Who.
    pub person: Person,
    /// Secret from which form tokens are made.
    pub csrf: [u8; 32],
    /// Since when.
    pub created_at: UnixMillis,
    /// Last request.
    pub last_seen: UnixMillis,
    /// Until when at most.
    pub expires_at: UnixMillis,
    /// From where it was opened.
    pub ip: String,
    /// Which browser.
    pub agent: String,
    /// `Some`: no browser's session but a token for a program, and what it opens.
    pub grant: Option<Grant>,
}

/// What the holder of a token may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What its owner calls it.
    pub name: String,
    /// What it opens, by stable names; never empty.
    pub scopes: Vec<String>,
}

/// One one-time code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRow {
    /// Whose operator.
    pub operator: OperatorId,
    /// For whom (an address in lower case).
    pub login: String,
    /// Keyed hash of the code.
    pub code_hash: [u8; 32],
    /// Until when.
    pub expires_at: UnixMillis,
    /// Wrong tries left.
    pub tries_left: u32,
}
