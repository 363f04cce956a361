//! IN-13: what history says of the address, its network and system, and at DATA of the proven domain.

use super::shortened;
use crate::control::{Basis, Control, Effect, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::facts::door::{Grade, Standing, StandingOf};
use crate::settings::Settings;

/// IN-13. Nobody is refused for its history alone: suspects are slowed, never dropped.
pub(super) const CONTROL: Control = Control {
    name: "reputation",
    catalogue: "IN-13",
    basis: &[
        (Effect::Label, Basis::Maintenance),
        (Effect::Slow, Basis::Maintenance),
        (Effect::Defer, Basis::Maintenance),
        (Effect::Hold, Basis::Consent),
        (Effect::Points, Basis::Consent),
    ],
    source: "T1-2-3(4)",
    stages: &[Stage::Connect, Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Reputation],
    unknown: "Where the history cannot be read, the source counts as one of whom nothing is known.",
    reasons: &[
        "reputation-good",
        "reputation-suspect",
        "reputation-bad",
        "domain-reputation-good",
        "domain-reputation-suspect",
        "domain-reputation-bad",
    ],
    judge,
};

/// Of address and domain together at most twice this.
const MOST_POINTS: f64 = 1.5;

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.door.reputation.judge(|parts| {
        // A domain is proven by the message; what the address is known for was said at connect.
        let finding = if facts.door.stage == Stage::Data { of_domain(parts) } else { of_address(parts) };
        finding.map_or_else(Judgement::silent, Judgement::seen)
    })
}

fn of_domain(parts: &[Standing]) -> Option<Finding> {
    let domain = parts.iter().find(|part| part.of == StandingOf::Domain)?;
    let reason = match domain.grade {
        Grade::Good => "domain-reputation-good",
        Grade::Unknown => return None,
        Grade::Suspect => "domain-reputation-suspect",
        Grade::Bad => "domain-reputation-bad",
    };
    Some(finding(reason, domain))
}

/// The address speaks where it has a name of its own; where it has none, a bad neighbourhood makes it suspect, but
/// neither bad nor good.
fn of_address(parts: &[Standing]) -> Option<Finding> {
    let of = |wanted: StandingOf| parts.iter().find(|part| part.of == wanted);
    let own = of(StandingOf::Ip).filter(|part| part.grade != Grade::Unknown);
    if let Some(own) = own {
        let reason = match own.grade {
            Grade::Good => "reputation-good",
            Grade::Unknown => return None,
            Grade::Suspect => "reputation-suspect",
            Grade::Bad => "reputation-bad",
        };
        return Some(finding(reason, own));
    }
    // The nearest that has a name decides: a clean network in a bad system is not suspect.
    let known = |wanted| of(wanted).filter(|part| part.grade != Grade::Unknown);
    let wider = known(StandingOf::Network).or_else(|| known(StandingOf::AsNumber))?;
    (wider.grade > Grade::Unknown).then(|| finding("reputation-suspect", wider))
}

fn finding(reason: &str, part: &Standing) -> Finding {
    Finding::seen(CONTROL.name, reason)
        .worth(part.points.clamp(-MOST_POINTS, MOST_POINTS))
        .with("whose", shortened(&part.whose))
        .with("count", part.messages.to_string())
        .with("percent", part.unwanted_percent.to_string())
}
