//! IN-07: what a peer calls itself is not a name by which it could be found, or is ours.

use super::DOOR_AND_POINTS;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::door::HeloName;
use crate::facts::{Fact, Facts};
use crate::names::helo::{Shape, shape};
use crate::settings::Settings;

/// IN-07.
pub(super) const CONTROL: Control = Control {
    name: "helo",
    catalogue: "IN-07",
    basis: DOOR_AND_POINTS,
    source: "T1-2-2(4)②, RFC 5321 §2.3.5, §4.1.1.1, §4.1.4",
    stages: &[Stage::Helo],
    scope: Scope::Transaction,
    needs: &[Need::HeloName],
    unknown: "Where DNS does not answer, the name counts as one that can be found.",
    reasons: &["helo-bare-address", "helo-ours", "helo-unqualified", "helo-other-address", "helo-unresolvable"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    let peer = &facts.envelope.peer;
    let Some(helo) = &peer.helo else { return Judgement::silent() };
    let seen = |reason: &str, points: f64| {
        Judgement::seen(Finding::seen(CONTROL.name, reason).worth(points).with("helo", super::shortened(helo)))
    };
    // Ours comes before the shape: a short name or an address of ours is a lie however it is written.
    if facts.door.helo_name == Fact::Known(HeloName::Ours) {
        return seen("helo-ours", 3.5);
    }
    match shape(helo, peer.ip) {
        Shape::BareAddress => seen("helo-bare-address", 1.5),
        Shape::Unqualified => seen("helo-unqualified", 1.0),
        Shape::OtherLiteral => seen("helo-other-address", 2.0),
        Shape::OwnLiteral => Judgement::silent(),
        Shape::Qualified => facts.door.helo_name.judge(|name| match name {
            HeloName::Absent => seen("helo-unresolvable", 1.0),
            // RFC 5321 §4.1.4: that it leads elsewhere must not be held against a peer.
            HeloName::LeadsHere | HeloName::LeadsElsewhere | HeloName::Ours => Judgement::silent(),
        }),
    }
}
