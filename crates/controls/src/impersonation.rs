//! What a person asks of a sender's proof (SUB-03): the level, named domains with exceptions, and who is exempt because
//! their mail comes by way of a forwarder or a list.

use message::authentication::{DmarcOutcome, Proof, SpfOutcome};
use message::{Domain, Headers};

use crate::facts::Facts;
use crate::lists::Sender;

/// How much proof is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// None.
    #[default]
    Off,
    /// The sender's domain has to exist.
    Existing,
    /// A sender whose domain says that this is not from it is not accepted; one that publishes nothing is.
    Middle,
    /// Only what is proven is accepted.
    High,
}

/// Every level, mildest first.
pub const LEVELS: [Asked; 4] = [Asked::Off, Asked::Existing, Asked::Middle, Asked::High];

/// Whose proof it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proven {
    /// The author's, as a reader sees it.
    #[default]
    HeaderFrom,
    /// The envelope sender's.
    EnvelopeFrom,
    /// The envelope sender's and, where Sender ID is verified, the purported responsible address's.
    EnvelopeFromAndPra,
}

/// The field that exempts a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RescueField {
    /// To.
    To,
    /// Cc.
    Cc,
    /// From.
    From,
}

/// One exemption: the text stands in the field.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rescue {
    /// Where.
    pub field: RescueField,
    /// An address or a part of one, in lower case.
    pub text: String,
}

/// What is asked of every sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impersonation {
    /// How much proof.
    pub asked: Asked,
    /// Whose.
    pub proven: Proven,
    /// At [`Asked::High`]: a domain that publishes nothing to be proven by is accepted all the same.
    pub accept_without_record: bool,
    /// From domains of which proof is asked whatever the level; proven, no further filter looks at them.
    pub domains: Vec<String>,
    /// From domains that are accepted even if somebody may pose as them; no further filter looks at them.
    pub exceptions: Vec<String>,
    /// Who is exempt.
    pub rescue: Vec<Rescue>,
    /// An exempt message skips every filter, not only this one.
    pub rescue_skips_all: bool,
}

/// What is known of a sender's proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Proven.
    Passing,
    /// The domain says that this is not from it.
    Failing,
    /// The domain publishes nothing by which it could be told.
    NoRecord,
    /// It cannot be found out now.
    Unknown,
}

impl Rescue {
    /// Whether a header section is exempt by this.
    fn meets(&self, headers: &Headers) -> bool {
        let name = match self.field {
            RescueField::To => "To",
            RescueField::Cc => "Cc",
            RescueField::From => "From",
        };
        headers.mailboxes(name).iter().any(|mailbox| {
            let key = mailbox.address.as_ref().map(|address| address.key());
            key.is_some_and(|key| key.contains(&self.text))
        })
    }
}

/// The first exemption that a message meets.
pub fn rescued<'a>(headers: &Headers, rescue: &'a [Rescue]) -> Option<&'a Rescue> {
    rescue.iter().find(|one| one.meets(headers))
}

/// What is known of the sender's proof.
pub fn standing(facts: &Facts<'_>, proven: Proven) -> Standing {
    let Some(known) = facts.authentication.known() else { return Standing::Unknown };
    match proven {
        Proven::HeaderFrom => match known.proof() {
            Proof::Proven => Standing::Passing,
            Proof::Unknown => Standing::Unknown,
            Proof::Unproven => {
                let own = Sender::of(facts).author().map(|address| address.domain().as_str().to_owned());
                let refused = matches!(known.spf.outcome, SpfOutcome::Fail | SpfOutcome::SoftFail);
                let of_author = own.is_some() && known.spf.domain == own;
                if known.dmarc.outcome == DmarcOutcome::Fail || (refused && of_author) {
                    Standing::Failing
                } else {
                    Standing::NoRecord
                }
            }
        },
        Proven::EnvelopeFrom => of_spf(known.spf.outcome),
        Proven::EnvelopeFromAndPra => match (of_spf(known.spf.outcome), known.pra.as_ref()) {
            (Standing::Passing, Some(pra)) => of_spf(pra.outcome),
            (Standing::NoRecord, Some(pra)) if of_spf(pra.outcome) == Standing::Failing => Standing::Failing,
            (envelope, _) => envelope,
        },
    }
}

fn of_spf(outcome: SpfOutcome) -> Standing {
    match outcome {
        SpfOutcome::Pass => Standing::Passing,
        SpfOutcome::Fail | SpfOutcome::SoftFail => Standing::Failing,
        SpfOutcome::None | SpfOutcome::Neutral | SpfOutcome::PermError => Standing::NoRecord,
        SpfOutcome::TempError => Standing::Unknown,
    }
}

/// The author's domain.
pub fn author_domain(facts: &Facts<'_>) -> Option<Domain> {
    Sender::of(facts).author().map(|address| address.domain().clone())
}
