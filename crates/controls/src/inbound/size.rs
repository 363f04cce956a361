//! IN-03: the message is smaller or larger than the recipient wants.

use super::CHOSEN;
use crate::control::{Control, Finding, Judgement, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// IN-03.
pub(super) const CONTROL: Control = Control {
    name: "size",
    catalogue: "IN-03",
    basis: CHOSEN,
    source: "T1-2-2(1), T3-2-3(1)",
    stages: &[Stage::Data],
    scope: Scope::Recipient,
    needs: &[],
    unknown: "The size is always known.",
    reasons: &["size-above", "size-below"],
    judge,
};

fn judge(facts: &Facts<'_>, settings: &Settings) -> Judgement {
    if let Some(most) = settings.size_at_most.filter(|most| facts.size > *most) {
        return Judgement::seen(
            Finding::seen(CONTROL.name, "size-above")
                .with("size", facts.size.to_string())
                .with("bound", most.to_string()),
        );
    }
    if let Some(least) = settings.size_at_least.filter(|least| facts.size < *least) {
        return Judgement::seen(
            Finding::seen(CONTROL.name, "size-below")
                .with("size", facts.size.to_string())
                .with("bound", least.to_string()),
        );
    }
    Judgement::silent()
}
