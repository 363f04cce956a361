//! SUB-16: there is no Subject, or nothing in it.

use super::{CHOSEN, is_blank};
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// SUB-16.
pub(super) const CONTROL: Control = Control {
    name: "no_subject",
    catalogue: "SUB-16",
    basis: CHOSEN,
    source: "T3-2-3(1)",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Headers],
    unknown: "Without the header section nothing is known of the Subject; the condition is then not met.",
    reasons: &["no-subject"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.headers.judge(|headers| match headers.get("Subject") {
        Some(subject) if !is_blank(subject) => Judgement::silent(),
        _ => Judgement::seen(Finding::seen(CONTROL.name, "no-subject")),
    })
}
