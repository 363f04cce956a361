//! IN-14, SUB-01: the sender stands on a receive list. What that is worth depends on whether the sender is proven.

use message::authentication::{Proof, SpfOutcome};

use super::CHOSEN;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::lists::{Identity, Sender, best};
use crate::settings::Settings;

/// IN-14.
pub(super) const CONTROL: Control = Control {
    name: "receive_list",
    catalogue: "IN-14",
    basis: CHOSEN,
    source: "T1-2-4, T2-2-1, T3-2-3",
    stages: &[Stage::Data],
    scope: Scope::Recipient,
    needs: &[Need::Headers, Need::Authentication],
    unknown: "A sender that cannot be proven because DNS does not answer counts as not proven: the entry does not help, unless it is to help even if unverified.",
    reasons: &["list-receive"],
    judge,
};

fn judge(facts: &Facts<'_>, settings: &Settings) -> Judgement {
    let sender = Sender::of(facts);
    // With several authors nobody can say whose proof it is.
    let from = if let [one] = sender.from.as_slice() { Some(one) } else { None };
    let identities = [(Identity::From, from), (Identity::MailFrom, sender.mail_from)];
    let matched = identities.into_iter().filter_map(|(identity, address)| {
        let entry = best(&settings.receive, address?)?;
        Some(entry.received(identity, proof(facts, identity)))
    });
    let findings: Vec<Finding> = matched.collect();
    let unproven = !findings.is_empty() && facts.authentication.is_unknown();
    Judgement { unknown: !settings.receive.is_empty() && (facts.headers.is_unknown() || unproven), findings }
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
