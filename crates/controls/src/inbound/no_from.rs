//! SUB-16, SUB-15: From is missing or blank, or what stands there is not an address.

use super::{CHOSEN, is_blank, shortened};
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// SUB-16.
pub(super) const CONTROL: Control = Control {
    name: "no_from",
    catalogue: "SUB-16",
    basis: CHOSEN,
    source: "T3-2-3(1), T3-2-4(9)",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Headers],
    unknown: "Without the header section nothing is known of From; the condition is then not met.",
    reasons: &["no-from", "from-not-an-address"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.headers.judge(|headers| {
        let said = headers.get("From").unwrap_or_default();
        if is_blank(said) {
            return Judgement::seen(Finding::seen(CONTROL.name, "no-from"));
        }
        if headers.authors().iter().any(|mailbox| mailbox.address.is_some()) {
            return Judgement::silent();
        }
        Judgement::seen(Finding::seen(CONTROL.name, "from-not-an-address").with("said", shortened(said)))
    })
}
