//! IN-12: what sender authentication says against a message. Verified and labelled for everyone; anything else that follows needs consent.

use message::Authentication;
use message::authentication::{ArcOutcome, DkimOutcome, DmarcOutcome, DmarcPolicy, Proof, SpfOutcome};

use crate::control::{Basis, Control, Effect, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// IN-12.
pub(super) const CONTROL: Control = Control {
    name: "authentication",
    catalogue: "IN-12",
    basis: &[
        (Effect::Label, Basis::Maintenance),
        (Effect::Points, Basis::Consent),
        (Effect::Hold, Basis::Consent),
        (Effect::Refuse, Basis::Consent),
    ],
    source: "RFC 7208, 6376, 8617, 9989; T1-2-3(3), annex 2",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Authentication],
    unknown: "Where DNS does not answer, the sender counts as not proven, nothing is held against the message, and the record says so.",
    reasons: &[
        "authentication-dmarc-fail",
        "authentication-spf-fail",
        "authentication-spf-softfail",
        "authentication-dkim-broken",
        "authentication-none",
        "authentication-arc",
    ],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.authentication.judge(|known| {
        let findings = [dmarc(known, facts), spf(known), dkim(known), nothing(known), arc(known)];
        Judgement { findings: findings.into_iter().flatten().collect(), unknown: known.proof() == Proof::Unknown }
    })
}

/// The From domain asks for something to be done with mail that neither identity proves.
fn dmarc(known: &Authentication, facts: &Facts<'_>) -> Option<Finding> {
    if known.dmarc.outcome != DmarcOutcome::Fail {
        return None;
    }
    let (policy, points) = match known.dmarc.policy {
        DmarcPolicy::Reject => ("reject", 3.5),
        DmarcPolicy::Quarantine => ("quarantine", 2.0),
        DmarcPolicy::None => ("none", 0.5),
    };
    // Lists change what they pass on and break every proof: there it counts little.
    let through_list = facts.headers.known().is_some_and(|headers| headers.get("List-Id").is_some());
    let points = if through_list { f64::min(points, 1.0) } else { points };
    let domain = known.dmarc.from.clone().unwrap_or_default();
    let finding = Finding::seen(CONTROL.name, "authentication-dmarc-fail").worth(points);
    Some(finding.with("domain", domain).with("policy", policy))
}

/// The envelope sender's domain says that this host does not send for it.
fn spf(known: &Authentication) -> Option<Finding> {
    let (reason, points) = match known.spf.outcome {
        SpfOutcome::Fail => ("authentication-spf-fail", 1.5),
        SpfOutcome::SoftFail => ("authentication-spf-softfail", 0.6),
        SpfOutcome::None | SpfOutcome::Neutral | SpfOutcome::Pass | SpfOutcome::TempError | SpfOutcome::PermError => {
            return None;
        }
    };
    let domain = known.spf.domain.clone().unwrap_or_default();
    Some(Finding::seen(CONTROL.name, reason).worth(unless_proven(points, known)).with("domain", domain))
}

/// Signed, but no signature holds: changed on the way, or forged. RFC 6376 §6.1: no worse than unsigned, so it counts
/// little.
fn dkim(known: &Authentication) -> Option<Finding> {
    if known.dkim.iter().any(|signature| signature.outcome == DkimOutcome::Pass) {
        return None;
    }
    let broken = known.dkim.iter().find(|signature| signature.outcome == DkimOutcome::Fail)?;
    let domain = broken.domain.clone().unwrap_or_default();
    let points = unless_proven(0.3, known);
    Some(Finding::seen(CONTROL.name, "authentication-dkim-broken").worth(points).with("domain", domain))
}

/// Forwarding breaks SPF, and some lists break signatures, while the other still proves the author: then the break is told
/// and counts for nothing.
fn unless_proven(points: f64, known: &Authentication) -> f64 {
    if known.proof() == Proof::Proven { 0.0 } else { points }
}

/// Nobody vouches for the message and nothing was left unanswered. A DMARC fail says the same and more.
fn nothing(known: &Authentication) -> Option<Finding> {
    let something = known.mail_from_proven()
        || known.dkim.iter().any(|signature| signature.outcome == DkimOutcome::Pass)
        || known.dmarc.outcome == DmarcOutcome::Fail
        || known.proof() != Proof::Unproven;
    (!something).then(|| Finding::seen(CONTROL.name, "authentication-none").worth(0.8))
}

/// Shown, and counts for nothing: whoever forwards can seal, so a chain proves only who is in it.
fn arc(known: &Authentication) -> Option<Finding> {
    let outcome = match known.arc {
        ArcOutcome::Pass => "pass",
        ArcOutcome::Fail => "fail",
        ArcOutcome::None | ArcOutcome::TempError => return None,
    };
    Some(Finding::seen(CONTROL.name, "authentication-arc").with("outcome", outcome))
}
