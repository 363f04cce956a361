//! NET-05: mail straight from an address that changes hands, in another's network (IP25B). Such a host should hand its
//! mail to its provider's server on port 587; sessions that signed in are not looked at.

use super::DOOR_AND_POINTS;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::facts::door::DynamicBy;
use crate::settings::Settings;

/// NET-05.
pub(super) const CONTROL: Control = Control {
    name: "dynamic_source",
    catalogue: "NET-05",
    basis: DOOR_AND_POINTS,
    source: "T1-2-3(5)",
    stages: &[Stage::Connect],
    scope: Scope::Transaction,
    needs: &[Need::DynamicSource, Need::DnsLists],
    unknown: "Where DNS does not answer for the reverse name, only declared ranges count.",
    reasons: &["dynamic-source-range", "dynamic-source-name"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    if facts.door.dns_lists.known().is_some_and(|hits| hits.iter().any(|hit| hit.allow)) {
        return Judgement::silent();
    }
    facts.door.dynamic_source.judge(|source| {
        let Some(source) = source else { return Judgement::silent() };
        let finding = match source.by {
            DynamicBy::Range => Finding::seen(CONTROL.name, "dynamic-source-range")
                .worth(3.0)
                .with("range", super::shortened(&source.what))
                .with("comment", super::shortened(&source.comment)),
            DynamicBy::Name => Finding::seen(CONTROL.name, "dynamic-source-name")
                .worth(2.0)
                .with("name", super::shortened(&source.comment))
                .with("sign", super::shortened(&source.what)),
            // Not enough for anything but suspicion (greylisting).
            DynamicBy::Numbered | DynamicBy::Nameless => return Judgement::silent(),
        };
        Judgement::seen(finding)
    })
}
