//! IN-01: more messages from one source, or to one recipient, than the operator takes in a time.

use super::AT_THE_DOOR;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::facts::door::{LimitOf, TakenLimit};
use crate::settings::Settings;

/// IN-01.
pub(super) const CONTROL: Control = Control {
    name: "reception_limit",
    catalogue: "IN-01",
    basis: AT_THE_DOOR,
    source: "T1-2-1(1), T3-2-1(2)",
    stages: &[Stage::Rcpt],
    scope: Scope::Recipient,
    needs: &[Need::Limits],
    unknown: "A limit that cannot be taken counts as not reached.",
    reasons: &["limit-ip", "limit-network", "limit-sender", "limit-sender-domain", "limit-recipient"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.door.limits.judge(|limits| {
        let reached = limits.iter().filter(|limit| !limit.allowed).map(finding);
        Judgement { findings: reached.collect(), unknown: false }
    })
}

fn finding(limit: &TakenLimit) -> Finding {
    let reason = match limit.of {
        LimitOf::Ip => "limit-ip",
        LimitOf::Network => "limit-network",
        LimitOf::Sender => "limit-sender",
        LimitOf::SenderDomain => "limit-sender-domain",
        LimitOf::Recipient => "limit-recipient",
    };
    Finding::seen(CONTROL.name, reason)
        .with("whose", super::shortened(&limit.whose))
        .with("most", limit.most.to_string())
        .with("window", span(limit.seconds))
}

/// A length of time in the largest unit that fits, as the configuration writes it.
pub fn span(seconds: u32) -> String {
    match seconds {
        0 => "0s".into(),
        whole if whole.is_multiple_of(86_400) => format!("{}d", whole / 86_400),
        whole if whole.is_multiple_of(3_600) => format!("{}h", whole / 3_600),
        whole if whole.is_multiple_of(60) => format!("{}m", whole / 60),
        whole => format!("{whole}s"),
    }
}
