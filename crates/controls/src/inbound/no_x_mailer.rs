//! SUB-16: the message does not name the program that wrote it.

use super::{CHOSEN, is_blank};
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// SUB-16.
pub(super) const CONTROL: Control = Control {
    name: "no_x_mailer",
    catalogue: "SUB-16",
    basis: CHOSEN,
    source: "T3-2-3(1)①エ",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Headers],
    unknown: "Without the header section the condition is not met.",
    reasons: &["no-x-mailer"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.headers.judge(|headers| {
        // User-Agent says the same in the programs that never wrote X-Mailer.
        let named = |name: &str| headers.get(name).is_some_and(|value| !is_blank(value));
        if named("X-Mailer") || named("User-Agent") {
            return Judgement::silent();
        }
        Judgement::seen(Finding::seen(CONTROL.name, "no-x-mailer"))
    })
}
