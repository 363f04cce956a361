//! IN-02: the source asks for many recipients that do not exist.

use super::AT_THE_DOOR;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// IN-02.
pub(super) const CONTROL: Control = Control {
    name: "unknown_recipients",
    catalogue: "IN-02",
    basis: AT_THE_DOOR,
    source: "T1-2-1(2), T2-1-1",
    stages: &[Stage::Connect, Stage::Rcpt],
    scope: Scope::Transaction,
    needs: &[Need::UnknownRecipients],
    unknown: "Where nobody can say how often it asked, the source is answered as fast as any other.",
    reasons: &["unknown-recipients-slowed", "unknown-recipients-source", "unknown-recipients-in-message"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.door.unknown_recipients.judge(|asked| {
        let mut findings = Vec::new();
        let lately = asked.lately.to_string();
        if asked.refused_until.is_some() {
            findings.push(Finding::seen(CONTROL.name, "unknown-recipients-source").with("count", lately));
        } else if asked.pause_ms > 0 && facts.door.stage == Stage::Rcpt {
            let seconds = format!("{:.1}", f64::from(asked.pause_ms) / 1_000.0);
            findings.push(
                Finding::seen(CONTROL.name, "unknown-recipients-slowed").with("count", lately).with("seconds", seconds),
            );
        }
        if asked.too_many_in_message {
            let count = asked.in_message.to_string();
            findings.push(Finding::seen(CONTROL.name, "unknown-recipients-in-message").with("count", count));
        }
        Judgement { findings, unknown: false }
    })
}
