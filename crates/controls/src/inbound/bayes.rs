//! IN-06: what the Bayesian filter says, with the words that decided.

use content::bayes::Deciding;

use super::{COUNTS, shortened};
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// IN-06.
pub(super) const CONTROL: Control = Control {
    name: "bayes",
    catalogue: "IN-06",
    basis: COUNTS,
    source: "T1-2-2(4)①",
    stages: &[Stage::Data],
    scope: Scope::Recipient,
    needs: &[Need::Bayes],
    unknown: "Without the filter its points are missing from the sum, which is then no lower for it than before it learned anything.",
    reasons: &["bayes-spam", "bayes-ham"],
    judge,
};

/// Below this the filter has said nothing worth a line.
const LEAST_POINTS: f64 = 0.1;

/// Words that are told, of those that decided.
const WORDS: usize = 5;

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.bayes.judge(|score| {
        if score.points.abs() < LEAST_POINTS {
            return Judgement::silent();
        }
        // What the filter says by itself: beside rules that say the same it may count less than nothing.
        let spam = score.probability > 0.5;
        let reason = if spam { "bayes-spam" } else { "bayes-ham" };
        let same_side = |deciding: &&Deciding| (deciding.points > 0.0) == spam;
        let words: Vec<String> =
            score.deciding.iter().filter(same_side).take(WORDS).map(|deciding| shortened(&deciding.word)).collect();
        Judgement::seen(
            Finding::seen(CONTROL.name, reason)
                .worth(score.points)
                .with("percent", format!("{:.0}", score.probability * 100.0))
                .with("words", words.join(", ")),
        )
    })
}
