//! SUB-09: the sender has sent so many messages today that they are delivered only to those who want them.

use super::{CHOSEN, shortened};
use crate::control::{Control, Finding, Judgement, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// SUB-09.
pub(super) const CONTROL: Control = Control {
    name: "bulk_guard",
    catalogue: "SUB-09",
    basis: CHOSEN,
    source: "T2-2-10(1)①",
    stages: &[Stage::Data],
    scope: Scope::Recipient,
    needs: &[],
    unknown: "Where nobody counted, nothing is held against the sender.",
    reasons: &["bulk-guard"],
    judge,
};

fn judge(facts: &Facts<'_>, settings: &Settings) -> Judgement {
    let (Some(count), Some(from)) = (facts.sent_today, settings.bulk_from) else { return Judgement::silent() };
    if count < from {
        return Judgement::silent();
    }
    let sender = facts.envelope.mail_from.address().map(ToString::to_string).unwrap_or_default();
    Judgement::seen(
        Finding::seen(CONTROL.name, "bulk-guard")
            .with("sender", shortened(&sender))
            .with("count", count.to_string())
            .with("from", from.to_string()),
    )
}
