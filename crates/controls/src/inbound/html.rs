//! SUB-12: the message has an HTML part.

use super::CHOSEN;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// SUB-12.
pub(super) const CONTROL: Control = Control {
    name: "html",
    catalogue: "SUB-12",
    basis: CHOSEN,
    source: "T2-2-10(3)②",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Message],
    unknown: "Without the message nothing is known of HTML; the condition is then not met.",
    reasons: &["html-present"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.message.judge(|message| match message.html {
        Some(_) => Judgement::seen(Finding::seen(CONTROL.name, "html-present")),
        None => Judgement::silent(),
    })
}
