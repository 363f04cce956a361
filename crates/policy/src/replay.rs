//! What a recorded decision would have been under other settings: for the preview of a new list entry, and for a new
//! policy tried on last week's mail.
//!
//! What was found is decided on again. Lists are compared anew, because the senders are known, and sizes where the size
//! is. Keyword rules and the rescue list are compared anew where the message, or its header section, is still there; any
//! other control that did not run then has left nothing to decide on.

use content::keywords::Fields;
use controls::impersonation::{Asked, rescued};
use controls::inbound::control;
use controls::lists::Identity;
use controls::{Control, Finding, Mode};
use message::authentication::Proof;
use message::{Address, Envelope, Message, UnixMillis};

use crate::decide::{Case, decide};
use crate::decision::{Decision, Reason, Verdict};
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

/// What is still there of a recorded message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kept<'a> {
    /// Octets.
    pub size: Option<u64>,
    /// The message, or what its header section alone makes of one, and its envelope.
    pub message: Option<(&'a Message, &'a Envelope)>,
    /// Keyword rules are compared anew with it; otherwise what they found then stands.
    pub rules: bool,
}

/// Decides again. A message that could not be judged then stays as it was.
pub fn replay(decision: &Decision, senders: Senders<'_>, settings: &Settings) -> Decision {
    replay_kept(decision, senders, Kept::default(), settings)
}

/// The same with what is still there of the message.
pub fn replay_kept(decision: &Decision, senders: Senders<'_>, kept: Kept<'_>, settings: &Settings) -> Decision {
    if matches!(decision.reason, Reason::Fault { .. }) {
        return decision.clone();
    }
    let verdict = &decision.verdict;
    let is_anew = |finding: &&Finding| match finding.control.as_str() {
        "size" => kept.size.is_some(),
        "keywords" => kept.rules && kept.message.is_some(),
        _ => is_of_a_list(finding),
    };
    let found = recorded(verdict).filter(|(finding, _)| !is_anew(finding));
    let listed = on_lists(senders, verdict.proof, settings);
    let counted: Vec<&Finding> = verdict.findings.iter().chain(&verdict.label_only).collect();
    let exempt = kept.message.is_some_and(|(message, _)| is_rescued(message, settings));
    let posing = match exempt {
        true => rescued_finding(settings),
        false => posing(senders, verdict.proof, &counted, settings),
    };
    let findings: Vec<(Finding, Mode)> = listed
        .into_iter()
        .chain(posing)
        .chain(kept.size.and_then(|size| of_size(size, settings)))
        .chain(kept.message.filter(|_| kept.rules).map(|message| of_keywords(message, settings)).unwrap_or_default())
        .map(|finding| {
            let mode = settings.controls.mode(&finding.control);
            (finding, mode)
        })
        .chain(found.map(|(finding, then)| (finding.clone(), mode_now(finding, then, settings))))
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
    let known = recorded(verdict).filter(|(finding, _)| !gone(finding));
    let known = known.map(|(finding, then)| (finding.clone(), mode_now(finding, then, settings)));
    let added = added.iter().map(|finding| (finding.clone(), settings.controls.mode(&finding.control)));
    let findings: Vec<(Finding, Mode)> = known.chain(added).collect();
    decide(&Case { duty: false, proof: verdict.proof, findings: &findings, unknown: &verdict.unknown }, settings)
}

/// Entries that expire were in force when the message came, or nobody would ask.
const BEGINNING: UnixMillis = UnixMillis(0);

/// Everything that was found, with the mode in which it counted.
fn recorded(verdict: &Verdict) -> impl Iterator<Item = (&Finding, Mode)> {
    let counted = verdict.findings.iter().map(|finding| (finding, Mode::Enforce));
    let labelled = verdict.label_only.iter().map(|finding| (finding, Mode::Label));
    counted.chain(labelled).chain(verdict.observed.iter().map(|finding| (finding, Mode::Observe)))
}

/// In what mode a recorded finding counts now. How far a control of the door may go is the operator's choice there, and
/// no layer of settings tells it: what it found counts as it did, or less.
fn mode_now(finding: &Finding, then: Mode, settings: &Settings) -> Mode {
    let chosen = settings.controls.modes.get(&finding.control).copied();
    match control(&finding.control).is_some_and(Control::is_of_the_door) {
        true => chosen.unwrap_or(then).min(then),
        false => chosen.unwrap_or_default(),
    }
}

fn is_of_a_list(finding: &Finding) -> bool {
    matches!(finding.reason.as_str(), "list-refuse" | "list-receive" | "address-book" | "sender-unlisted")
        || (finding.control == "impersonation" && finding.reason != "posing-as-mobile")
}

fn on_lists(senders: Senders<'_>, proof: Proof, settings: &Settings) -> Vec<Finding> {
    let of_envelope = if senders.mail_from_proven { Proof::Proven } else { Proof::Unproven };
    let identities = [(Identity::From, senders.from, proof), (Identity::MailFrom, senders.mail_from, of_envelope)];
    let refused = settings.controls.refuse.entries().iter().filter_map(|entry| {
        let matches = |sender: Option<&Address>| sender.is_some_and(|sender| entry.pattern.matches(sender));
        let (identity, ..) = identities.into_iter().find(|(_, sender, _)| matches(*sender))?;
        Some(entry.refused(identity))
    });
    let received = identities.into_iter().filter_map(|(identity, sender, proof)| {
        Some(settings.controls.receive.best(sender?, BEGINNING)?.received(identity, proof))
    });
    let known = identities.into_iter().filter_map(|(identity, sender, proof)| {
        Some(settings.controls.address_book.best(sender?, BEGINNING)?.in_address_book(identity, proof))
    });
    let mut all: Vec<Finding> = refused.chain(received).chain(known).collect();
    let helps = |finding: &Finding| {
        matches!(finding.reason.as_str(), "list-receive" | "address-book")
            && (finding.argument("proof") == Some(Proof::Proven.name())
                || finding.argument("even_if_unverified").is_some())
    };
    if settings.conditions.contains_key("sender-unlisted") && !all.iter().any(helps) {
        let shown = senders.from.or(senders.mail_from).map(ToString::to_string).unwrap_or_default();
        all.push(Finding::seen("sender_unlisted", "sender-unlisted").with("sender", shown));
    }
    all
}

/// As the control of sizes would say it.
fn of_size(size: u64, settings: &Settings) -> Option<Finding> {
    let seen = |reason: &str, bound: u64| {
        Finding::seen("size", reason).with("size", size.to_string()).with("bound", bound.to_string())
    };
    let controls = &settings.controls;
    let above = controls.size_at_most.filter(|most| size > *most).map(|most| seen("size-above", most));
    above.or_else(|| controls.size_at_least.filter(|least| size < *least).map(|least| seen("size-below", least)))
}

/// As the control of keyword rules would say it.
fn of_keywords((message, envelope): (&Message, &Envelope), settings: &Settings) -> Vec<Finding> {
    let fields = Fields::new(message, envelope);
    let matched = settings.controls.keywords.iter().filter_map(|prepared| {
        let (rule, what) = (prepared.rule(), prepared.matches_in(&fields)?);
        let name = if rule.name.is_empty() { &rule.id } else { &rule.name };
        let found: String = what.found.chars().take(80).collect();
        let finding = Finding::seen("keywords", "keyword-match").with("rule", rule.id.clone());
        Some(finding.with("name", name.clone()).with("found", found))
    });
    matched.collect()
}

fn is_rescued(message: &Message, settings: &Settings) -> bool {
    let asked = settings.controls.impersonation.as_deref();
    asked.is_some_and(|asked| rescued(&message.headers, &asked.rescue).is_some())
}

fn rescued_finding(settings: &Settings) -> Vec<Finding> {
    let skips = settings.controls.impersonation.as_deref().is_some_and(|asked| asked.rescue_skips_all);
    if skips { vec![Finding::seen("impersonation", "impersonation-rescued")] } else { Vec::new() }
}

/// What would be held against the sender's proof, as far as the record tells.
fn posing(senders: Senders<'_>, proof: Proof, recorded: &[&Finding], settings: &Settings) -> Vec<Finding> {
    let Some(asked) = settings.controls.impersonation.as_deref() else { return Vec::new() };
    let domain = senders.from.map(|address| address.domain().as_str().to_owned()).unwrap_or_default();
    let seen = |reason: &str| vec![Finding::seen("impersonation", reason).with("domain", domain.clone())];
    let was = |reason: &str| recorded.iter().any(|finding| finding.reason == reason);
    if asked.exceptions.contains(&domain) {
        return seen("impersonation-exception");
    }
    match (asked.domains.contains(&domain), proof) {
        (true, Proof::Proven) => return seen("impersonation-passes"),
        (true, Proof::Unproven) => return seen("impersonation-posing"),
        (true, Proof::Unknown) => return Vec::new(),
        (false, _) => {}
    }
    let fails = was("authentication-dmarc-fail") || was("authentication-spf-fail");
    match asked.asked {
        Asked::Off => Vec::new(),
        _ if was("sender-domain-absent") => seen("impersonation-no-domain"),
        Asked::Existing => Vec::new(),
        Asked::Middle | Asked::High if proof == Proof::Unproven && fails => seen("impersonation-fails"),
        Asked::High if proof == Proof::Unproven && !asked.accept_without_record => seen("impersonation-unproven"),
        Asked::Middle | Asked::High => Vec::new(),
    }
}
