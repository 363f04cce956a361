//! SUB-17: held mail that is surely from its sender is marked, and what pretends to be somebody is warned of.

use message::authentication::Proof;
use policy::record::TransactionRecord;

use crate::subscriber::decided::Decided;

/// Reasons that say somebody pretends to be somebody else.
const POSING: [&str; 6] = [
    "sender-domain-absent",
    "impersonation-no-domain",
    "impersonation-fails",
    "impersonation-posing",
    "posing-as-mobile",
    "authentication-dmarc-fail",
];

/// What can be said of who sent a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// It is surely from this domain. That says nothing about the domain's honesty, so it is not said of dangerous mail.
    Proven(String),
    /// Somebody may pretend to be the sender shown.
    Posing,
    /// Neither.
    #[default]
    None,
}

impl Mark {
    /// Of a recorded decision; `tone` is the one of its class ([`crate::subscriber::held::tone`]).
    pub fn of(decided: &Decided, tone: &str) -> Self {
        let Some(decision) = &decided.decision else { return Self::None };
        let verdict = &decision.verdict;
        let mut found = verdict.findings.iter().chain(&verdict.label_only);
        if found.any(|finding| POSING.contains(&finding.reason.as_str())) {
            return Self::Posing;
        }
        let record = TransactionRecord::from_json(&decided.transaction.json).unwrap_or_default();
        let domain = record.authentication.map(|kept| kept.from).unwrap_or_default();
        if verdict.proof == Proof::Proven && tone != "danger" && !domain.is_empty() {
            return Self::Proven(domain);
        }
        Self::None
    }

    /// The domain of which it surely is.
    pub fn proven(&self) -> Option<&str> {
        match self {
            Self::Proven(domain) => Some(domain),
            Self::Posing | Self::None => None,
        }
    }

    /// Whether to warn.
    pub fn warns(&self) -> bool {
        matches!(self, Self::Posing)
    }
}
