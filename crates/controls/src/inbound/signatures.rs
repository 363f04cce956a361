//! IN-08: what is known from mail that was called unwanted before, found again in a variant of it.

use content::heuristics::ClassHint;
use content::signatures::{Kind, Level, Match};

use super::{COUNTS, shortened};
use crate::control::{Class, Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// IN-08.
pub(super) const CONTROL: Control = Control {
    name: "signatures",
    catalogue: "IN-08",
    basis: COUNTS,
    source: "T1-2-2(4)③",
    stages: &[Stage::Data],
    scope: Scope::Recipient,
    needs: &[Need::Signatures],
    unknown: "Without the look-up its points are missing from the sum.",
    reasons: &["signature-text", "signature-structure", "signature-links", "signature-attachment", "signature-picture"],
    judge,
};

/// Points of each kind, for what is found at the level that applies; nearly the same is worth more.
fn points(found: &Match) -> f64 {
    let base = match found.kind {
        Kind::Attachment => 7.0,
        Kind::Text => 6.0,
        Kind::Picture => 5.0,
        Kind::Links => 3.0,
        Kind::Structure => 2.0,
    };
    match found.level {
        Level::Low => base * 1.25,
        Level::Middle => base,
        Level::High => base * 0.9,
        Level::Highest => base * 0.7,
    }
}

fn judge(facts: &Facts<'_>, settings: &Settings) -> Judgement {
    facts.signatures.judge(|matches| Judgement {
        findings: matches.iter().filter(|found| found.level >= settings.signature_level).map(finding).collect(),
        unknown: false,
    })
}

fn finding(found: &Match) -> Finding {
    let mut finding = Finding::seen(CONTROL.name, &format!("signature-{}", found.kind.name()))
        .worth((points(found) * 100.0).round() / 100.0)
        .with("signature", shortened(&format!("{}:{}", found.set, found.number)))
        .with("percent", format!("{:.0}", 100.0 * f64::from(found.found.0) / f64::from(found.found.1.max(1))));
    finding.class = match found.class {
        ClassHint::Spam | ClassHint::Newsletter => None,
        ClassHint::Phishing => Some(Class::Phishing),
        ClassHint::FeeFraud => Some(Class::FeeFraud),
        ClassHint::Dating => Some(Class::Dating),
        ClassHint::Malware => Some(Class::Malware),
    };
    finding
}
