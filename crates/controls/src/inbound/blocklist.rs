//! IN-10: DNS blocklists that name the peer, its HELO name or the domain of MAIL FROM. Silent where an allow list speaks.

use super::DOOR_AND_POINTS;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::facts::door::ListHit;
use crate::settings::Settings;

/// IN-10.
pub(super) const CONTROL: Control = Control {
    name: "blocklist",
    catalogue: "IN-10",
    basis: DOOR_AND_POINTS,
    source: "T1-2-3(1), RFC 5782",
    stages: &[Stage::Connect, Stage::Mail],
    scope: Scope::Transaction,
    needs: &[Need::DnsLists, Need::DomainLists],
    unknown: "Where no list answers in time, or none passed its own test, nobody counts as listed.",
    reasons: &["blocklist-listed", "blocklist-certain"],
    judge,
};

/// Listings of one stage that are told.
const MOST: usize = 8;

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    let now = match facts.door.stage {
        Stage::Connect => &facts.door.dns_lists,
        _ => &facts.door.domain_lists,
    };
    let is_allowed = [&facts.door.dns_lists, &facts.door.domain_lists]
        .iter()
        .any(|lists| lists.known().is_some_and(|hits| hits.iter().any(|hit| hit.allow)));
    now.judge(|hits| {
        let bad = hits.iter().filter(|hit| !hit.allow && !is_allowed);
        Judgement { findings: bad.take(MOST).map(finding).collect(), unknown: false }
    })
}

fn finding(hit: &ListHit) -> Finding {
    let (reason, alone) = if hit.refuse_alone { ("blocklist-certain", "yes") } else { ("blocklist-listed", "no") };
    Finding::seen(CONTROL.name, reason)
        .worth(hit.weight.abs())
        .with("list", &hit.list)
        .with("item", super::shortened(&hit.what))
        .with("meaning", super::shortened(&hit.meaning))
        .with("alone", alone)
}
