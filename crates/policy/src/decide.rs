//! From findings to a decision for one recipient, by the written precedence. Nothing lifts malware.
//!
//! First postmaster@ and abuse@, which get everything; then malware; then the steps of the settings' `order`, as shipped:
//! refuse list, receive list, keyword rules, conditions, threshold. The first that speaks decides. Findings of controls
//! in mode `observe` change nothing; those of controls in mode `label` can only add a label to what the others decided.

use controls::inbound::control;
use controls::lists::EntryAction;
use controls::{Basis, Class, Effect, Finding, Mode};
use message::authentication::Proof;

use crate::decision::{Decision, Disposition, LabelPlace, Reason, Treatment, Verdict};
use crate::profile::covers;
use crate::settings::{Settings, Step};
use crate::treatments::of_entry;

/// Points from which one malware finding alone is certain. Findings of class malware without points (a scanner's) are
/// certain too; weaker hints only vote for the class once the threshold is reached.
pub const MALWARE_POINTS: f64 = 5.0;

/// Points are sums of decimal fractions: 2.1 + 2.9 must reach 5.0.
const ROUNDING: f64 = 1e-9;

/// What was found for one recipient.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// The recipient is postmaster@ or abuse@.
    pub duty: bool,
    /// How surely the sender is who it shows.
    pub proof: Proof,
    /// Every finding with the mode of its control (observed ones are recorded and change nothing).
    pub findings: &'a [(Finding, Mode)],
    /// Controls that needed a fact that could not be had.
    pub unknown: &'a [String],
}

/// Decides.
pub fn decide(case: &Case<'_>, settings: &Settings) -> Decision {
    if case.duty {
        let verdict = Verdict { proof: case.proof, ..Verdict::nothing() };
        return Decision { verdict, treatment: Treatment::DELIVER, reason: Reason::Duty, wanted: None };
    }
    let by_mode = |mode: Mode| in_order(case.findings.iter().filter(|(_, own)| *own == mode), settings);
    let (findings, label_only, observed) = (by_mode(Mode::Enforce), by_mode(Mode::Label), by_mode(Mode::Observe));
    let mut outcome = judge(&findings, case.proof, settings);
    if !label_only.is_empty() {
        outcome = labelled(outcome, &findings, &label_only, case.proof, settings);
    }
    let outcome = unspoken(blind(outcome, case.unknown, settings), settings);
    Decision {
        verdict: Verdict {
            class: outcome.class,
            points: outcome.points,
            probability: probability(outcome.points, settings.content_allowed),
            proof: case.proof,
            findings,
            label_only,
            observed,
            unknown: case.unknown.iter().filter(|name| may_be_recorded(name, settings)).cloned().collect(),
        },
        treatment: outcome.treatment,
        reason: outcome.reason,
        wanted: None,
    }
}

/// What one set of findings leads to.
#[derive(Clone, Debug)]
struct Outcome {
    class: Class,
    points: f64,
    treatment: Treatment,
    reason: Reason,
}

/// Heaviest first; equal ones stay in the order in which they were found. Without consent, what may not be recorded is
/// left out and nothing counts.
fn in_order<'a>(findings: impl Iterator<Item = &'a (Finding, Mode)>, settings: &Settings) -> Vec<Finding> {
    let mut findings: Vec<Finding> = findings
        .filter(|(finding, _)| may_be_recorded(&finding.control, settings))
        .map(|(finding, _)| {
            let counts = finding.points.is_finite() && may_follow(finding, Effect::Points, settings);
            Finding { points: if counts { finding.points } else { 0.0 }, ..finding.clone() }
        })
        .collect();
    heaviest_first(&mut findings);
    findings
}

fn heaviest_first(findings: &mut [Finding]) {
    findings.sort_by(|a, b| b.points.abs().total_cmp(&a.points.abs()));
}

/// One run through the precedence.
fn judge(findings: &[Finding], proof: Proof, settings: &Settings) -> Outcome {
    let (class, points) = classify(findings, settings);
    if class == Class::Malware && findings.iter().any(is_certain_malware) {
        return Outcome { class, points, treatment: settings.action(class), reason: Reason::Malware };
    }
    let decided = bulk(findings, settings).or_else(|| {
        settings.order.iter().find_map(|step| match step {
            Step::Refuse => refuse_list(findings, settings),
            Step::Receive => receive_list(findings, proof, settings),
            Step::Keywords => keyword(findings, settings),
            Step::Conditions => condition(findings, settings),
            Step::Threshold => threshold(class, findings, settings),
        })
    });
    let nothing = if settings.content_allowed { Reason::Nothing } else { Reason::NoConsent };
    let (treatment, reason) = decided.unwrap_or((Treatment::DELIVER, nothing));
    // What a person called surely spam is spam, whatever it says.
    let class = if forced(&reason, findings, settings) { Class::Spam } else { class };
    Outcome { class, points, treatment, reason }
}

/// Whether the deciding entry or rule forces the verdict spam.
fn forced(reason: &Reason, findings: &[Finding], settings: &Settings) -> bool {
    match reason {
        Reason::RefuseList { entry } => {
            let decided = findings
                .iter()
                .find(|finding| finding.reason == "list-refuse" && finding.argument("entry") == Some(entry.as_str()));
            decided.and_then(|finding| finding.argument("then")) == Some(EntryAction::SurelySpam.name())
        }
        Reason::Keyword { rule } => findings.iter().any(|finding| {
            let argument = |name: &str| finding.argument(name).unwrap_or_default();
            finding.reason == "keyword-match"
                && (argument("name") == rule || argument("rule") == rule)
                && settings.surely_spam.contains(argument("rule"))
        }),
        _ => false,
    }
}

/// SUB-11: where the sender of refused mail is not to be told, the mail is held: what nobody is told of is kept.
fn unspoken(outcome: Outcome, settings: &Settings) -> Outcome {
    let refuses = matches!(outcome.treatment.then, Disposition::Refuse | Disposition::UnknownUser);
    if settings.refusal_notice || !refuses {
        return outcome;
    }
    Outcome { treatment: Treatment { then: Disposition::Junk, ..outcome.treatment }, ..outcome }
}

/// Where the findings of controls in mode `label` would have led to something harsher, the message is labelled.
fn labelled(
    without: Outcome,
    findings: &[Finding],
    label_only: &[Finding],
    proof: Proof,
    settings: &Settings,
) -> Outcome {
    let mut all: Vec<Finding> = findings.iter().chain(label_only).cloned().collect();
    heaviest_first(&mut all);
    let with = judge(&all, proof, settings);
    if with.treatment.harshness() <= without.treatment.harshness() {
        return without;
    }
    let treatment = Treatment { label: without.treatment.label.and_header(), ..without.treatment };
    if treatment.then == Disposition::Deliver && without.treatment.label == LabelPlace::None {
        // The label is what happened, so the label's reason and class are what is told.
        return Outcome { treatment, ..with };
    }
    Outcome { treatment, ..without }
}

/// What happens where a control could not see: what the settings say, if that is harsher than what the others decided.
/// Unknown is never a pass: a receive list does not lift it either.
fn blind(outcome: Outcome, unknown: &[String], settings: &Settings) -> Outcome {
    let asked = unknown.iter().filter(|name| settings.content_allowed && settings.controls.mode(name) == Mode::Enforce);
    let said = asked.filter_map(|name| settings.unknown.get(name).map(|treatment| (name, *treatment)));
    match said.reduce(|a, b| if b.1.harshness() > a.1.harshness() { b } else { a }) {
        Some((name, treatment)) if treatment.harshness() > outcome.treatment.harshness() => {
            Outcome { treatment, reason: Reason::Unknown { control: name.clone() }, ..outcome }
        }
        _ => outcome,
    }
}

/// The class and the sum of points. Lists and conditions have no part in it: what a message is does not depend on who
/// is wanted.
fn classify(findings: &[Finding], settings: &Settings) -> (Class, f64) {
    if !settings.content_allowed {
        return (Class::Wanted, 0.0);
    }
    let points: f64 = findings.iter().map(|finding| finding.points).sum();
    let class = if findings.iter().any(is_certain_malware) {
        Class::Malware
    } else if points + ROUNDING >= settings.threshold {
        let vote = findings.iter().filter(|finding| finding.points > 0.0);
        vote.filter_map(|finding| finding.class).find(|class| class.is_unwanted()).unwrap_or(Class::Spam)
    } else if points + ROUNDING >= settings.suspect {
        Class::Suspect
    } else if findings.iter().any(|finding| finding.class == Some(Class::Newsletter)) {
        Class::Newsletter
    } else {
        Class::Wanted
    };
    (class, points)
}

fn is_certain_malware(finding: &Finding) -> bool {
    finding.class == Some(Class::Malware) && (finding.points == 0.0 || finding.points >= MALWARE_POINTS)
}

/// What a step decided; `None`: it has nothing to say, the next one speaks.
type Decided = Option<(Treatment, Reason)>;

fn refuse_list(findings: &[Finding], settings: &Settings) -> Decided {
    let finding = findings.iter().find(|finding| finding.reason == "list-refuse")?;
    let treatment = match finding.argument("then").and_then(EntryAction::of) {
        Some(action) => of_entry(action).unwrap_or_else(|| settings.action(Class::Spam)),
        None => settings.refused,
    };
    permitted(finding, treatment, settings)?;
    Some((treatment, Reason::RefuseList { entry: text(finding, "entry") }))
}

/// SUB-09: where the operator has it so, the bulk guard goes before the lists.
fn bulk(findings: &[Finding], settings: &Settings) -> Decided {
    settings.bulk_guard.as_ref().filter(|guard| guard.over_lists)?;
    let treatment = *settings.conditions.get("bulk-guard")?;
    let finding = findings.iter().find(|finding| finding.reason == "bulk-guard")?;
    if treatment == Treatment::DELIVER {
        return None;
    }
    permitted(finding, treatment, settings)?;
    Some((treatment, Reason::Condition { reason: "bulk-guard".into() }))
}

/// A receive entry helps a sender whose matching identity is proven; any other only where the entry or the settings
/// say so (A3: allow lists must not allow forgery). Unknown is not proven.
fn receive_list(findings: &[Finding], proof: Proof, settings: &Settings) -> Decided {
    let helps = |finding: &&Finding| {
        matches!(finding.reason.as_str(), "list-receive" | "address-book")
            && (!settings.allow_requires_auth
                || finding.argument("even_if_unverified") == Some("yes")
                || matched_identity_is_proven(finding, proof))
    };
    if let Some(finding) = findings.iter().find(helps) {
        return Some((Treatment::DELIVER, Reason::ReceiveList { entry: text(finding, "entry") }));
    }
    // SUB-03: a named domain that is proven, an exception, and what the rescue list exempts skip what comes after.
    let skips = findings.iter().find(|finding| PASSES.contains(&finding.reason.as_str()))?;
    Some((Treatment::DELIVER, Reason::Condition { reason: skips.reason.clone() }))
}

/// Findings of `impersonation` that let a message in.
const PASSES: [&str; 3] = ["impersonation-passes", "impersonation-exception", "impersonation-rescued"];

/// The From domain's proof is the case's; the envelope sender's is SPF's, which the control wrote down.
fn matched_identity_is_proven(finding: &Finding, proof: Proof) -> bool {
    match (finding.argument("identity"), finding.argument("proof")) {
        (Some("mail_from"), written) => written == Some(Proof::Proven.name()),
        (_, Some(written)) => written == Proof::Proven.name() && proof == Proof::Proven,
        (_, None) => proof == Proof::Proven,
    }
}

/// The first rule that matched, in the order of the rules: the person's, the group's, the operator's.
fn keyword(findings: &[Finding], settings: &Settings) -> Decided {
    findings.iter().filter(|finding| finding.reason == "keyword-match").find_map(|finding| {
        let id = finding.argument("rule")?;
        let treatment = match settings.surely_spam.contains(id) {
            true => settings.action(Class::Spam),
            false => *settings.keyword_treatments.get(id)?,
        };
        permitted(finding, treatment, settings)?;
        let name = finding.argument("name").filter(|name| !name.is_empty()).unwrap_or(id);
        Some((treatment, Reason::Keyword { rule: name.to_owned() }))
    })
}

/// Of the conditions that are met, the one with the harshest treatment: each was asked for.
fn condition(findings: &[Finding], settings: &Settings) -> Decided {
    let internet = is_of_the_internet(findings, settings);
    let met = settings.conditions.iter().filter(|(reason, treatment)| {
        if !internet && settings.internet_only.iter().any(|one| covers(one, reason)) {
            return false;
        }
        let mut those = findings.iter().filter(|finding| finding.reason == **reason);
        those.any(|finding| permitted(finding, **treatment, settings).is_some())
    });
    // Of equals the first by name, so that the same message always gets the same answer.
    let harshest = met.reduce(|a, b| if b.1.harshness() > a.1.harshness() { b } else { a })?;
    Some((*harshest.1, Reason::Condition { reason: harshest.0.clone() }))
}

/// Whether a message comes from the Internet at large; without a table of kinds everything does.
fn is_of_the_internet(findings: &[Finding], settings: &Settings) -> bool {
    let kind = findings.iter().find(|finding| finding.control == "sender_kind");
    settings.controls.kinds.is_empty() || kind.is_none_or(|finding| finding.reason == "sender-kind-internet")
}

fn threshold(class: Class, findings: &[Finding], settings: &Settings) -> Decided {
    if !settings.content_allowed {
        return None;
    }
    let all = !settings.internet_only.iter().any(|one| one == "threshold");
    if !all && !is_of_the_internet(findings, settings) {
        return None;
    }
    let treatment = settings.action(class);
    match class {
        Class::Wanted | Class::Newsletter if treatment == Treatment::DELIVER => None,
        Class::Wanted | Class::Newsletter => Some((treatment, Reason::Kind { class })),
        Class::Suspect => Some((treatment, Reason::Threshold { threshold: settings.suspect })),
        Class::Spam | Class::Dating | Class::FeeFraud | Class::Phishing | Class::Malware => {
            Some((treatment, Reason::Threshold { threshold: settings.threshold }))
        }
    }
}

/// Whether a finding may stand in a recipient's record: without consent only what authentication labels and what this
/// person asked for.
fn may_be_recorded(name: &str, settings: &Settings) -> bool {
    settings.content_allowed || control(name).is_some_and(|control| settings.runs_without_consent(control))
}

/// Whether an effect may follow from a finding: its control lists the effect, and the ground it names is there.
fn may_follow(finding: &Finding, effect: Effect, settings: &Settings) -> bool {
    match control(&finding.control) {
        Some(control) => match control.basis_of(effect) {
            Some(Basis::Maintenance) => true,
            Some(Basis::Consent) => settings.content_allowed,
            None => false,
        },
        None => settings.content_allowed,
    }
}

/// Whether a treatment may follow from a finding that one of the person's own settings acts on. Setting it up is
/// asking for it: without consent, lists and conditions of others are not in force (see `settings::consented`).
fn permitted(finding: &Finding, treatment: Treatment, settings: &Settings) -> Option<()> {
    let effect = match (treatment.then, treatment.label) {
        (Disposition::Deliver, LabelPlace::None) => return Some(()),
        (Disposition::Deliver, LabelPlace::Header | LabelPlace::Subject | LabelPlace::Both) => Effect::Label,
        (Disposition::Refuse | Disposition::UnknownUser, _) => Effect::Refuse,
        (Disposition::Defer, _) => Effect::Defer,
        (
            Disposition::RemovePart
            | Disposition::HeaderOnly
            | Disposition::Junk
            | Disposition::Trash
            | Disposition::Delete,
            _,
        ) => Effect::Hold,
    };
    let listed = match control(&finding.control) {
        Some(control) => control.basis_of(effect).is_some(),
        None => settings.content_allowed,
    };
    listed.then_some(())
}

/// The sum of log-odds as a probability. Points are calibrated where they are made; 0 says as much for as against.
pub(crate) fn probability(points: f64, content_allowed: bool) -> f64 {
    if content_allowed { 1.0 / (1.0 + (-points).exp()) } else { 0.0 }
}

fn text(finding: &Finding, argument: &str) -> String {
    finding.argument(argument).unwrap_or_default().to_owned()
}
