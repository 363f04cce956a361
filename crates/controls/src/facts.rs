//! What the runner gathered. `Unknown` is a value of its own and never a pass.

use content::bayes::Score;
use content::heuristics::Hit;
use content::signatures::Match;
use content::urls::categories::Listed;
use message::{Address, Authentication, Envelope, Headers, Message};

pub mod door;

pub use door::DoorFacts;

/// A fact.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact<T> {
    /// Had.
    Known(T),
    /// Asked for and not had.
    Unknown(Why),
    /// Nobody who may know it asked for it.
    NotAsked,
}

/// Why a fact is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// Not in time.
    Deadline,
    /// The source of the fact failed.
    Failed,
    /// Our own code failed (a panic, caught).
    Panicked,
    /// Larger than is looked at.
    TooLarge,
}

impl<T> Fact<T> {
    /// The fact, where known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) | Self::NotAsked => None,
        }
    }

    /// Judges by the fact: unknown where it is unknown, nothing where nobody asked for it.
    pub fn judge(&self, judge: impl FnOnce(&T) -> crate::control::Judgement) -> crate::control::Judgement {
        match self {
            Self::Known(value) => judge(value),
            Self::Unknown(_) => crate::control::Judgement::unknown(),
            Self::NotAsked => crate::control::Judgement::silent(),
        }
    }

    /// Whether it was asked for and not had.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}

/// What DNS says of a sender's domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Existence {
    /// It can receive mail.
    Exists,
    /// No such name, or neither MX nor address.
    Absent,
    /// It says that it takes no mail (null MX, RFC 7505).
    NullMx,
}

/// What the virus scanner found in a message; nothing: it looked at all of it and found none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VirusScan {
    /// Each with the part it is in.
    pub viruses: Vec<Virus>,
}

/// One virus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Virus {
    /// What the scanner calls it.
    pub name: String,
    /// Name of the file it is in; `None` where it is in the text, in a part without a name, or spread over parts.
    pub file: Option<String>,
}

/// A YARA rule that matches.
#[derive(Clone, Debug, PartialEq)]
pub struct YaraHit {
    /// The rule's name.
    pub rule: String,
    /// It says of itself that it is certain.
    pub certain: bool,
    /// Points (log-odds) that it claims; `None` where it says nothing of its worth.
    pub points: Option<f64>,
    /// Name of the attachment; `None`: the text.
    pub file: Option<String>,
}

/// One of SpamAssassin's rules that applies to a message.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleHit {
    /// Its name in the rule files.
    pub rule: String,
    /// What the rule files say about it; empty where they say nothing.
    pub description: String,
    /// Its score, in SpamAssassin's measure.
    pub score: f64,
}

/// Everything that was gathered for one transaction, as one recipient's controls may see it.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Peer, HELO, MAIL FROM.
    pub envelope: &'a Envelope,
    /// The recipient as the sender gave it; `None` for controls of the transaction.
    pub recipient: Option<&'a Address>,
    /// The recipient's own addresses, by key (aliases too).
    pub own_addresses: &'a [String],
    /// Octets of the message as received; 0 before DATA.
    pub size: u64,
    /// The header section.
    pub headers: Fact<&'a Headers>,
    /// Who sent it.
    pub authentication: Fact<&'a Authentication>,
    /// Whether the From domain exists.
    pub from_domain: Fact<Existence>,
    /// The message, decoded.
    pub message: Fact<&'a Message>,
    /// The Bayesian filter, with this recipient's own learning on top.
    pub bayes: Fact<&'a Score>,
    /// Heuristic rules that matched.
    pub heuristics: Fact<&'a [Hit]>,
    /// Signatures that it holds, closest first.
    pub signatures: Fact<&'a [Match]>,
    /// In which categories of the operator's lists the links are; not asked where there are no lists.
    pub url_categories: Fact<&'a [Listed]>,
    /// Lists in DNS that name hosts of links; not asked where none are configured.
    pub link_lists: Fact<&'a [door::ListHit]>,
    /// What the virus scanner says; not asked where none is configured.
    pub virus: Fact<&'a VirusScan>,
    /// Which YARA rules match; not asked where there are none.
    pub yara: Fact<&'a [YaraHit]>,
    /// SpamAssassin's rules that matched; not asked where none are configured.
    pub spamassassin: Fact<&'a [RuleHit]>,
    /// The number of this copy among those that the sender sent today; `None`: nobody counts this sender.
    pub sent_today: Option<u32>,
    /// What the door knows of this session; [`door::NOTHING`] where there was none.
    pub door: &'a DoorFacts,
}
