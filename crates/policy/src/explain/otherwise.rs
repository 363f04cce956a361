//! The smallest change that would have changed the outcome, found by really deciding again.
//!
//! Fewest settings first, then fewest findings, two at most. For mail that is there to steal or to harm, no setting that
//! would let it in without proof is named: what people read here, they do.

use std::collections::BTreeSet;

use controls::{Class, Finding, Mode};

use crate::decide::{Case, decide};
use crate::decision::{Decision, Disposition, LabelPlace, Reason, Treatment};
use crate::language::{Language, condition_name, sentence};
use crate::profile::ScoreShown;
use crate::settings::{Settings, Step, THRESHOLD_LIMIT};

/// A bound is moved by at most so many points: further away it is no setting that anybody would choose.
const FAR: f64 = 3.0;

/// One setting that could have been otherwise.
#[derive(Clone, Debug, PartialEq)]
enum Change {
    NoRefuseEntry(String),
    NoReceiveEntry(String),
    ReceiveEntry,
    ReceiveEntryUnverified,
    NoKeyword(String),
    NoCondition(String),
    Threshold(f64),
    Suspect(f64),
    Refused(Treatment),
    Action(Class, Treatment),
}

/// What was decided on, as the record kept it.
#[derive(Clone)]
struct Situation {
    findings: Vec<(Finding, Mode)>,
    settings: Settings,
}

/// The sentence; `None` where nothing small would have changed the outcome, or the settings are not those that decided.
pub(super) fn smallest(
    decision: &Decision,
    settings: &Settings,
    told: &[(usize, &Finding)],
    language: Language,
) -> Option<String> {
    if matches!(decision.reason, Reason::Duty | Reason::NoConsent | Reason::Unknown { .. } | Reason::Fault { .. }) {
        return None;
    }
    if decision.wanted.is_some() {
        // What happened came of the other recipients, of whom nothing may be said here.
        return None;
    }
    let situation = Situation { findings: with_modes(decision), settings: settings.clone() };
    if situation.outcome(decision) != decision.treatment {
        return None;
    }
    let (change, treatment) =
        by_settings(decision, &situation, language).or_else(|| by_findings(decision, &situation, told, language))?;
    let id = format!("otherwise-{}", difference(decision.treatment, treatment)?);
    Some(sentence(language, &id, &[("change".into(), change)]))
}

/// The findings with the modes their controls had.
fn with_modes(decision: &Decision) -> Vec<(Finding, Mode)> {
    let verdict = &decision.verdict;
    let counted = verdict.findings.iter().map(|finding| (finding.clone(), Mode::Enforce));
    let label_only = verdict.label_only.iter().map(|finding| (finding.clone(), Mode::Label));
    counted.chain(label_only).collect()
}

/// In which way an outcome differs; `None` where a person would not call it another outcome.
fn difference(was: Treatment, is: Treatment) -> Option<&'static str> {
    let delivered = |treatment: Treatment| treatment.then == Disposition::Deliver;
    let marked = |treatment: Treatment| treatment.label != LabelPlace::None;
    match (delivered(was), delivered(is)) {
        (false, true) => Some("deliver"),
        (true, false) => Some("not-delivered"),
        (true, true) if marked(was) && !marked(is) => Some("unmarked"),
        (true, true) if !marked(was) && marked(is) => Some("marked"),
        (true, true) => None,
        // From the trash into junk: it did not arrive either way.
        (false, false) => None,
    }
}

fn by_settings(decision: &Decision, situation: &Situation, language: Language) -> Option<(String, Treatment)> {
    let changes = candidates(decision, situation);
    for change in &changes {
        if let Some(treatment) = situation.with(std::slice::from_ref(change)).changed(decision) {
            return Some((change.said(language, situation.settings.shown), treatment));
        }
    }
    let shown = situation.settings.shown;
    for (at, first) in changes.iter().enumerate() {
        for second in changes.iter().skip(at + 1) {
            if let Some(treatment) = situation.with(&[first.clone(), second.clone()]).changed(decision) {
                let both =
                    [("first".into(), first.said(language, shown)), ("second".into(), second.said(language, shown))];
                return Some((sentence(language, "change-two-settings", &both), treatment));
            }
        }
    }
    None
}

fn by_findings(
    decision: &Decision,
    situation: &Situation,
    told: &[(usize, &Finding)],
    language: Language,
) -> Option<(String, Treatment)> {
    let without = |left_out: &[usize]| {
        let mut other = situation.clone();
        let gone: BTreeSet<usize> = left_out.iter().filter_map(|at| told.get(*at)).map(|(place, _)| *place).collect();
        let mut place = 0..;
        other.findings.retain(|_| place.next().is_none_or(|place| !gone.contains(&place)));
        other.changed(decision)
    };
    let place = |at: usize| (at + 1).to_string();
    for first in 0..told.len() {
        if let Some(treatment) = without(&[first]) {
            return Some((sentence(language, "change-one-finding", &[("first".into(), place(first))]), treatment));
        }
    }
    for first in 0..told.len() {
        for second in first + 1..told.len() {
            if let Some(treatment) = without(&[first, second]) {
                let both = [("first".into(), place(first)), ("second".into(), place(second))];
                return Some((sentence(language, "change-two-findings", &both), treatment));
            }
        }
    }
    None
}

/// Settings that could have been otherwise, the nearest to the reason first.
fn candidates(decision: &Decision, situation: &Situation) -> Vec<Change> {
    let settings = &situation.settings;
    let mut changes = causes(situation);
    let points = decision.verdict.points;
    if decision.treatment == Treatment::DELIVER {
        // What would have marked it, or held it.
        let down = (points * 10.0).floor() / 10.0;
        let near = |bound: f64| down > 0.0 && down < bound && bound - down <= FAR;
        changes.extend(near(settings.suspect).then_some(Change::Suspect(down)));
        changes.extend(near(settings.threshold).then_some(Change::Threshold(down)));
        return changes;
    }
    let up = ((points * 10.0).floor() + 1.0) / 10.0;
    let near = |bound: f64| up > bound && up - bound <= FAR && up <= THRESHOLD_LIMIT;
    if decision.verdict.class == Class::Suspect {
        changes.extend(near(settings.suspect).then_some(Change::Suspect(up)));
    } else {
        changes.extend(near(settings.threshold).then_some(Change::Threshold(up)));
    }
    if settings.order.contains(&Step::Receive) {
        changes.push(Change::ReceiveEntry);
    }
    if !is_dangerous(decision.verdict.class) {
        if settings.order.contains(&Step::Receive) {
            changes.push(Change::ReceiveEntryUnverified);
        }
        if matches!(decision.reason, Reason::RefuseList { .. }) {
            changes.push(Change::Refused(Treatment::DELIVER));
        }
        if matches!(decision.reason, Reason::Threshold { .. } | Reason::Kind { .. }) {
            changes.push(Change::Action(decision.verdict.class, Treatment::DELIVER));
        }
    }
    changes
}

/// Whether a class is there to steal or to harm.
fn is_dangerous(class: Class) -> bool {
    matches!(class, Class::Phishing | Class::FeeFraud | Class::Malware)
}

/// What people had set up and what then met this message.
fn causes(situation: &Situation) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut seen = BTreeSet::new();
    for (finding, _) in &situation.findings {
        let argument = |name: &str| finding.argument(name).unwrap_or_default().to_owned();
        let change = match finding.reason.as_str() {
            "list-refuse" => Change::NoRefuseEntry(argument("entry")),
            "list-receive" | "address-book" => Change::NoReceiveEntry(argument("entry")),
            "keyword-match" => Change::NoKeyword(argument("name")),
            reason if situation.settings.conditions.contains_key(reason) => Change::NoCondition(reason.to_owned()),
            _ => continue,
        };
        if seen.insert(format!("{change:?}")) {
            changes.push(change);
        }
    }
    changes
}

impl Situation {
    fn outcome(&self, decision: &Decision) -> Treatment {
        let verdict = &decision.verdict;
        let case = Case { duty: false, proof: verdict.proof, findings: &self.findings, unknown: &verdict.unknown };
        decide(&case, &self.settings).treatment
    }

    /// The treatment, where a person would call it another outcome.
    fn changed(&self, decision: &Decision) -> Option<Treatment> {
        let treatment = self.outcome(decision);
        difference(decision.treatment, treatment).map(|_| treatment)
    }

    fn with(&self, changes: &[Change]) -> Self {
        let mut other = self.clone();
        for change in changes {
            other.apply(change);
        }
        other
    }

    fn apply(&mut self, change: &Change) {
        let settings = &mut self.settings;
        match change {
            Change::NoRefuseEntry(entry) => self.forget("list-refuse", "entry", entry),
            Change::NoReceiveEntry(entry) => {
                self.forget("list-receive", "entry", entry);
                self.forget("address-book", "entry", entry);
            }
            Change::NoKeyword(name) => self.forget("keyword-match", "name", name),
            Change::NoCondition(reason) => {
                settings.conditions.remove(reason);
            }
            Change::Threshold(bound) => {
                settings.threshold = *bound;
                settings.suspect = settings.suspect.min(*bound);
            }
            Change::Suspect(bound) => settings.suspect = bound.min(settings.threshold),
            Change::Refused(treatment) => settings.refused = *treatment,
            Change::Action(class, treatment) => {
                settings.actions.insert(*class, *treatment);
            }
            Change::ReceiveEntry => self.findings.push((receive_entry(), Mode::Enforce)),
            Change::ReceiveEntryUnverified => {
                self.findings.push((receive_entry().with("even_if_unverified", "yes"), Mode::Enforce));
            }
        }
    }

    fn forget(&mut self, reason: &str, argument: &str, value: &str) {
        self.findings.retain(|(finding, _)| finding.reason != reason || finding.argument(argument) != Some(value));
    }
}

/// What the receive list would have found: the author, as surely as the case knows it.
fn receive_entry() -> Finding {
    Finding::seen("receive_list", "list-receive").with("entry", "").with("identity", "from")
}

fn bounded(bound: f64, shown: ScoreShown) -> Vec<(&'static str, String)> {
    vec![("shown", shown.name().into()), ("threshold", shown.said(bound))]
}

impl Change {
    fn said(&self, language: Language, shown: ScoreShown) -> String {
        let class_and_action = |class: Class, treatment: Treatment| {
            vec![
                ("class", sentence(language, &format!("class-{}", class.name()), &[])),
                ("action", sentence(language, &format!("action-{}", treatment.action()), &[])),
            ]
        };
        let (id, arguments) = match self {
            Self::NoRefuseEntry(entry) => ("change-refuse-entry-removed", vec![("entry", entry.clone())]),
            Self::NoReceiveEntry(entry) => ("change-receive-entry-removed", vec![("entry", entry.clone())]),
            Self::ReceiveEntry => ("change-receive-entry-added", Vec::new()),
            Self::ReceiveEntryUnverified => ("change-receive-entry-added-unverified", Vec::new()),
            Self::NoKeyword(rule) => ("change-keyword-removed", vec![("rule", rule.clone())]),
            Self::NoCondition(reason) => {
                ("change-condition-removed", vec![("condition", condition_name(language, reason))])
            }
            Self::Threshold(bound) => ("change-threshold", bounded(*bound, shown)),
            Self::Suspect(bound) => ("change-suspect", bounded(*bound, shown)),
            Self::Refused(treatment) => ("change-refused", class_and_action(Class::Spam, *treatment)),
            Self::Action(class, treatment) => ("change-action", class_and_action(*class, *treatment)),
        };
        let arguments: Vec<(String, String)> =
            arguments.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        sentence(language, id, &arguments)
    }
}
