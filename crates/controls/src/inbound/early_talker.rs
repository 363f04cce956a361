//! IN-07: the peer spoke before it was its turn, which mail servers do not do.

use super::DOOR_AND_POINTS;
use crate::control::{Control, Finding, Judgement, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// IN-07.
pub(super) const CONTROL: Control = Control {
    name: "early_talker",
    catalogue: "IN-07",
    basis: DOOR_AND_POINTS,
    source: "T1-2-2(4)②, RFC 5321 §3.1, §4.3.1; RFC 2920 §3.1",
    stages: &[Stage::Mail],
    scope: Scope::Transaction,
    needs: &[],
    unknown: "Never: what was said when is always known.",
    reasons: &["early-talker"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    if facts.envelope.peer.early_talker {
        return Judgement::seen(Finding::seen(CONTROL.name, "early-talker").worth(2.0));
    }
    Judgement::silent()
}
