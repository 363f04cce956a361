//! SUB-16: a file is attached; of what kind, for people who want no programs, macros or locked archives (IN-09).

use message::attachment::Attachment;

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
    reasons: &["attachment-present", "attachment-runs", "attachment-locked", "attachment-macros"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.message.judge(|message| {
        // Pictures that the text itself shows are not files that somebody attached.
        let mut files = message.attachments.iter().filter(|attachment| !attachment.inline);
        let mut findings = Vec::new();
        if let Some(first) = files.next() {
            findings.push(
                Finding::seen(CONTROL.name, "attachment-present")
                    .with("name", shortened(named(first)))
                    .with("count", (1 + files.count()).to_string()),
            );
        }
        let found = |reason: &str, name: Option<String>| {
            name.map(|name| Finding::seen(CONTROL.name, reason).with("name", shortened(&name)))
        };
        let first = |is: fn(&Attachment) -> bool| {
            message.attachments.iter().find(|attachment| is(attachment)).map(|attachment| named(attachment).to_owned())
        };
        findings.extend(found("attachment-runs", message.attachments.iter().find_map(Attachment::runs)));
        findings.extend(found("attachment-locked", first(Attachment::is_encrypted)));
        findings.extend(found("attachment-macros", first(Attachment::has_macros)));
        Judgement { findings, unknown: false }
    })
}

fn named(attachment: &Attachment) -> &str {
    attachment.name.as_deref().unwrap_or(&attachment.declared)
}
