//! SUB-02: of which kind the sender is: a mobile operator, a PHS operator, or the Internet at large.
//!
//! Whoever only poses as a mobile address is of the Internet: else refusing the Internet would let in exactly those.

use message::authentication::Proof;

use super::CHOSEN;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::impersonation::rescued;
use crate::kinds::{INTERNET, PHONE_ABROAD};
use crate::lists::{Sender, phone};
use crate::settings::Settings;

/// SUB-02.
pub(super) const CONTROL: Control = Control {
    name: "sender_kind",
    catalogue: "SUB-02",
    basis: CHOSEN,
    source: "T2-2-1",
    stages: &[Stage::Data],
    scope: Scope::Recipient,
    needs: &[Need::Headers, Need::Authentication],
    unknown: "Where DNS does not answer, a sender counts as of the kind that it shows.",
    reasons: &["sender-kind-*"],
    judge,
};

fn judge(facts: &Facts<'_>, settings: &Settings) -> Judgement {
    if settings.kinds.is_empty() {
        return Judgement::silent();
    }
    facts.headers.judge(|headers| {
        let sender = Sender::of(facts);
        if let Some(number) = sender.bare.iter().find_map(|bare| phone(bare)) {
            return Judgement { findings: abroad(&number), unknown: false };
        }
        let found = sender.identities(facts).into_iter().find_map(|(_, address, proof)| Some((address?, proof)));
        let Some((address, proof)) = found else { return Judgement::silent() };
        let domain = address.domain();
        let Some(kind) = settings.kinds.of(domain) else {
            return Judgement::seen(of_kind(INTERNET, domain.as_str()));
        };
        let exempt = || {
            let asked = settings.impersonation.as_deref();
            asked.is_some_and(|asked| rescued(headers, &asked.rescue).is_some())
        };
        if proof == Proof::Unproven && !exempt() {
            return Judgement::seen(of_kind(INTERNET, domain.as_str()));
        }
        let mut findings = vec![of_kind(kind, domain.as_str())];
        if let Some(number) = phone(address.local()) {
            findings.extend(abroad(&number));
        }
        Judgement { findings, unknown: proof == Proof::Unknown }
    })
}

fn of_kind(kind: &str, domain: &str) -> Finding {
    Finding::seen(CONTROL.name, &format!("sender-kind-{kind}")).with("domain", domain)
}

/// A telephone number of another country.
fn abroad(number: &str) -> Vec<Finding> {
    if number.starts_with("+81") { Vec::new() } else { vec![of_kind(PHONE_ABROAD, number)] }
}
