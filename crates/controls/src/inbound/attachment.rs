//! SUB-16: a file is attached.

use super::{CHOSEN, shortened};
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// SUB-16.
pub(super) const CONTROL: Control = Control {
    name: "attachment",
    catalogue: "SUB-16",
    basis: CHOSEN,
    source: "T3-2-3(1)①ウ",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Message],
    unknown: "Without the message nothing is known of attachments; the condition is then not met.",
    reasons: &["attachment-present"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.message.judge(|message| {
        // Pictures that the text itself shows are not files that somebody attached.
        let mut files = message.attachments.iter().filter(|attachment| !attachment.inline);
        let Some(first) = files.next() else { return Judgement::silent() };
        let name = first.name.as_deref().unwrap_or(&first.declared);
        Judgement::seen(
            Finding::seen(CONTROL.name, "attachment-present")
                .with("name", shortened(name))
                .with("count", (1 + files.count()).to_string()),
        )
    })
}
