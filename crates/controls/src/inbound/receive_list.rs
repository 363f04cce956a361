//! IN-14, SUB-01: the sender stands on a receive list. What that is worth depends on whether the sender is proven.

use super::CHOSEN;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::lists::Sender;
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
    let now = facts.envelope.received_at;
    let matched = sender.identities(facts).into_iter().filter_map(|(identity, address, proof)| {
        let entry = settings.receive.best(address?, now)?;
        Some(entry.received(identity, proof))
    });
    let findings: Vec<Finding> = matched.collect();
    let unproven = !findings.is_empty() && facts.authentication.is_unknown();
    Judgement { unknown: !settings.receive.is_empty() && (facts.headers.is_unknown() || unproven), findings }
}
