//! IN-05: a keyword rule of the recipient, the group or the operator matches.

use content::keywords::Fields;

use super::{CHOSEN, shortened};
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// IN-05.
pub(super) const CONTROL: Control = Control {
    name: "keywords",
    catalogue: "IN-05",
    basis: CHOSEN,
    source: "T1-2-2(3), T3-2-3(1)",
    stages: &[Stage::Data],
    scope: Scope::Recipient,
    needs: &[Need::Message],
    unknown: "Without the message no keyword rule can be tried, and none matches.",
    reasons: &["keyword-match"],
    judge,
};

fn judge(facts: &Facts<'_>, settings: &Settings) -> Judgement {
    if settings.keywords.is_empty() {
        return Judgement::silent();
    }
    facts.message.judge(|message| {
        let fields = Fields::new(message, facts.envelope);
        let matched = settings.keywords.iter().filter_map(|prepared| {
            let (rule, what) = (prepared.rule(), prepared.matches_in(&fields)?);
            Some(
                Finding::seen(CONTROL.name, "keyword-match")
                    .with("rule", rule.id.clone())
                    .with("name", if rule.name.is_empty() { rule.id.clone() } else { rule.name.clone() })
                    .with("found", shortened(&what.found)),
            )
        });
        Judgement { findings: matched.collect(), unknown: false }
    })
}
