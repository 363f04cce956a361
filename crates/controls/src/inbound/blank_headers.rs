//! SUB-16: one of the fields that people read is there and blank.

use super::{CHOSEN, is_blank};
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// SUB-16.
pub(super) const CONTROL: Control = Control {
    name: "blank_headers",
    catalogue: "SUB-16",
    basis: CHOSEN,
    source: "T3-2-3(1)⑩",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Headers],
    unknown: "Without the header section no blank field is seen.",
    reasons: &["header-blank"],
    judge,
};

/// The fields that a mail program shows.
const READ_BY_PEOPLE: [&str; 6] = ["From", "To", "Cc", "Subject", "Date", "Reply-To"];

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.headers.judge(|headers| {
        let blank = |name: &&str| headers.all(name).any(|field| is_blank(&field.value));
        let names: Vec<&str> = READ_BY_PEOPLE.into_iter().filter(blank).collect();
        if names.is_empty() {
            return Judgement::silent();
        }
        Judgement::seen(Finding::seen(CONTROL.name, "header-blank").with("names", names.join(", ")))
    })
}
