//! SUB-16: Subject and body hold no letters but Latin ones.

use content::words::Scripts;

use super::CHOSEN;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// SUB-16.
pub(super) const CONTROL: Control = Control {
    name: "english_only",
    catalogue: "SUB-16",
    basis: CHOSEN,
    source: "T3-2-3(1)⑦",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Message],
    unknown: "Without the message its script is not known; the condition is then not met.",
    reasons: &["english-only"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.message.judge(|message| {
        let [subject, body] = [message.subject(), message.shown()].map(Scripts::of);
        let only = |scripts: &Scripts| scripts.latin == scripts.letters();
        if (subject.latin_only() || body.latin_only()) && only(&subject) && only(&body) {
            Judgement::seen(Finding::seen(CONTROL.name, "english-only"))
        } else {
            Judgement::silent()
        }
    })
}
