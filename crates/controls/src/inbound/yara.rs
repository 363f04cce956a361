//! IN-17: an operator's own YARA rule matches an attachment or the text.

use super::{COUNTS, shortened};
use crate::control::{Class, Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::{Facts, YaraHit};
use crate::settings::Settings;

/// IN-17.
pub(super) const CONTROL: Control = Control {
    name: "yara",
    catalogue: "IN-17",
    basis: COUNTS,
    source: "T2-2-10(2)②; YARA 4 rule language (VirusTotal)",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Yara],
    unknown: "A worker that died, or took too long, says nothing: that is recorded and never a pass; the setting \
              `unknown` says what happens then.",
    reasons: &["yara-match"],
    judge,
};

/// Points of a rule that says nothing of its own worth: a hint that does not decide alone.
const POINTS: f64 = 3.5;
/// Points that one rule can have at most, below what is certain.
const MOST: f64 = 4.5;
/// Findings of one message; more say nothing new.
const FINDINGS: usize = 5;

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.yara.judge(|hits| Judgement { findings: hits.iter().take(FINDINGS).map(finding).collect(), unknown: false })
}

/// A rule with `certain = true` in its `meta` has no points: then nothing lifts it.
fn finding(hit: &YaraHit) -> Finding {
    let points = if hit.certain { 0.0 } else { hit.points.unwrap_or(POINTS).clamp(0.1, MOST) };
    Finding::seen(CONTROL.name, "yara-match")
        .of(Class::Malware)
        .worth(points)
        .with("rule", shortened(&hit.rule))
        .with("file", shortened(hit.file.as_deref().unwrap_or("-")))
}
