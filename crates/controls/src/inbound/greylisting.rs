//! IN-11: a sender that looks suspicious and is new has to come again after a while, as mail servers do.

use super::DOOR_AND_POINTS;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// IN-11.
pub(super) const CONTROL: Control = Control {
    name: "greylisting",
    catalogue: "IN-11",
    basis: DOOR_AND_POINTS,
    source: "T1-2-3(2), RFC 6647",
    stages: &[Stage::Rcpt],
    scope: Scope::Recipient,
    needs: &[Need::Greylist],
    unknown: "Where it is not known whether a sender is new, it does not have to wait.",
    reasons: &["greylisting-waits"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.door.greylist.judge(|greylisted| match greylisted.until {
        None => Judgement::silent(),
        Some(until) => {
            let left = until.0.saturating_sub(facts.envelope.received_at.0).max(0);
            let minutes = (left + 59_999) / 60_000;
            Judgement::seen(
                Finding::seen(CONTROL.name, "greylisting-waits")
                    .with("why", &greylisted.why)
                    .with("minutes", minutes.to_string()),
            )
        }
    })
}
