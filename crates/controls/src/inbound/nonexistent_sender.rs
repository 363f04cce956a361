//! IN-16: the From domain does not exist in DNS, or takes no mail.

use super::COUNTS;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::{Existence, Facts};
use crate::lists::Sender;
use crate::settings::Settings;

/// IN-16.
pub(super) const CONTROL: Control = Control {
    name: "nonexistent_sender",
    catalogue: "IN-16",
    basis: COUNTS,
    source: "T2-2-2(1), T3-2-2(3)②, RFC 7505",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::FromDomain],
    unknown: "Where DNS does not answer, the domain counts as existing.",
    reasons: &["sender-domain-absent", "sender-domain-takes-no-mail"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.from_domain.judge(|existence| {
        let (reason, points) = match existence {
            Existence::Exists => return Judgement::silent(),
            Existence::Absent => ("sender-domain-absent", 3.0),
            Existence::NullMx => ("sender-domain-takes-no-mail", 1.5),
        };
        let domain = Sender::of(facts).from.first().map(|from| from.domain().to_unicode()).unwrap_or_default();
        Judgement::seen(Finding::seen(CONTROL.name, reason).worth(points).with("domain", domain))
    })
}
