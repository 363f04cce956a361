//! IN-09: a link is in a category of the operator's lists. Which categories somebody refuses, each chooses: a condition
//! on `url-category-<name>` says what happens.

use content::urls::categories::Listed;

use super::{CHOSEN, shortened};
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// IN-09.
pub(super) const CONTROL: Control = Control {
    name: "url_category",
    catalogue: "IN-09",
    basis: CHOSEN,
    source: "T1-2-2(5)",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::UrlCategories],
    unknown: "Without the message nothing is known of its links; a condition on a category is then not met.",
    reasons: &["url-category-*"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.url_categories.judge(|listed| Judgement { findings: listed.iter().map(finding).collect(), unknown: false })
}

fn finding(listed: &Listed) -> Finding {
    Finding::seen(CONTROL.name, &format!("url-category-{}", listed.category)).with("host", shortened(&listed.host))
}
