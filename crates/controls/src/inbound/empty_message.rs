//! SUB-16: there is nothing to read: no text in the body, or neither Subject nor text.

use super::{CHOSEN, is_blank};
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// SUB-16.
pub(super) const CONTROL: Control = Control {
    name: "empty_message",
    catalogue: "SUB-16",
    basis: CHOSEN,
    source: "T3-2-3(1)⑦",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Message],
    unknown: "Without the message nothing is known of its text; the condition is then not met.",
    reasons: &["empty-body", "empty-message"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.message.judge(|message| {
        if !is_blank(message.shown()) {
            return Judgement::silent();
        }
        let body = Finding::seen(CONTROL.name, "empty-body");
        let all = is_blank(message.subject()).then(|| Finding::seen(CONTROL.name, "empty-message"));
        Judgement { findings: std::iter::once(body).chain(all).collect(), unknown: false }
    })
}
