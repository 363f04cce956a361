//! IN-07: each of SpamAssassin's rules that applies, with its score. Which rules there are is the operator's choice.

use super::{COUNTS, shortened};
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::{Facts, RuleHit};
use crate::settings::Settings;

/// IN-07.
pub(super) const CONTROL: Control = Control {
    name: "spamassassin",
    catalogue: "IN-07",
    basis: COUNTS,
    source: "T1-2-2(4)②",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::SpamAssassin],
    unknown: "Where the rules were not done in time their scores are missing from the sum.",
    reasons: &["spamassassin-*"],
    judge,
};

/// Points for one of SpamAssassin's. Both measures call 5.0 spam, so that scores count as they are.
const FACTOR: f64 = 1.0;

/// Findings of one message. What is left over counts in one finding, so that the sum stays what it is.
const FINDINGS: usize = 20;

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.spamassassin.judge(|hits| Judgement { findings: findings(hits), unknown: false })
}

fn findings(hits: &[RuleHit]) -> Vec<Finding> {
    let mut hits: Vec<&RuleHit> = hits.iter().collect();
    hits.sort_by(|one, other| other.score.abs().total_cmp(&one.score.abs()).then_with(|| one.rule.cmp(&other.rule)));
    let (told, rest) = hits.split_at(hits.len().min(FINDINGS));
    let mut findings: Vec<Finding> = told.iter().map(|hit| finding(hit)).collect();
    if !rest.is_empty() {
        let points: f64 = rest.iter().map(|hit| hit.score * FACTOR).sum();
        let more =
            Finding::seen(CONTROL.name, "spamassassin-more").worth(points).with("rule", format!("+{}", rest.len()));
        findings.push(more.with("title", ""));
    }
    findings
}

fn finding(hit: &RuleHit) -> Finding {
    let title = if hit.description.is_empty() { &hit.rule } else { &hit.description };
    Finding::seen(CONTROL.name, &format!("spamassassin-{}", hit.rule))
        .worth(hit.score * FACTOR)
        .with("rule", hit.rule.clone())
        .with("title", shortened(title))
}
