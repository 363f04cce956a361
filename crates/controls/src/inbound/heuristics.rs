//! IN-07: each heuristic rule that applies, with its points. Titles stand with the rules.

use content::heuristics::{ClassHint, Hit};

use super::{COUNTS, shortened};
use crate::control::{Class, Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// IN-07.
pub(super) const CONTROL: Control = Control {
    name: "heuristics",
    catalogue: "IN-07",
    basis: COUNTS,
    source: "T1-2-2(4)②",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Heuristics],
    unknown: "Without the rules their points are missing from the sum.",
    reasons: &["heuristics-*"],
    judge,
};

/// Arguments that are told, of those that a rule found.
const ARGUMENTS: usize = 3;

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.heuristics.judge(|hits| Judgement { findings: hits.iter().map(finding).collect(), unknown: false })
}

/// What a rule that applies says.
pub fn finding(hit: &Hit) -> Finding {
    let mut finding = Finding::seen(CONTROL.name, &format!("heuristics-{}", hit.rule)).worth(hit.points);
    finding.class = hit.class.and_then(class);
    if !hit.arguments.is_empty() {
        let found: Vec<String> = hit.arguments.iter().take(ARGUMENTS).map(|found| shortened(found)).collect();
        finding = finding.with("found", found.join(", "));
    }
    if let Some([ja, en]) = &hit.titles {
        finding = finding.with("title_ja", ja.clone()).with("title_en", en.clone());
    }
    finding
}

/// "Nothing in particular" votes for no class: any rule that knows the kind of mail decides.
fn class(hint: ClassHint) -> Option<Class> {
    match hint {
        ClassHint::Spam => None,
        ClassHint::Phishing => Some(Class::Phishing),
        ClassHint::FeeFraud => Some(Class::FeeFraud),
        ClassHint::Dating => Some(Class::Dating),
        ClassHint::Newsletter => Some(Class::Newsletter),
        ClassHint::Malware => Some(Class::Malware),
    }
}
