//! SUB-01, SUB-05, SUB-13: the sender is neither on the receive list nor in the address book, or is not proven to be.

use message::authentication::Proof;

use super::{CHOSEN, shortened};
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::lists::Sender;
use crate::settings::Settings;

/// SUB-05.
pub(super) const CONTROL: Control = Control {
    name: "sender_unlisted",
    catalogue: "SUB-05",
    basis: CHOSEN,
    source: "T2-2-4(3), T3-2-2(3)①, T3-2-3(3)⑦",
    stages: &[Stage::Data],
    scope: Scope::Recipient,
    needs: &[Need::Headers, Need::Authentication],
    unknown: "A sender that cannot be proven because DNS does not answer is not taken for the one on the list.",
    reasons: &["sender-unlisted"],
    judge,
};

fn judge(facts: &Facts<'_>, settings: &Settings) -> Judgement {
    facts.headers.judge(|_| {
        let sender = Sender::of(facts);
        let now = facts.envelope.received_at;
        let lists = [&settings.receive, &settings.address_book];
        let mut unknown = false;
        for (_, address, proof) in sender.identities(facts) {
            let Some(address) = address else { continue };
            for entry in lists.into_iter().filter_map(|list| list.best(address, now)) {
                if entry.even_if_unverified || proof == Proof::Proven {
                    return Judgement::silent();
                }
                unknown |= proof == Proof::Unknown;
            }
        }
        let shown = sender.from.first().or(sender.mail_from).map(ToString::to_string).unwrap_or_default();
        let finding = Finding::seen(CONTROL.name, "sender-unlisted").with("sender", shortened(&shown));
        Judgement { findings: vec![finding], unknown }
    })
}
