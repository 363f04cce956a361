//! SUB-03: the sender poses as somebody, as far as the recipient asks for proof.

use super::CHOSEN;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::{Existence, Facts};
use crate::impersonation::{Asked, Impersonation, Proven, Standing, author_domain, rescued, standing};
use crate::settings::Settings;

/// SUB-03.
pub(super) const CONTROL: Control = Control {
    name: "impersonation",
    catalogue: "SUB-03",
    basis: CHOSEN,
    source: "T2-2-2, T3-2-2(1)",
    stages: &[Stage::Data],
    scope: Scope::Recipient,
    needs: &[Need::Headers, Need::Authentication, Need::FromDomain],
    unknown: "Where DNS does not answer, nothing is held against the sender, nothing is taken for proven, and the record says so.",
    reasons: &[
        "impersonation-no-domain",
        "impersonation-fails",
        "impersonation-unproven",
        "impersonation-posing",
        "posing-as-mobile",
        "impersonation-passes",
        "impersonation-exception",
        "impersonation-rescued",
    ],
    judge,
};

/// Nothing is asked.
const NOTHING: &Impersonation = &Impersonation {
    asked: Asked::Off,
    proven: Proven::HeaderFrom,
    accept_without_record: false,
    domains: Vec::new(),
    exceptions: Vec::new(),
    rescue: Vec::new(),
    rescue_skips_all: false,
};

fn judge(facts: &Facts<'_>, settings: &Settings) -> Judgement {
    let asked = settings.impersonation.as_deref().unwrap_or(NOTHING);
    if *asked == *NOTHING && settings.kinds.is_empty() {
        return Judgement::silent();
    }
    facts.headers.judge(|headers| {
        let author = author_domain(facts);
        let domain = author.as_ref().map(|domain| domain.as_str().to_owned()).unwrap_or_default();
        let seen = |reason: &str| Judgement::seen(Finding::seen(CONTROL.name, reason).with("domain", domain.clone()));
        if asked.exceptions.contains(&domain) {
            return seen("impersonation-exception");
        }
        if asked.domains.contains(&domain) {
            return match standing(facts, Proven::HeaderFrom) {
                Standing::Passing => seen("impersonation-passes"),
                Standing::Failing | Standing::NoRecord if rescued(headers, &asked.rescue).is_none() => {
                    seen("impersonation-posing")
                }
                Standing::Failing | Standing::NoRecord => rescued_by(asked, headers),
                Standing::Unknown => Judgement::unknown(),
            };
        }
        if rescued(headers, &asked.rescue).is_some() {
            return rescued_by(asked, headers);
        }
        let mut all = by_level(facts, asked, &domain);
        let mobile = author.as_ref().is_some_and(|domain| settings.kinds.of(domain).is_some());
        if mobile {
            match standing(facts, Proven::HeaderFrom) {
                Standing::Passing => {}
                Standing::Failing | Standing::NoRecord => all.findings.extend(seen("posing-as-mobile").findings),
                Standing::Unknown => all.unknown = true,
            }
        }
        all
    })
}

/// An exempt message: nothing is held against it, and where the operator has it so, no other filter looks at it.
fn rescued_by(asked: &Impersonation, headers: &message::Headers) -> Judgement {
    match rescued(headers, &asked.rescue) {
        Some(rescue) if asked.rescue_skips_all => {
            Judgement::seen(Finding::seen(CONTROL.name, "impersonation-rescued").with("entry", rescue.text.clone()))
        }
        _ => Judgement::silent(),
    }
}

fn by_level(facts: &Facts<'_>, asked: &Impersonation, domain: &str) -> Judgement {
    let seen = |reason: &str| Judgement::seen(Finding::seen(CONTROL.name, reason).with("domain", domain));
    if asked.asked == Asked::Off {
        return Judgement::silent();
    }
    let absent = facts.from_domain.known().is_some_and(|existence| *existence == Existence::Absent);
    if absent {
        return seen("impersonation-no-domain");
    }
    let unanswered = facts.from_domain.is_unknown();
    if asked.asked == Asked::Existing {
        return if unanswered { Judgement::unknown() } else { Judgement::silent() };
    }
    match standing(facts, asked.proven) {
        Standing::Passing => Judgement::silent(),
        Standing::Failing => seen("impersonation-fails"),
        Standing::NoRecord if asked.asked == Asked::High && !asked.accept_without_record => {
            seen("impersonation-unproven")
        }
        Standing::NoRecord => Judgement::silent(),
        Standing::Unknown => Judgement::unknown(),
    }
}
