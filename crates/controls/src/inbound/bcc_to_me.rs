//! SUB-16: none of the recipient's addresses stands in To or Cc.

use super::CHOSEN;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// SUB-16.
pub(super) const CONTROL: Control = Control {
    name: "bcc_to_me",
    catalogue: "SUB-16",
    basis: CHOSEN,
    source: "T3-2-3(1)⑦",
    stages: &[Stage::Data],
    scope: Scope::Recipient,
    needs: &[Need::Headers],
    unknown: "Without the header section nobody knows who stands in it; the condition is then not met.",
    reasons: &["bcc-to-me"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    let Some(recipient) = facts.recipient else { return Judgement::silent() };
    facts.headers.judge(|headers| {
        let given = recipient.key();
        let mut named = ["To", "Cc"].into_iter().flat_map(|name| headers.mailboxes(name));
        let is_me = named.any(|mailbox| {
            let key = mailbox.address.map(|address| address.key());
            key.is_some_and(|key| key == given || facts.own_addresses.contains(&key))
        });
        if is_me { Judgement::silent() } else { Judgement::seen(Finding::seen(CONTROL.name, "bcc-to-me")) }
    })
}
