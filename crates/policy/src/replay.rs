//! What a recorded decision would have been under other settings: for the preview of a new list entry, and for a new
//! policy tried on last week's mail.
//!
//! Only what was found is decided on again. Lists are compared anew, because the senders are known; a control that did
//! not run then (another keyword rule, a size that nobody asked about) has left nothing to decide on.

use controls::lists::{Identity, best};
use controls::{Finding, Mode};
use message::Address;
use message::authentication::Proof;

use crate::decide::{Case, decide};
use crate::decision::{Decision, Reason};
use crate::settings::Settings;

/// The senders of a recorded message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Senders<'a> {
    /// The one From address, if there is exactly one.
    pub from: Option<&'a Address>,
    /// MAIL FROM, unless null.
    pub mail_from: Option<&'a Address>,
    /// Whether SPF of MAIL FROM's domain passed.
    pub mail_from_proven: bool,
}

/// Decides again. A message that could not be judged then stays as it was.
pub fn replay(decision: &Decision, senders: Senders<'_>, settings: &Settings) -> Decision {
    if matches!(decision.reason, Reason::Fault { .. }) {
        return decision.clone();
    }
    let verdict = &decision.verdict;
    let recorded = verdict.findings.iter().chain(&verdict.label_only).chain(&verdict.observed);
    let found = recorded.filter(|finding| !is_of_a_list(finding)).cloned();
    let listed = on_lists(senders, verdict.proof, settings);
    let findings: Vec<(Finding, Mode)> = listed
        .into_iter()
        .chain(found)
        .map(|finding| {
            let mode = settings.controls.mode(&finding.control);
            (finding, mode)
        })
        .collect();
    let duty = decision.reason == Reason::Duty;
    decide(&Case { duty, proof: verdict.proof, findings: &findings, unknown: &verdict.unknown }, settings)
}

/// Decides again with other findings, under the same settings: without those that are `gone`, and with `added` ones.
pub fn with_findings(
    decision: &Decision,
    gone: impl Fn(&Finding) -> bool,
    added: &[Finding],
    settings: &Settings,
) -> Decision {
    if matches!(decision.reason, Reason::Fault { .. } | Reason::Duty) {
        return decision.clone();
    }
    let verdict = &decision.verdict;
    let recorded = verdict.findings.iter().chain(&verdict.label_only).chain(&verdict.observed);
    let all = recorded.filter(|finding| !gone(finding)).chain(added);
    let findings: Vec<(Finding, Mode)> =
        all.map(|finding| (finding.clone(), settings.controls.mode(&finding.control))).collect();
    decide(&Case { duty: false, proof: verdict.proof, findings: &findings, unknown: &verdict.unknown }, settings)
}

fn is_of_a_list(finding: &Finding) -> bool {
    matches!(finding.reason.as_str(), "list-refuse" | "list-receive")
}

fn on_lists(senders: Senders<'_>, proof: Proof, settings: &Settings) -> Vec<Finding> {
    let of_envelope = if senders.mail_from_proven { Proof::Proven } else { Proof::Unproven };
    let identities = [(Identity::From, senders.from, proof), (Identity::MailFrom, senders.mail_from, of_envelope)];
    let refused = settings.controls.refuse.iter().filter_map(|entry| {
        let matches = |sender: Option<&Address>| sender.is_some_and(|sender| entry.pattern.matches(sender));
        let (identity, ..) = identities.into_iter().find(|(_, sender, _)| matches(*sender))?;
        Some(entry.refused(identity))
    });
    let received = identities.into_iter().filter_map(|(identity, sender, proof)| {
        Some(best(&settings.controls.receive, sender?)?.received(identity, proof))
    });
    refused.chain(received).collect()
}
