//! IN-10: DNS allow lists that name the peer, its HELO name or the domain of MAIL FROM.

use super::COUNTS;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// IN-10.
pub(super) const CONTROL: Control = Control {
    name: "allowlist",
    catalogue: "IN-10",
    basis: COUNTS,
    source: "T1-2-3(1), RFC 5782",
    stages: &[Stage::Connect, Stage::Mail],
    scope: Scope::Transaction,
    needs: &[Need::DnsLists, Need::DomainLists],
    unknown: "Where no list answers in time, or none passed its own test, nobody counts as listed.",
    reasons: &["allowlist-listed"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    let now = match facts.door.stage {
        Stage::Connect => &facts.door.dns_lists,
        _ => &facts.door.domain_lists,
    };
    now.judge(|hits| {
        let Some(hit) = hits.iter().find(|hit| hit.allow) else { return Judgement::silent() };
        let finding = Finding::seen(CONTROL.name, "allowlist-listed").worth(-hit.weight.abs());
        Judgement::seen(
            finding
                .with("list", &hit.list)
                .with("item", super::shortened(&hit.what))
                .with("meaning", super::shortened(&hit.meaning)),
        )
    })
}
