//! SUB-13: the sender stands in the recipient's address book.

use super::CHOSEN;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::lists::Sender;
use crate::settings::Settings;

/// SUB-13.
pub(super) const CONTROL: Control = Control {
    name: "address_book",
    catalogue: "SUB-13",
    basis: CHOSEN,
    source: "T2-2-1(2), T3-2-2(3)①",
    stages: &[Stage::Data],
    scope: Scope::Recipient,
    needs: &[Need::Headers, Need::Authentication],
    unknown: "A sender that cannot be proven because DNS does not answer counts as not proven, and the address book does not help.",
    reasons: &["address-book"],
    judge,
};

fn judge(facts: &Facts<'_>, settings: &Settings) -> Judgement {
    let sender = Sender::of(facts);
    let now = facts.envelope.received_at;
    let matched = sender.identities(facts).into_iter().filter_map(|(identity, address, proof)| {
        let entry = settings.address_book.best(address?, now)?;
        Some(entry.in_address_book(identity, proof))
    });
    let findings: Vec<Finding> = matched.collect();
    let unproven = !findings.is_empty() && facts.authentication.is_unknown();
    Judgement { unknown: !settings.address_book.is_empty() && (facts.headers.is_unknown() || unproven), findings }
}
