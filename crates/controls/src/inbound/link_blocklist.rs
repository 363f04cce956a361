//! IN-10: a link of the message leads to a domain that a DNS list names.

use super::{COUNTS, shortened};
use crate::control::{Class, Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// IN-10.
pub(super) const CONTROL: Control = Control {
    name: "link_blocklist",
    catalogue: "IN-10",
    basis: COUNTS,
    source: "T1-2-2(5), T1-2-3(1), RFC 5782 §3",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::LinkLists],
    unknown: "Where no list answers in time, or none passed its own test, no link counts as listed.",
    reasons: &["link-blocklist-listed"],
    judge,
};

/// Listings that are told.
const MOST: usize = 5;

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.link_lists.judge(|hits| {
        let is_allowed = |what: &str| hits.iter().any(|hit| hit.allow && hit.what == what);
        let bad = hits.iter().filter(|hit| !hit.allow && !is_allowed(&hit.what)).take(MOST);
        let findings = bad.map(|hit| {
            Finding::seen(CONTROL.name, "link-blocklist-listed")
                .worth(hit.weight.abs())
                .of(Class::Spam)
                .with("host", shortened(&hit.what))
                .with("list", &hit.list)
                .with("meaning", shortened(&hit.meaning))
        });
        Judgement { findings: findings.collect(), unknown: false }
    })
}
