//! IN-18: labels of the former law stand in the Subject, however they are written.

use message::normal::fold;

use super::CHOSEN;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// IN-18.
pub(super) const CONTROL: Control = Control {
    name: "former_label",
    catalogue: "IN-18",
    basis: CHOSEN,
    source: "T2-2-9",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Headers],
    unknown: "Without the header section no label is seen.",
    reasons: &["former-label-start", "former-label-anywhere", "former-label-advertisement"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.headers.judge(|headers| {
        let subject = tight(headers.get("Subject").unwrap_or_default());
        let label = tight("未承諾広告※");
        let mut reasons = Vec::new();
        if subject.starts_with(&label) {
            reasons.push("former-label-start");
        }
        if subject.contains(&label) {
            reasons.push("former-label-anywhere");
        }
        if subject.contains(&tight("! 広告!")) {
            reasons.push("former-label-advertisement");
        }
        let findings = reasons.into_iter().map(|reason| Finding::seen(CONTROL.name, reason)).collect();
        Judgement { findings, unknown: false }
    })
}

/// Folded (full-width, zero-width, look-alikes) and without spaces, which the labels were also written with.
fn tight(text: &str) -> String {
    fold(text).chars().filter(|c| !c.is_whitespace()).collect()
}
