//! IN-17: a virus scanner found something.

use super::{COUNTS, shortened};
use crate::control::{Class, Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::{Facts, Virus};
use crate::settings::Settings;

/// IN-17.
pub(super) const CONTROL: Control = Control {
    name: "virus",
    catalogue: "IN-17",
    basis: COUNTS,
    source: "T2-2-10(2)②, (3)④",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Virus],
    unknown: "A scanner that does not answer in time, or a message larger than it takes: nothing is known of viruses, \
              which is never a pass. It is recorded, and the setting `unknown` says what happens then.",
    reasons: &["virus-found", "virus-in-file"],
    judge,
};

/// Findings of one message; more say nothing new.
const FINDINGS: usize = 5;

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts
        .virus
        .judge(|scan| Judgement { findings: scan.viruses.iter().take(FINDINGS).map(finding).collect(), unknown: false })
}

/// Without points: a scanner's word is certain, nothing lifts it.
fn finding(virus: &Virus) -> Finding {
    let reason = if virus.file.is_some() { "virus-in-file" } else { "virus-found" };
    let finding = Finding::seen(CONTROL.name, reason).of(Class::Malware).with("virus", shortened(&virus.name));
    match &virus.file {
        Some(file) => finding.with("file", shortened(file)),
        None => finding,
    }
}
